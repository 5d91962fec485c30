//! Inviting, joining, and password resets by mail.

use cartera_application::testing::{PASSWORD, TestEnvironment};
use cartera_domain::identity::Role;
use serde_json::json;

use super::support::{Call, TestServer, id_of};

/// Invites somebody and returns the token of the mailed link.
async fn invited(server: &TestServer, call: Call) -> String {
    server.send(call).await.data(201);
    TestEnvironment::token_of(&server.env.run_jobs().await[0])
}

#[actix_web::test]
async fn somebody_is_invited_looks_and_joins() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let body = json!({ "email": "leo@example.com", "role": "ADMIN" });
    let made = server.send(Call::post("/invitations", &body).owner(&acme)).await;
    let invitation = made.data(201);
    assert_eq!(made.header("etag"), Some("\"1\""));
    assert_eq!(made.header("location"), None, "there is no reading a single one");
    assert_eq!((&invitation["email"], &invitation["expired"]), (&json!("leo@example.com"), &json!(false)));
    assert_eq!(invitation["createdBy"]["name"], "Olga Owner");
    let token = TestEnvironment::token_of(&server.env.run_jobs().await[0]);
    assert!(!made.body.to_string().contains(&token), "the token is in the mail and nowhere else");

    let preview = server.send(Call::post("/invitations/preview", &json!({ "token": token }))).await;
    assert_eq!(preview.data(200)["companyName"], "Acme");
    let join = json!({ "token": token, "name": "Leo", "password": PASSWORD });
    let joined = server.send(Call::post("/invitations/accept", &join)).await;
    assert_eq!(joined.data(201)["forcePasswordReset"], true);
    assert!(joined.header("set-cookie").expect("a cookie").contains("HttpOnly"));
    let access = joined.data(201)["accessToken"].as_str().expect("a token").to_owned();
    server.send(Call::get("/roles").token(&access)).await.refused(403, "password_reset_required");
    server.send(Call::post("/invitations/accept", &join)).await.refused(422, "invitation_used");
}

#[actix_web::test]
async fn what_is_refused_has_a_clear_code() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let admin = server.env.person(acme.id, Role::Admin).await;
    let invite =
        |email: &str, role: &str| Call::post("/invitations", &json!({ "email": email, "role": role }));
    server.send(invite("a@example.com", "OWNER").person(&admin)).await.refused(403, "forbidden");
    server.send(invite(&acme.email, "MEMBER").owner(&acme)).await.refused(409, "email_taken");
    server
        .send(invite("a", "KING").owner(&acme))
        .await
        .invalid(&[("/email", "malformed"), ("/role", "not_allowed")]);
    let made = server.send(invite("leo@example.com", "MEMBER").owner(&acme)).await;
    server.send(invite("leo@example.com", "MEMBER").owner(&acme)).await.refused(409, "invitation_pending");
    let path = format!("/invitations/{}", id_of(made.data(201)));
    server
        .send(Call::delete(&path).owner(&acme).header("if-match", "\"9\""))
        .await
        .refused(412, "version_mismatch");
    let resent = server.send(Call::post(&format!("{path}/resend"), &json!({})).owner(&acme)).await;
    assert_eq!((resent.data(200)["version"].as_i64(), resent.header("etag")), (Some(2), Some("\"2\"")));
    assert_eq!(server.send(Call::delete(&path).owner(&acme)).await.status, 204);
    server.send(Call::delete(&path).owner(&acme)).await.refused(404, "not_found");
    let unknown = json!({ "token": "civ_nothing" });
    server.send(Call::post("/invitations/preview", &unknown)).await.refused(422, "invitation_unknown");
    server.send(Call::post("/invitations/preview", &json!({}))).await.invalid(&[("/token", "required")]);
}

#[actix_web::test]
async fn a_resend_happens_once_for_its_key() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let body = json!({ "email": "leo@example.com" });
    let made = server.send(Call::post("/invitations", &body).owner(&acme)).await;
    let path = format!("/invitations/{}/resend", id_of(made.data(201)));
    let resend = || Call::post(&path, &json!({})).owner(&acme).header("idempotency-key", "again");
    assert_eq!(server.send(resend()).await.header("idempotency-replayed"), None);
    let replay = server.send(resend()).await;
    assert_eq!(
        (replay.header("idempotency-replayed"), replay.data(200)["version"].as_i64()),
        (Some("true"), Some(2))
    );
}

