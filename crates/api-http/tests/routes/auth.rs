//! Sign-up, sign-in and sessions.

use cartera_application::testing::PASSWORD;
use serde_json::json;

use super::support::{Answer, Call, ORIGIN, TestServer};

/// The refresh cookie that an answer sets, as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/api/v1/auth"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    cookie.split(';').next().expect("the pair").to_owned()
}

#[actix_web::test]
async fn a_company_signs_up() {
    let server = TestServer::new();
    let body = json!({
        "companyName": "Ñandú S.A.", "name": "Ana Paz", "email": "ana@acme.example", "password": PASSWORD
    });
    let answer = server.send(Call::post("/auth/register", &body)).await;
    let session = answer.data(201);
    assert_eq!(session["tokenType"], "Bearer");
    assert_eq!(session["expiresIn"], 900);
    assert_eq!(session["forcePasswordReset"], false);
    assert_eq!(session["user"]["role"], "OWNER");
    assert_eq!(session["company"]["slug"], "nandu-sa");
    let refresh = cookie(&answer);
    let secret = refresh.split('=').nth(1).expect("a value");
    assert!(!answer.body.to_string().contains(secret), "the refresh token is in the body");

    let token = session["accessToken"].as_str().expect("a token");
    let me = server.send(Call::get("/auth/me").token(token)).await;
    assert_eq!(me.data(200)["user"], session["user"]);
    assert_eq!(me.data(200)["company"], session["company"]);
    assert!(me.data(200)["permissions"].as_array().expect("a list").contains(&json!("billing:manage")));

    let again = server.send(Call::post("/auth/register", &body)).await;
    again.refused(409, "email_taken");
}

#[actix_web::test]
async fn everything_wrong_with_a_sign_up_is_said_at_once() {
    let server = TestServer::new();
    let answer =
        server.send(Call::post("/auth/register", &json!({ "password": "short", "name": null }))).await;
    answer.invalid(&[
        ("/companyName", "required"),
        ("/name", "required"),
        ("/email", "required"),
        ("/password", "too_short"),
        ("/password", "no_upper_case"),
        ("/password", "no_digit"),
    ]);
    let answer = server.send(Call::post("/auth/register", &json!({ "role": "OWNER" }))).await;
    answer.invalid(&[("/role", "unknown_field")]);
}

#[actix_web::test]
async fn sign_up_can_be_closed() {
    let server = TestServer::closed();
    let answer = server.send(Call::post("/auth/register", &json!({}))).await;
    answer.refused(403, "registration_closed");
}

/// Unauthenticated bodies are small, so that a thousand at once need little memory; authenticated callers may send
/// more.
#[actix_web::test]
async fn a_stranger_sends_little() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let large = json!({ "name": "x".repeat(70_000) });
    for path in
        ["/auth/login", "/auth/register", "/auth/refresh", "/auth/forgot-password", "/invitations/accept"]
    {
        server.send(Call::post(path, &large)).await.refused(413, "payload_too_large");
    }
    server.send(Call::post("/accounts", &large).owner(&acme)).await.refused(400, "validation_failed");
}

#[actix_web::test]
async fn signing_in_opens_a_session_and_refusals_are_alike() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let login = |email: &str, password: &str| {
        Call::post("/auth/login", &json!({ "email": email, "password": password }))
    };
    let answer = server.send(login(&acme.email.to_uppercase(), PASSWORD)).await;
    assert_eq!(answer.data(200)["user"]["email"], acme.email.as_str());
    cookie(&answer);
    let wrong = server.send(login(&acme.email, "Wrong1234")).await;
    wrong.refused(401, "invalid_credentials");
    assert!(wrong.header("set-cookie").is_none());
    let unknown = server.send(login("nobody@example.com", PASSWORD)).await;
    unknown.refused(401, "invalid_credentials");
    assert_eq!(wrong.body["detail"], unknown.body["detail"]);
    let other = json!({ "email": acme.email, "password": PASSWORD, "companyId": super::support::NOBODY });
    server.send(Call::post("/auth/login", &other)).await.refused(401, "invalid_credentials");
    server
        .send(Call::post("/auth/login", &json!({})))
        .await
        .invalid(&[("/email", "required"), ("/password", "required")]);
}

#[actix_web::test]
async fn guessing_is_slowed_down() {
    let server = TestServer::new();
    let guess = || Call::post("/auth/login", &json!({ "email": "a@b.example", "password": "x" }));
    for _ in 0..5 {
        server.send(guess()).await.refused(401, "invalid_credentials");
    }
    let answer = server.send(guess()).await;
    answer.refused(429, "rate_limited");
    assert!(answer.header("retry-after").is_some());
}

