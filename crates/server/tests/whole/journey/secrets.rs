//! Secrets are not logged, not stored in clear text, and only sent to their owner.

use serde_json::{Value, json};

use sqlx::Connection as _;

use super::slice::sell;
use crate::support::{Call, PASSWORD, Server, mails_to, unique, wait_for_mail};

/// The routes whose answers contain secrets.
pub(crate) const HANDING_OUT: [&str; 6] = [
    "POST /auth/register",
    "POST /auth/login",
    "POST /auth/refresh",
    "POST /auth/change-password",
    "POST /api-keys",
    "POST /invitations/accept",
];

#[tokio::test]
async fn no_secret_is_logged_or_answered_again() {
    // The most verbose log of the program's own code, and no rate limits, so that every request is processed.
    let server = Server::start(&[("RATE_LIMITS", "off"), ("LOG_LEVEL", "debug")]).await;
    sell(&server).await;
    let mut secrets = misuse(&server).await;
    secrets.extend(mailed(&server).await);
    secrets.extend(handed_out(&server));
    secrets.push(PASSWORD.to_owned());
    assert!(secrets.len() > 10, "{} secrets were used", secrets.len());
    let log = server.record.log();
    assert!(log.contains("\"route\":\"/api/v1/auth/login\""), "requests are logged: {log}");
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "logged: {secret}");
    }
    // Neither password hashes nor bodies are logged.
    for hidden in ["$argon2", "Frigorífico", "Piden descuento"] {
        assert!(!log.contains(hidden), "logged: {hidden}");
    }
    for (table, row) in everything_kept(&server).await {
        for secret in &secrets {
            assert!(!row.contains(secret.as_str()), "{table} keeps {secret}");
            // Nor the secret part of a token.
            let part = secret.rsplit('.').next().filter(|part| part.len() > 20);
            assert!(part.is_none_or(|part| !row.contains(part)), "{table} keeps the secret of {secret}");
        }
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

/// Sends secrets where they don't belong; returns those that were made up.
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

/// The tokens sent by mail, one used and one not, and one invalid token of each kind.
async fn mailed(server: &Server) -> Vec<String> {
    let company = server.company().await;
    let nobody = server.nobody();
    let guest = format!("{}@example.com", unique("guest"));
    company.client().post("/invitations", &json!({ "email": guest })).await.expect(201);
    let invitation = wait_for_mail(&guest, 1).await;
    let accept = |token: &str| json!({ "token": token, "name": "Leo", "password": PASSWORD });
    nobody.post("/invitations/accept", &accept(&invitation.token())).await.expect(201);
    nobody.post("/invitations/accept", &accept(&invitation.token())).await.expect(422);
    nobody.post("/auth/forgot-password", &json!({ "email": company.owner.email })).await.expect(202);
    let reset = wait_for_mail(&company.owner.email, 1).await;
    let wrong = format!("{}x", reset.token());
    let body = json!({ "token": wrong, "newPassword": PASSWORD });
    nobody.post("/auth/reset-password", &body).await.expect(422);
    for mail in mails_to(&guest).into_iter().chain(mails_to(&company.owner.email)) {
        let headers = mail.source.split("\r\n\r\n").next().unwrap_or_default();
        assert!(!headers.contains(&mail.token()), "a token stands in the headers: {headers}");
    }
    vec![invitation.token(), reset.token(), wrong]
}

/// Every row of every table, as text.
async fn everything_kept(server: &Server) -> Vec<(String, String)> {
    let mut connection = server.database.behind_the_walls().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename) from pg_tables \
         where schemaname not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(&mut connection)
    .await
    .expect("the catalogue answers");
    assert!(tables.len() > 15, "{tables:?}");
    let mut rows = Vec::new();
    for table in tables {
        let query = sqlx::AssertSqlSafe(format!("select t::text from {table} t"));
        let texts: Vec<Option<String>> =
            sqlx::query_scalar(query).fetch_all(&mut connection).await.expect("it can be read");
        rows.extend(texts.into_iter().flatten().map(|text| (table.clone(), text)));
    }
    connection.close().await.expect("the connection ends well");
    rows
}

/// Every token and key that the server issued.
pub(crate) fn handed_out(server: &Server) -> Vec<String> {
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