#[actix_web::test]
async fn a_platform_administrator_invites_into_any_company() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let administrator = server.env.administrator().await;
    let path = format!("/companies/{}/invitations", acme.id);
    let body = json!({ "email": "boss@example.com", "role": "OWNER" });
    let token = invited(&server, Call::post(&path, &body).person(&administrator)).await;
    let join = json!({ "token": token, "name": "Boss", "password": PASSWORD });
    let joined = server.send(Call::post("/invitations/accept", &join)).await;
    assert_eq!(joined.data(201)["user"]["role"], "OWNER");
    server.send(Call::post(&path, &body).owner(&acme)).await.refused(403, "forbidden");
    server.env.suspend(acme.id);
    let body = json!({ "email": "other@example.com" });
    server.send(Call::post(&path, &body).person(&administrator)).await.refused(403, "company_suspended");
}

#[actix_web::test]
async fn a_company_invites_so_many_an_hour() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    for number in 0..10 {
        let body = json!({ "email": format!("guest{number}@example.com") });
        let made = server.send(Call::post("/invitations", &body).owner(&acme)).await;
        made.data(201);
    }
    let body = json!({ "email": "one-more@example.com" });
    let refused = server.send(Call::post("/invitations", &body).owner(&acme)).await;
    refused.refused(429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
    let other = server.env.company("Other").await;
    server.send(Call::post("/invitations", &body).owner(&other)).await.data(201);
}

#[actix_web::test]
async fn a_new_password_by_mail() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    for email in [acme.email.as_str(), "nobody@example.com"] {
        let answer = server.send(Call::post("/auth/forgot-password", &json!({ "email": email }))).await;
        assert_eq!((answer.status.as_u16(), answer.body), (202, serde_json::Value::Null), "{email}");
    }
    let mails = server.env.run_jobs().await;
    assert_eq!(mails.len(), 1);
    let reset = |password: &str| {
        let token = TestEnvironment::token_of(&mails[0]);
        Call::post("/auth/reset-password", &json!({ "token": token, "newPassword": password }))
    };
    let preview = || {
        let token = TestEnvironment::token_of(&mails[0]);
        Call::post("/auth/reset-password/preview", &json!({ "token": token }))
    };
    let shown = server.send(preview()).await;
    assert_eq!(shown.data(200)["email"], acme.email.as_str());
    assert!(shown.data(200)["expiresAt"].is_string());
    server.send(reset("short")).await.refused(400, "validation_failed");
    assert_eq!(server.send(reset("Password2")).await.status, 204);
    server.send(reset("Password3")).await.refused(422, "password_reset_used");
    server.send(preview()).await.refused(422, "password_reset_used");
    let login = json!({ "email": acme.email, "password": "Password2" });
    server.send(Call::post("/auth/login", &login)).await.data(200);
    let unknown = json!({ "token": "cpr_x", "newPassword": "Password3" });
    server.send(Call::post("/auth/reset-password", &unknown)).await.refused(422, "password_reset_unknown");
    let unknown = json!({ "token": "cpr_x" });
    let refused = server.send(Call::post("/auth/reset-password/preview", &unknown)).await;
    refused.refused(422, "password_reset_unknown");
    server
        .send(Call::post("/auth/reset-password/preview", &json!({})))
        .await
        .invalid(&[("/token", "required")]);
}

#[actix_web::test]
async fn asking_for_links_is_limited_like_signing_in() {
    let server = TestServer::new();
    let forgot = || Call::post("/auth/forgot-password", &json!({ "email": "ana@example.com" }));
    for _ in 0..5 {
        assert_eq!(server.send(forgot()).await.status, 202);
    }
    server.send(forgot()).await.refused(429, "rate_limited");
}

#[actix_web::test]
async fn an_administrator_demands_a_new_password() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let admin = server.env.person(acme.id, Role::Admin).await;
    let leo = server.env.person(acme.id, Role::Member).await;
    let path = format!("/users/{}/reset-password", leo.id);
    let demanded = server.send(Call::post(&path, &json!({})).person(&admin)).await;
    assert_eq!((demanded.status.as_u16(), demanded.body), (204, serde_json::Value::Null));
    server.send(Call::get("/roles").person(&leo)).await.refused(403, "password_reset_required");
    let owner = format!("/users/{}/reset-password", acme.owner_id);
    server.send(Call::post(&owner, &json!({})).person(&admin)).await.refused(403, "forbidden");
    server.send(Call::post(&owner, &json!({})).person(&leo)).await.refused(403, "password_reset_required");
}
