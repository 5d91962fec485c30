//! Rate limits with their default settings.

use serde_json::json;

use crate::support::{Answer, Call, PASSWORD, Server, unique};

/// Asserts that an answer is 429 with `Retry-After`.
fn assert_limited(answer: &Answer, policy: &str) {
    answer.problem(429, "rate_limited");
    let after = answer.header("retry-after").and_then(|after| after.parse::<u64>().ok());
    assert!(after.is_some_and(|after| after > 0), "{answer:?}");
    let standing = answer.header("ratelimit").expect("where the caller stands");
    assert!(standing.contains(&format!("\"{policy}\";r=0")), "{standing}");
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let server = Server::start(&[]).await;
    let company = server.company().await;
    let nobody = server.nobody();
    let guess = |email: &str, password: &str| {
        Call::post("/auth/login", &json!({ "email": email, "password": password }))
            // No proxy is trusted, so this header has no effect.
            .header("x-forwarded-for", format!("10.0.0.{}", password.len()))
    };
    for number in 0..5 {
        let answer = nobody.send(guess(&company.owner.email, &"x".repeat(10 + number))).await;
        answer.problem(401, "invalid_credentials");
    }
    let email = company.owner.email.to_uppercase();
    assert_limited(&nobody.send(guess(&email, PASSWORD)).await, "sign-in");
    // Another e-mail has its own quota, until the quota of the address is used up.
    let mut refused = None;
    // The quota refills meanwhile, so the number of tries depends on the machine.
    for _ in 0..300 {
        let answer = nobody.send(guess(&unique("someone"), "")).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    assert_limited(&refused.expect("one address has an end"), "sign-in-address");
    // Users who are signed in are not affected.
    let me = company.client().get("/auth/me").await.expect(200);
    assert_eq!(me.header("ratelimit-policy"), Some("\"default\";q=3000;w=60"));
}

#[tokio::test]
async fn a_user_and_a_key_have_quotas_of_their_own() {
    let server = Server::start(&[("RATE_LIMIT_REQUESTS", "10/min"), ("RATE_LIMIT_REGISTER", "2/h")]).await;
    let company = server.company().await;
    let (_, key) = company.key(&["accounts:read"]).await;
    let mut last = company.client().get("/accounts").await;
    for _ in 0..10 {
        last = company.client().get("/accounts").await;
    }
    assert_limited(&last, "default");
    key.get("/accounts").await.expect(200);
    server.company().await;
    let body = json!({ "companyName": "A", "name": "B", "email": "third@example.com", "password": PASSWORD });
    assert_limited(&server.nobody().post("/auth/register", &body).await, "register");
}
