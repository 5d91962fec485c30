//! Signing in, refreshing, and signing out.

use cartera_domain::identity::Role;
use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Answer, Call, Client, PASSWORD, Server, unique};

/// Refreshes by a cookie.
async fn refresh(client: &Client, token: &str) -> Answer {
    client.send(Call::new("POST", "/auth/refresh").header("cookie", format!("cartera_refresh={token}"))).await
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_email_are_answered_alike() {
    let server = Server::shared().await;
    let owner = server.company().await.owner;
    let nobody = server.nobody();
    let wrong =
        nobody.post("/auth/login", &json!({ "email": owner.email, "password": "Wrong-Horse-7" })).await;
    let unknown = format!("{}@example.com", unique("nobody"));
    let unknown = nobody.post("/auth/login", &json!({ "email": unknown, "password": PASSWORD })).await;
    wrong.problem(401, "invalid_credentials");
    assert_eq!(wrong.essence(), unknown.essence());
    // The case of the e-mail is ignored.
    let body = json!({ "email": owner.email.to_uppercase(), "password": PASSWORD });
    let session = nobody.post("/auth/login", &body).await.expect(200);
    assert_eq!(session.data()["user"]["id"], owner.id);
    let cookie = session.header("set-cookie").expect("a cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/auth"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(
        !session.text.contains(&session.refresh_token().expect("a token")),
        "the token is in the cookie only"
    );
}

#[tokio::test]
async fn an_email_can_sign_up_once_in_the_whole_deployment() {
    let server = Server::shared().await;
    let owner = server.company().await.owner;
    let body = json!({
        "companyName": "Another", "name": "Ana", "email": owner.email.to_uppercase(), "password": PASSWORD,
    });
    server.nobody().post("/auth/register", &body).await.problem(409, "email_taken");
}

#[tokio::test]
async fn everything_wrong_with_a_registration_is_said_at_once() {
    let nobody = Server::shared().await.nobody();
    nobody.post("/auth/register", &json!({})).await.invalid(&[
        "/companyName",
        "/name",
        "/email",
        "/password",
    ]);
    let body =
        json!({ "companyName": "A", "name": "B", "email": "no", "password": "short", "currency": "XXX1" });
    let answer = nobody.post("/auth/register", &body).await;
    let problem = answer.problem(400, "validation_failed");
    let errors = problem["errors"].as_array().expect("a list");
    let of = |pointer: &str| errors.iter().filter(|entry| entry["pointer"] == pointer).count();
    assert_eq!((of("/email"), of("/password"), of("/currency")), (1, 3, 1), "{problem}");
}

#[tokio::test]
async fn refreshing_rotates_the_cookie_and_racing_tabs_both_go_on() {
    let server = Server::shared().await;
    let owner = server.company().await.owner;
    let nobody = server.nobody();
    let first = refresh(&nobody, &owner.refresh_token).await.expect(200);
    let second_token = first.refresh_token().expect("a new cookie");
    assert_ne!(second_token, owner.refresh_token);
    nobody.bearer(first.data()["accessToken"].as_str().expect("a token")).get("/auth/me").await.expect(200);
    // Concurrent tabs with the same cookie all get the live successor, and go on with it.
    let racing = join_all((0..4).map(|_| refresh(&nobody, &second_token))).await;
    let tokens: Vec<_> = racing.iter().map(|answer| answer.refresh_token().expect("a cookie")).collect();
    for token in &tokens {
        refresh(&nobody, token).await.expect(200);
    }
    assert!(tokens.iter().all(|token| *token == tokens[0] && *token != second_token), "{tokens:?}");
}

#[tokio::test]
async fn what_is_no_refresh_token_of_ours_opens_nothing() {
    let server = Server::shared().await;
    let (owner, stranger) = (server.company().await.owner, server.company().await.owner);
    let nobody = server.nobody();
    let (kind, rest) = owner.refresh_token.split_once('_').expect("a kind before the token");
    let (_, secret) = rest.split_once('.').expect("a secret");
    let (_, other) = stranger.refresh_token.split_once('_').expect("a kind before the token");
    let (other_company, _) = other.split_once('.').expect("a company");
    // A valid secret with another company's id, truncated, made up, empty.
    let forged = [
        format!("{kind}_{other_company}.{secret}"),
        owner.refresh_token[..20].to_owned(),
        "x".to_owned(),
        String::new(),
    ];
    for token in forged {
        refresh(&nobody, &token).await.problem(401, "refresh_token_invalid");
    }
    refresh(&nobody, &owner.refresh_token).await.expect(200);
}

#[tokio::test]
async fn a_page_of_another_origin_can_not_use_the_cookie() {
    let server = Server::shared().await;
    let owner = server.company().await.owner;
    let by = |header: &str, value: &str| {
        Call::new("POST", "/auth/refresh")
            .header("cookie", format!("cartera_refresh={}", owner.refresh_token))
            .header(header, value)
    };
    let nobody = server.nobody();
    nobody.send(by("origin", "https://evil.example")).await.problem(403, "origin_not_allowed");
    nobody.send(by("origin", "null")).await.problem(403, "origin_not_allowed");
    nobody.send(by("sec-fetch-site", "cross-site")).await.problem(403, "origin_not_allowed");
    nobody.send(by("origin", &server.origin)).await.expect(200);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let server = Server::shared().await;
    let company = server.company().await;
    let by_cookie = server.user(&company, Role::Member).await;
    by_cookie.client.get("/auth/me").await.expect(200);
    let cookie = format!("cartera_refresh={}", by_cookie.refresh_token);
    let out =
        server.nobody().send(Call::new("POST", "/auth/logout").header("cookie", &cookie)).await.expect(204);
    assert!(
        out.header("set-cookie").is_some_and(|cookie| cookie.starts_with("cartera_refresh=;")),
        "{out:?}"
    );
    by_cookie.client.get("/auth/me").await.problem(401, "unauthenticated");
    refresh(&server.nobody(), &by_cookie.refresh_token).await.problem(401, "refresh_token_invalid");
    server.nobody().send(Call::new("POST", "/auth/logout").header("cookie", cookie)).await.expect(204);
    let by_token = server.user(&company, Role::Member).await;
    by_token.client.send(Call::new("POST", "/auth/logout")).await.expect(204);
    by_token.client.get("/auth/me").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let server = Server::shared().await;
    let company = server.company().await;
    let here = server.user(&company, Role::Member).await;
    let there = server.sign_in(&here.email).await;
    let new = format!("{PASSWORD}-new");
    let change = |current: &str, new: &str| json!({ "currentPassword": current, "newPassword": new });
    let path = "/auth/change-password";
    here.client.post(path, &change("Wrong-Horse-7", &new)).await.problem(401, "invalid_credentials");
    here.client.post(path, &change(PASSWORD, PASSWORD)).await.invalid(&["/newPassword"]);
    let weak = here.client.post(path, &change(PASSWORD, "weak")).await.problem(400, "validation_failed");
    assert_eq!(weak["errors"].as_array().map(Vec::len), Some(3), "{weak}");
    let session = here.client.post(path, &change(PASSWORD, &new)).await.expect(200).data();
    there.client.get("/auth/me").await.problem(401, "unauthenticated");
    refresh(&server.nobody(), &there.refresh_token).await.problem(401, "refresh_token_invalid");
    let again = server.nobody().bearer(session["accessToken"].as_str().expect("a token"));
    assert_eq!(again.get("/auth/me").await.expect(200).data()["user"]["email"], here.email);
    let old =
        server.nobody().post("/auth/login", &json!({ "email": here.email, "password": PASSWORD })).await;
    old.problem(401, "invalid_credentials");
}

#[tokio::test]
async fn the_sixth_session_ends_the_oldest() {
    let server = Server::shared().await;
    let company = server.company().await;
    let first = server.user(&company, Role::Viewer).await;
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(server.sign_in(&first.email).await);
    }
    first.client.get("/auth/me").await.problem(401, "unauthenticated");
    for other in others {
        other.client.get("/auth/me").await.expect(200);
    }
}

#[tokio::test]
async fn me_says_who_and_what_they_may_do() {
    let server = Server::shared().await;
    let company = server.company().await;
    let viewer = server.user(&company, Role::Viewer).await;
    let me = viewer.client.get("/auth/me").await.expect(200).data();
    assert_eq!((&me["user"]["role"], &me["company"]["id"]), (&json!("VIEWER"), &json!(company.id)));
    let permissions = me["permissions"].as_array().expect("a list");
    assert!(
        permissions.contains(&json!("reports:read")) && !permissions.contains(&json!("accounts:write")),
        "{me}"
    );
    let administrator = server.administrator().await;
    let me = administrator.client.get("/auth/me").await.expect(200).data();
    assert_eq!((&me["user"]["role"], &me["company"]), (&json!("PLATFORM_ADMIN"), &json!(null)));
    assert_eq!(me["permissions"], json!([]));
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_own_person_alone() {
    let server = Server::shared().await;
    let company = server.company().await;
    let laptop = server.user(&company, Role::Member).await;
    let phone = server.sign_in(&laptop.email).await;
    let sessions = laptop.client.get("/auth/sessions").await.expect(200).data();
    let sessions = sessions.as_array().expect("a list");
    let current: Vec<_> = sessions.iter().map(|session| session["current"].clone()).collect();
    assert_eq!(current, [json!(false), json!(true)], "the newest first: {sessions:?}");
    let path = format!("/auth/sessions/{}", sessions[0]["id"].as_str().expect("an id"));
    // Neither a colleague, even the owner, nor a stranger can end it.
    company.owner.client.delete(&path).await.problem(404, "not_found");
    server.company().await.owner.client.delete(&path).await.problem(404, "not_found");
    phone.client.get("/auth/me").await.expect(200);
    laptop.client.delete(&path).await.expect(204);
    phone.client.get("/auth/me").await.problem(401, "unauthenticated");
    laptop.client.delete(&path).await.problem(404, "not_found");
    laptop.client.get("/auth/me").await.expect(200);
    assert_eq!(laptop.client.get("/auth/sessions").await.rows("current"), [json!(true)]);
}
