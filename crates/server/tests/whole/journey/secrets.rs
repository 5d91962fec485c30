//! Nothing secret is logged, or answered to anybody but the one whose it is.

use serde_json::{Value, json};

use super::slice::sell;
use crate::support::{Call, PASSWORD, Server, unique};

/// The routes whose answers hand secrets out.
const HANDING_OUT: [&str; 5] = [
    "POST /auth/register",
    "POST /auth/login",
    "POST /auth/refresh",
    "POST /auth/change-password",
    "POST /api-keys",
];

#[tokio::test]
async fn no_secret_is_logged_or_answered_again() {
    // Everything that the log can say, of the program's own code; no limits, so that nothing is cut short.
    let server = Server::start(&[("RATE_LIMITS", "off"), ("LOG_LEVEL", "debug")]).await;
    sell(&server).await;
    let mut secrets = misuse(&server).await;
    secrets.extend(handed_out(&server));
    secrets.push(PASSWORD.to_owned());
    assert!(secrets.len() > 10, "{} secrets were used", secrets.len());
    let log = server.record.log();
    assert!(log.contains("\"route\":\"/api/v1/auth/login\""), "requests are logged: {log}");
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "logged: {secret}");
    }
    // Neither is what the database keeps instead of passwords, nor any body.
    for hidden in ["$argon2", "Frigorífico", "Piden descuento"] {
        assert!(!log.contains(hidden), "logged: {hidden}");
    }
    for (request, answer) in server.record.answers() {
        assert!(!answer.contains("$argon2"), "{request} answers a hash");
        assert!(!answer.contains(PASSWORD), "{request} answers a password");
        if !HANDING_OUT.contains(&request.as_str()) {
            for secret in &secrets {
                assert!(!answer.contains(secret.as_str()), "{request} answers {secret}");
            }
        }
    }
}

/// Sends secrets where they don't belong; the ones that were made up.
async fn misuse(server: &Server) -> Vec<String> {
    let company = server.company().await;
    let (nobody, client) = (server.nobody(), company.client());
    let wrong = format!("Wrong-{}", unique("password"));
    let login = json!({ "email": company.owner.email, "password": wrong });
    nobody.post("/auth/login", &login).await.expect(401);
    nobody.post("/auth/login", &json!({ "email": "x", "password": wrong, "extra": wrong })).await.expect(400);
    nobody
        .send(
            Call::new("POST", "/auth/login")
                .header("content-type", "application/json")
                .bytes(format!("{{\"password\": \"{wrong}\"")),
        )
        .await
        .expect(400);
    let change = json!({ "currentPassword": PASSWORD, "newPassword": format!("{wrong}-A1") });
    client.post("/auth/change-password", &change).await.expect(200);
    let (token, key) = (unique("token"), unique("cak_019a9f2e00007000800000000000b001"));
    nobody.bearer(&token).get("/auth/me").await.expect(401);
    nobody.key(&key).get("/accounts").await.expect(401);
    let cookie = format!("cartera_refresh={token}");
    nobody.send(Call::new("POST", "/auth/refresh").header("cookie", cookie)).await.expect(401);
    vec![wrong, token, key]
}

/// Every token and key that the server handed out.
fn handed_out(server: &Server) -> Vec<String> {
    let mut secrets = Vec::new();
    for (_, answer) in server.record.answers() {
        let Some((headers, body)) = answer.split_once('\n') else { continue };
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        for name in ["accessToken", "value"] {
            secrets.extend(body["data"][name].as_str().map(str::to_owned));
        }
        let cookie = headers.split_once("cartera_refresh=").and_then(|(_, rest)| rest.split(';').next());
        secrets.extend(cookie.filter(|token| !token.is_empty()).map(str::to_owned));
    }
    secrets
}
