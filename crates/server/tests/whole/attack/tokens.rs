//! Token confusion attacks over HTTP. `infra-crypto` tests the rules themselves; these tests show that the server
//! applies them, with its own secret, issuer and audience.

use cartera_domain::identity::Role;
use serde_json::{Value, json};

use super::forger::Forged;
use crate::support::{Answer, Call, Client, Server, wait_for_mail};

/// The claim `exp` or the like, so many seconds from now.
fn in_seconds(seconds: i64) -> Value {
    json!(chrono::Utc::now().timestamp() + seconds)
}

/// A foreign secret; and the public half of an asymmetric pair, which is no secret.
const ANOTHER_SECRET: &[u8] = b"another secret than the server's own, just as long";
const PUBLIC_KEY: &[u8] = b"-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

/// Tokens with valid claims and an invalid signature.
fn badly_signed(sound: &Forged) -> Vec<(String, String)> {
    let mut tokens = Vec::new();
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = sound.clone().header("alg", Some(json!(name)));
        tokens.push((format!("alg {name}, no signature"), unsigned.with_signature("")));
        tokens.push((format!("alg {name}, signed"), unsigned.signed()));
    }
    for name in ["RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA", "HS384", "HS512", "hs256", "dir"] {
        let other = sound.clone().header("alg", Some(json!(name)));
        tokens.push((format!("alg {name}, signed with the secret"), other.signed()));
        tokens.push((format!("alg {name}, signed with a public key"), other.signed_with(PUBLIC_KEY)));
        tokens.push((format!("alg {name}, signed by SHA-512"), other.signed_by_sha512()));
    }
    tokens.push(("no alg".to_owned(), sound.clone().header("alg", None).signed()));
    tokens.push(("HS256 by SHA-512".to_owned(), sound.signed_by_sha512()));
    for (what, key) in
        [("another key", ANOTHER_SECRET), ("a public key", PUBLIC_KEY), ("no key", b"".as_slice())]
    {
        tokens.push((format!("HS256 with {what}"), sound.signed_with(key)));
    }
    let whole = sound.signed();
    let (message, signature) = whole.rsplit_once('.').expect("a signature");
    for (what, signature) in [
        ("none", String::new()),
        ("half", signature[..20].to_owned()),
        ("a character less", signature[..signature.len() - 1].to_owned()),
        ("a character more", format!("{signature}A")),
        ("padded", format!("{signature}=")),
        ("twice", format!("{signature}{signature}")),
        ("a fourth part", format!("{signature}.{signature}")),
        ("zeros", "A".repeat(signature.len())),
    ] {
        tokens.push((format!("signature: {what}"), format!("{message}.{signature}")));
    }
    tokens
}

/// Tokens with a valid signature and invalid claims.
fn badly_said(sound: &Forged) -> Vec<(String, Forged)> {
    let kid = sound.header["kid"].as_str().expect("a key id").to_uppercase();
    let headers = [
        ("kid", Some(json!("0000000000000000"))),
        ("kid", Some(json!("../../../../dev/null"))),
        ("kid", Some(json!("' union select 'AA' --"))),
        ("kid", Some(json!("|cat /etc/passwd"))),
        ("kid", Some(json!(kid))),
        ("kid", Some(json!(["x"]))),
        ("kid", None),
        ("typ", Some(json!("JWT"))),
        ("typ", Some(json!("refresh+jwt"))),
        ("typ", Some(json!("id+jwt"))),
        ("typ", None),
        ("crit", Some(json!(["exp"]))),
    ];
    let claims = [
        ("aud", None),
        ("aud", Some(json!("another"))),
        ("aud", Some(json!(["cartera", "another"]))),
        ("iss", None),
        ("iss", Some(json!("https://evil.example"))),
        ("exp", None),
        ("exp", Some(in_seconds(-6))),
        ("exp", Some(in_seconds(0))),
        ("exp", Some(json!("never"))),
        ("nbf", Some(in_seconds(60))),
        ("iat", Some(in_seconds(600))),
        ("sub", None),
        ("sub", Some(json!(uuid::Uuid::now_v7()))),
        ("sub", Some(json!("' or '1'='1"))),
        ("sid", None),
        ("sid", Some(json!(uuid::Uuid::now_v7()))),
        ("companyId", None),
        ("companyId", Some(json!(uuid::Uuid::nil()))),
        ("role", None),
    ];
    let headers = headers
        .into_iter()
        .map(|(name, value)| (format!("header {name}: {value:?}"), sound.clone().header(name, value)));
    let claims = claims
        .into_iter()
        .map(|(name, value)| (format!("claim {name}: {value:?}"), sound.clone().claim(name, value)));
    headers.chain(claims).collect()
}

