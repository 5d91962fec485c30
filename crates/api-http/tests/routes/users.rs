//! Users.

use cartera_domain::identity::{Permission, Role};
use serde_json::{Value, json};

use super::support::{Call, NOBODY, Stage};

fn fields(user: &Value) -> Vec<&str> {
    let mut names: Vec<_> = user.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[actix_web::test]
async fn what_is_confidential_is_absent_without_the_permission() {
    let stage = Stage::new();
    let acme = stage.world.company("Acme").await;
    let viewer = stage.world.person(acme.id, Role::Viewer).await;
    let path = format!("/users/{}", acme.owner_id);
    let whole = stage.send(Call::get(&path).owner(&acme)).await;
    assert_eq!(whole.data(200)["email"], acme.email);
    assert_eq!(whole.data(200)["createdBy"], json!(null));
    assert_eq!(whole.header("etag"), Some("\"1\""));
    let brief = stage.send(Call::get(&path).person(&viewer)).await;
    assert_eq!(fields(brief.data(200)), ["active", "id", "name"]);
    let own = stage.send(Call::get(&format!("/users/{}", viewer.id)).person(&viewer)).await;
    assert_eq!(own.data(200)["role"], "VIEWER");
    let list = stage.send(Call::get("/users").person(&viewer)).await;
    assert_eq!(fields(&list.data(200)[0]), ["active", "id", "name"]);
    let list = stage.send(Call::get("/users").owner(&acme)).await;
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
        stage.send(Call::get(&format!("/users?{query}")).person(&viewer)).await.refused(403, "forbidden");
        stage.send(Call::get(&format!("/users?{query}")).owner(&acme)).await.data(200);
    }
    for query in ["sort=name", "active=true", "q=ana", "name=ana", "sort=createdAt"] {
        stage.send(Call::get(&format!("/users?{query}")).person(&viewer)).await.data(200);
    }
    let unknown = Call::get("/users?password=x").owner(&acme);
    stage.send(unknown).await.invalid(&[("?password", "unknown_field")]);
    let wrong = Call::get("/users?active=maybe&role=BOSS").owner(&acme);
    stage.send(wrong).await.invalid(&[("?active", "not_allowed"), ("?role", "not_allowed")]);
}

#[actix_web::test]
async fn a_user_is_changed_within_the_rules() {
    let stage = Stage::new();
    let acme = stage.world.company("Acme").await;
    let admin = stage.world.person(acme.id, Role::Admin).await;
    let member = stage.world.person(acme.id, Role::Member).await;
    let path = format!("/users/{}", member.id);
    let patch = |body| Call::patch(&path, &body).person(&admin);
    let changed = stage.send(patch(json!({ "role": "MANAGER" })).header("if-match", "\"1\"")).await;
    assert_eq!((&changed.data(200)["role"], changed.header("etag")), (&json!("MANAGER"), Some("\"2\"")));
    stage
        .send(patch(json!({ "name": "x" })).header("if-match", "\"1\""))
        .await
        .refused(412, "version_mismatch");
    stage.send(patch(json!({ "role": "OWNER" }))).await.refused(403, "forbidden");
    stage.send(patch(json!({ "role": null, "name": "", "active": null }))).await.invalid(&[
        ("/name", "blank"),
        ("/role", "required"),
        ("/active", "required"),
    ]);
    for field in ["email", "password", "id", "forcePasswordReset", "companyId"] {
        let pointer = format!("/{field}");
        stage.send(patch(json!({ field: null }))).await.invalid(&[(&pointer, "unknown_field")]);
    }
    let owner = format!("/users/{}", acme.owner_id);
    stage
        .send(Call::patch(&owner, &json!({ "active": false })).person(&admin))
        .await
        .refused(403, "forbidden");
    let alone = Call::patch(&owner, &json!({ "role": "ADMIN" })).owner(&acme);
    stage.send(alone).await.refused(409, "last_owner");
    stage.send(Call::patch(&path, &json!({})).person(&member)).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn people_change_their_own_name() {
    let stage = Stage::new();
    let acme = stage.world.company("Acme").await;
    let viewer = stage.world.person(acme.id, Role::Viewer).await;
    let me = |body| Call::patch("/users/me", &body);
    let changed = stage.send(me(json!({ "name": "Vera" })).person(&viewer)).await;
    assert_eq!(
        (&changed.data(200)["name"], &changed.data(200)["email"]),
        (&json!("Vera"), &json!(viewer.email))
    );
    for body in [json!({ "role": "OWNER" }), json!({ "active": false }), json!({ "email": "x@y.example" })] {
        let pointer = format!("/{}", fields(&body)[0]);
        stage.send(me(body.clone()).person(&viewer)).await.invalid(&[(&pointer, "unknown_field")]);
    }
    let key = stage.world.key(&acme.owner, &[Permission::AccountsRead]).await;
    stage.send(me(json!({ "name": "x" })).key(&key)).await.refused(403, "api_key_not_allowed");
    let platform = stage.world.administrator().await;
    stage.send(me(json!({ "name": "x" })).person(&platform)).await.refused(403, "company_required");
}

#[actix_web::test]
async fn a_user_is_removed_and_their_records_go_where_they_are_told() {
    let stage = Stage::new();
    let (acme, other) = (stage.world.company("Acme").await, stage.world.company("Other").await);
    let leaver = stage.world.person(acme.id, Role::Member).await;
    let account = stage.world.account(&leaver.actor, "Globex").await;
    let path = format!("/users/{}", leaver.id);
    for heir in [other.owner_id.to_string(), NOBODY.to_owned(), leaver.id.to_string()] {
        let answer = stage.send(Call::delete(&format!("{path}?reassignTo={heir}")).owner(&acme)).await;
        answer.refused(422, "invalid_reference");
        assert_eq!(answer.entries(), [("?reassignTo", "invalid_reference")]);
    }
    stage
        .send(Call::delete(&format!("{path}?reassignTo=me")).owner(&acme))
        .await
        .invalid(&[("?reassignTo", "malformed")]);
    stage
        .send(Call::delete(&path).owner(&acme).header("if-match", "\"7\""))
        .await
        .refused(412, "version_mismatch");
    stage.send(Call::delete(&path).person(&leaver)).await.refused(403, "forbidden");
    let gone = stage.send(Call::delete(&format!("{path}?reassignTo={}", acme.owner_id)).owner(&acme)).await;
    assert_eq!((gone.status.as_u16(), gone.body), (204, json!(null)));
    stage.send(Call::get(&path).owner(&acme)).await.refused(404, "not_found");
    stage.send(Call::get("/accounts").person(&leaver)).await.refused(401, "unauthenticated");
    let account = stage.send(Call::get(&format!("/accounts/{account}")).owner(&acme)).await;
    assert_eq!(account.data(200)["owner"]["id"], acme.owner_id.to_string());
    let last = Call::delete(&format!("/users/{}", acme.owner_id)).owner(&acme);
    stage.send(last).await.refused(409, "last_owner");
}
