//! Users.

use cartera_domain::identity::{Permission, Role};
use serde_json::{Value, json};

use super::support::{Call, NOBODY, TestServer};

fn fields(user: &Value) -> Vec<&str> {
    let mut names: Vec<_> = user.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[actix_web::test]
async fn what_is_confidential_is_absent_without_the_permission() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let viewer = server.env.person(acme.id, Role::Viewer).await;
    let path = format!("/users/{}", acme.owner_id);
    let whole = server.send(Call::get(&path).owner(&acme)).await;
    assert_eq!(whole.data(200)["email"], acme.email);
    assert_eq!(whole.data(200)["createdBy"], json!(null));
    assert_eq!(whole.header("etag"), Some("\"1\""));
    let brief = server.send(Call::get(&path).person(&viewer)).await;
    assert_eq!(fields(brief.data(200)), ["active", "id", "name"]);
    let own = server.send(Call::get(&format!("/users/{}", viewer.id)).person(&viewer)).await;
    assert_eq!(own.data(200)["role"], "VIEWER");
    let list = server.send(Call::get("/users").person(&viewer)).await;
    assert_eq!(fields(&list.data(200)[0]), ["active", "id", "name"]);
    let list = server.send(Call::get("/users").owner(&acme)).await;
    assert_eq!(
        (&list.data(200)[0]["role"], &list.data(200)[0]["lastLoginAt"]),
        (&json!("OWNER"), &json!(null))
    );
    for query in [
        "email=x@example.com",
        "role=OWNER",
        "forcePasswordReset=true",
        "lastLoginAt[isNull]=true",
        "sort=email",
        "sort=-lastLoginAt",
    ] {
        server.send(Call::get(&format!("/users?{query}")).person(&viewer)).await.refused(403, "forbidden");
        server.send(Call::get(&format!("/users?{query}")).owner(&acme)).await.data(200);
    }
    for query in ["sort=name", "active=true", "q=ana", "name=ana", "sort=createdAt"] {
        server.send(Call::get(&format!("/users?{query}")).person(&viewer)).await.data(200);
    }
    let unknown = Call::get("/users?password=x").owner(&acme);
    server.send(unknown).await.invalid(&[("?password", "unknown_field")]);
    let wrong = Call::get("/users?active=maybe&role=BOSS").owner(&acme);
    server.send(wrong).await.invalid(&[("?active", "not_allowed"), ("?role", "not_allowed")]);
}

#[actix_web::test]
async fn a_user_is_changed_within_the_rules() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let admin = server.env.person(acme.id, Role::Admin).await;
    let member = server.env.person(acme.id, Role::Member).await;
    let path = format!("/users/{}", member.id);
    let patch = |body| Call::patch(&path, &body).person(&admin);
    let changed = server.send(patch(json!({ "role": "MANAGER" })).header("if-match", "\"1\"")).await;
    assert_eq!((&changed.data(200)["role"], changed.header("etag")), (&json!("MANAGER"), Some("\"2\"")));
    server
        .send(patch(json!({ "name": "x" })).header("if-match", "\"1\""))
        .await
        .refused(412, "version_mismatch");
    server.send(patch(json!({ "role": "OWNER" }))).await.refused(403, "forbidden");
    server.send(patch(json!({ "role": null, "name": "", "active": null }))).await.invalid(&[
        ("/name", "blank"),
        ("/role", "required"),
        ("/active", "required"),
    ]);
    for field in ["email", "password", "id", "forcePasswordReset", "companyId"] {
        let pointer = format!("/{field}");
        server.send(patch(json!({ field: null }))).await.invalid(&[(&pointer, "unknown_field")]);
    }
    let owner = format!("/users/{}", acme.owner_id);
    server
        .send(Call::patch(&owner, &json!({ "active": false })).person(&admin))
        .await
        .refused(403, "forbidden");
    let alone = Call::patch(&owner, &json!({ "role": "ADMIN" })).owner(&acme);
    server.send(alone).await.refused(409, "last_owner");
    server.send(Call::patch(&path, &json!({})).person(&member)).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn people_change_their_own_name() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let viewer = server.env.person(acme.id, Role::Viewer).await;
    let me = |body| Call::patch("/users/me", &body);
    let changed = server.send(me(json!({ "name": "Vera" })).person(&viewer)).await;
    assert_eq!(
        (&changed.data(200)["name"], &changed.data(200)["email"]),
        (&json!("Vera"), &json!(viewer.email))
    );
    for body in [json!({ "role": "OWNER" }), json!({ "active": false }), json!({ "email": "x@y.example" })] {
        let pointer = format!("/{}", fields(&body)[0]);
        server.send(me(body.clone()).person(&viewer)).await.invalid(&[(&pointer, "unknown_field")]);
    }
    let key = server.env.key(&acme.owner, &[Permission::AccountsRead]).await;
    server.send(me(json!({ "name": "x" })).key(&key)).await.refused(403, "api_key_not_allowed");
    let platform = server.env.administrator().await;
    server.send(me(json!({ "name": "x" })).person(&platform)).await.refused(403, "company_required");
}

#[actix_web::test]
async fn a_user_is_removed_and_their_records_go_where_they_are_told() {
    let server = TestServer::new();
    let (acme, other) = (server.env.company("Acme").await, server.env.company("Other").await);
    let leaver = server.env.person(acme.id, Role::Member).await;
    let account = server.env.account(&leaver.actor, "Globex").await;
    let path = format!("/users/{}", leaver.id);
    for heir in [other.owner_id.to_string(), NOBODY.to_owned(), leaver.id.to_string()] {
        let answer = server.send(Call::delete(&format!("{path}?reassignTo={heir}")).owner(&acme)).await;
        answer.refused(422, "invalid_reference");
        assert_eq!(answer.entries(), [("?reassignTo", "invalid_reference")]);
    }
    server
        .send(Call::delete(&format!("{path}?reassignTo=me")).owner(&acme))
        .await
        .invalid(&[("?reassignTo", "malformed")]);
    server
        .send(Call::delete(&path).owner(&acme).header("if-match", "\"7\""))
        .await
        .refused(412, "version_mismatch");
    server.send(Call::delete(&path).person(&leaver)).await.refused(403, "forbidden");
    let gone = server.send(Call::delete(&format!("{path}?reassignTo={}", acme.owner_id)).owner(&acme)).await;
    assert_eq!((gone.status.as_u16(), gone.body), (204, json!(null)));
    server.send(Call::get(&path).owner(&acme)).await.refused(404, "not_found");
    server.send(Call::get("/accounts").person(&leaver)).await.refused(401, "unauthenticated");
    let account = server.send(Call::get(&format!("/accounts/{account}")).owner(&acme)).await;
    assert_eq!(account.data(200)["owner"]["id"], acme.owner_id.to_string());
    let last = Call::delete(&format!("/users/{}", acme.owner_id)).owner(&acme);
    server.send(last).await.refused(409, "last_owner");
}