#[tokio::test]
async fn a_token_that_is_not_one_of_ours_opens_nothing() {
    let server = Server::shared().await;
    let company = server.company().await;
    let nobody = server.nobody();
    let sound = Forged::from(&company.owner);
    // A forged token without a defect is accepted, so the ones below fail because of their defect.
    nobody.bearer(&sound.signed()).get("/auth/me").await.expect(200);
    let mut tokens = badly_signed(&sound);
    tokens.extend(badly_said(&sound).into_iter().map(|(what, forged)| (what, forged.signed())));
    assert!(tokens.len() > 70, "{} tokens", tokens.len());
    let mut wrong = Vec::new();
    for (what, token) in &tokens {
        for answer in attempts(&nobody.bearer(token)).await {
            if answer.status != 401 || answer.json()["code"] != "unauthenticated" {
                wrong.push(format!("{what}: {answer:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), tokens.len(), wrong.join("\n"));
    // None of these attempts ended the original session.
    company.client().get("/auth/me").await.expect(200);
}

async fn attempts(client: &Client) -> [Answer; 2] {
    let create = Call::post("/accounts", &json!({ "name": "never made" }));
    [client.get("/auth/me").await, client.send(create).await]
}

#[tokio::test]
async fn what_a_token_claims_of_its_bearer_gives_no_right() {
    let server = Server::shared().await;
    let (ours, theirs) = (server.company().await, server.company().await);
    let member = server.user(&ours, Role::Member).await;
    let nobody = server.nobody();
    let sound = Forged::from(&member);
    // Another company, person or session does not match the other claims.
    let theirs_says = Forged::from(&theirs.owner).claims;
    let owner_says = Forged::from(&ours.owner).claims;
    let claim = |forged: &Forged, name: &str, value: &Value| forged.clone().claim(name, Some(value.clone()));
    for (what, forged) in [
        ("another company's id", claim(&sound, "companyId", &theirs_says["companyId"])),
        ("another company's person", claim(&sound, "sub", &theirs_says["sub"])),
        ("another company's session", claim(&sound, "sid", &theirs_says["sid"])),
        (
            "another company's person and id",
            claim(&claim(&sound, "companyId", &theirs_says["companyId"]), "sub", &theirs_says["sub"]),
        ),
        ("a colleague's id", claim(&sound, "sub", &owner_says["sub"])),
        ("a colleague's session", claim(&sound, "sid", &owner_says["sid"])),
        ("the platform", claim(&claim(&sound, "companyId", &Value::Null), "role", &json!("PLATFORM_ADMIN"))),
    ] {
        let answer = nobody.bearer(&forged.signed()).get("/accounts").await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (401, Some("unauthenticated")),
            "{what}: {answer:?}"
        );
    }
    // The role comes from the database, not from the token.
    let promoted = nobody.bearer(&claim(&sound, "role", &json!("OWNER")).signed());
    assert_eq!(promoted.get("/auth/me").await.expect(200).data()["user"]["role"], "MEMBER");
    promoted.patch("/companies/current", &json!({ "name": "Mine" })).await.problem(403, "forbidden");
}

#[tokio::test]
async fn other_classes_of_token_are_no_access_tokens() {
    let server = Server::shared().await;
    let company = server.company().await;
    let nobody = server.nobody();
    nobody.post("/auth/forgot-password", &json!({ "email": company.owner.email })).await.expect(202);
    let link = wait_for_mail(&company.owner.email, 1).await.token();
    let made = company.client().post("/api-keys", &json!({ "name": "k", "scopes": ["accounts:read"] })).await;
    let key = made.expect(201).data()["value"].as_str().expect("a value").to_owned();
    let access = Forged::from(&company.owner).signed();
    for token in [&company.owner.refresh_token, &link, &key] {
        nobody.bearer(token).get("/accounts").await.problem(401, "unauthenticated");
    }
    for token in [&company.owner.refresh_token, &link, &access] {
        nobody.key(token).get("/accounts").await.problem(401, "unauthenticated");
    }
    for token in [&access, &link, &key] {
        let cookie = Call::new("POST", "/auth/refresh").header("cookie", format!("cartera_refresh={token}"));
        nobody.send(cookie).await.problem(401, "refresh_token_invalid");
    }
    for token in [&access, &key, &company.owner.refresh_token] {
        let body = json!({ "token": token, "newPassword": "Another-Horse-9" });
        nobody.post("/auth/reset-password", &body).await.problem(422, "password_reset_unknown");
        let body = json!({ "token": token, "name": "Leo", "password": "Another-Horse-9" });
        nobody.post("/invitations/accept", &body).await.problem(422, "invitation_unknown");
    }
    let body = json!({ "token": link, "name": "Leo", "password": "Another-Horse-9" });
    nobody.post("/invitations/accept", &body).await.problem(422, "invitation_unknown");
    nobody.key(&key).get("/accounts").await.expect(200);
    company.client().get("/accounts").await.expect(200);
}

#[tokio::test]
async fn the_token_of_somebody_who_is_gone_opens_nothing() {
    let server = Server::shared().await;
    let company = server.company().await;
    let nobody = server.nobody();
    let [removed, off, out] = [
        server.user(&company, Role::Admin).await,
        server.user(&company, Role::Admin).await,
        server.user(&company, Role::Admin).await,
    ];
    for person in [&removed, &off, &out] {
        person.client.get("/accounts").await.expect(200);
    }
    company.client().delete(format!("/users/{}", removed.id)).await.expect(204);
    company.client().patch(format!("/users/{}", off.id), &json!({ "active": false })).await.expect(200);
    out.client.send(Call::new("POST", "/auth/logout")).await.expect(204);
    for person in [&removed, &off, &out] {
        person.client.get("/accounts").await.problem(401, "unauthenticated");
        // Unauthenticated callers don't even learn about other errors of their request.
        for call in [
            Call::get("/accounts?nope=1"),
            Call::get("/accounts/nope"),
            Call::get("/accounts?q=%zz"),
            Call::post("/accounts", &json!({ "nope": 1 })),
            Call::new("POST", "/accounts").header("content-type", "text/plain").bytes("x"),
            Call::delete(format!("/accounts/{}", person.id)).header("if-match", "x"),
        ] {
            person.client.send(call).await.problem(401, "unauthenticated");
        }
        // Nor is a newly signed token for the same person accepted.
        let fresh = Forged::from(person).claim("exp", Some(in_seconds(800))).signed();
        nobody.bearer(&fresh).get("/accounts").await.problem(401, "unauthenticated");
        let cookie = Call::new("POST", "/auth/refresh");
        let cookie = cookie.header("cookie", format!("cartera_refresh={}", person.refresh_token));
        nobody.send(cookie).await.problem(401, "refresh_token_invalid");
    }
}