#[actix_web::test]
async fn the_cookie_refreshes_the_session_for_pages_of_our_own() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let login = json!({ "email": acme.email, "password": PASSWORD });
    let first = cookie(&server.send(Call::post("/auth/login", &login)).await);
    let refresh = |cookie: &str| Call::post("/auth/refresh", &json!({})).header("cookie", cookie);
    server
        .send(refresh(&first).header("origin", "https://evil.example"))
        .await
        .refused(403, "origin_not_allowed");
    server
        .send(refresh(&first).header("sec-fetch-site", "cross-site"))
        .await
        .refused(403, "origin_not_allowed");
    let answer = server.send(refresh(&first).header("origin", ORIGIN)).await;
    assert_eq!(answer.data(200)["user"]["email"], acme.email.as_str());
    assert_ne!(cookie(&answer), first);
    server.env.clock.advance(chrono::TimeDelta::seconds(11));
    server.send(refresh(&first)).await.refused(401, "refresh_token_reused");
    server.send(refresh("cartera_refresh=rubbish")).await.refused(401, "refresh_token_invalid");
}

#[actix_web::test]
async fn a_session_refreshes_thirty_times_a_minute_and_rubbish_is_turned_away() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let login = json!({ "email": acme.email, "password": PASSWORD });
    let refresh = |cookie: &str| Call::post("/auth/refresh", &json!({})).header("cookie", cookie);
    let (one, other) = (
        cookie(&server.send(Call::post("/auth/login", &login)).await),
        cookie(&server.send(Call::post("/auth/login", &login)).await),
    );
    // A quota refills while it is used up, so that the refusal comes a little later on a slow machine.
    let (mut next, mut refreshed) = (one, 0);
    let refused = loop {
        let answer = server.send(refresh(&next)).await;
        if answer.status == 429 {
            break answer;
        }
        answer.data(200);
        (next, refreshed) = (cookie(&answer), refreshed + 1);
        assert!(refreshed < 200, "a session has a quota");
    };
    assert!(refreshed >= 30, "{refreshed}");
    refused.refused(429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.header("ratelimit-policy"), Some("\"refresh\";q=30;w=60"));
    server.send(refresh(&other)).await.data(200);
    // A cookie with another secret, or of the former kind, or none at all.
    let company = acme.id.uuid().simple();
    let mut forged = next.clone();
    let (at, letter) = (next.len() - 10, if next.as_bytes()[next.len() - 10] == b'A' { "B" } else { "A" });
    forged.replace_range(at..=at, letter);
    let former = format!("cartera_refresh=crt_{company}.{}", "A".repeat(43));
    let rubbish = [forged.as_str(), &former, "cartera_refresh=x"];
    let mut turned_away = 0;
    for (sent, rubbish) in rubbish.iter().cycle().take(150).enumerate() {
        let answer = server.send(refresh(rubbish)).await;
        if sent >= 60 && answer.status == 429 {
            turned_away += 1;
        } else {
            answer.refused(401, "refresh_token_invalid");
        }
    }
    assert!(turned_away > 30, "{turned_away}");
    // Whoever has used its quota up can't keep its owner from ending the session.
    let out = server.send(Call::post("/auth/logout", &json!({})).header("cookie", &next)).await;
    assert_eq!(out.status, 204);
    server.send(refresh(&other)).await.data(200);
}

#[actix_web::test]
async fn signing_out_works_with_either_token_even_an_expired_one() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let login = json!({ "email": acme.email, "password": PASSWORD });
    let cookie = cookie(&server.send(Call::post("/auth/login", &login)).await);
    let out = server.send(Call::post("/auth/logout", &json!({})).header("cookie", &cookie)).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    server
        .send(Call::post("/auth/refresh", &json!({})).header("cookie", &cookie))
        .await
        .refused(401, "refresh_token_invalid");

    server.env.clock.advance(chrono::TimeDelta::hours(1));
    server.send(Call::get("/auth/me").owner(&acme)).await.refused(401, "unauthenticated");
    let out = server.send(Call::post("/auth/logout", &json!({})).owner(&acme)).await;
    assert_eq!(out.status, 204, "{out:?}");
    server.send(Call::post("/auth/logout", &json!({}))).await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn a_changed_password_opens_a_new_session_and_ends_the_others() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let change = |current: &str, new: &str| {
        Call::post("/auth/change-password", &json!({ "currentPassword": current, "newPassword": new }))
            .owner(&acme)
    };
    server.send(change("Wrong1234", "Password2")).await.refused(401, "invalid_credentials");
    server.send(change(PASSWORD, PASSWORD)).await.invalid(&[("/newPassword", "unchanged")]);
    let answer = server.send(change(PASSWORD, "Password2")).await;
    let token = answer.data(200)["accessToken"].as_str().expect("a token").to_owned();
    cookie(&answer);
    server.send(Call::get("/auth/me").owner(&acme)).await.refused(401, "unauthenticated");
    assert_eq!(server.send(Call::get("/auth/me").token(&token)).await.status, 200);
}

#[actix_web::test]
async fn a_due_password_shuts_every_door_but_its_own() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    server.env.change_user(acme.id, acme.owner_id, |user| user.force_password_reset = true);
    for path in ["/accounts", "/roles", "/companies/current", "/reports/pipeline"] {
        server.send(Call::get(path).owner(&acme)).await.refused(403, "password_reset_required");
    }
    let me = server.send(Call::get("/auth/me").owner(&acme)).await;
    assert_eq!(me.data(200)["forcePasswordReset"], true);
}
