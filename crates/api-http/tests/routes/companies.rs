//! Companies: the caller's own, and the platform's view of all.

use cartera_domain::identity::Role;
use serde_json::json;

use super::support::{Call, NOBODY, TestServer, id_of};

#[actix_web::test]
async fn the_platform_registers_reads_and_changes_a_company() {
    let server = TestServer::new();
    let platform = server.env.administrator().await;
    let body = json!({
        "name": " Ñandú S.A. ", "address": "18 de Julio 1234", "website": "https://nandu.example",
        "logoUrl": "https://nandu.example/logo.png"
    });
    let made = server.send(Call::post("/companies", &body).person(&platform)).await;
    let company = made.data(201).clone();
    let path = format!("/api/v1/companies/{}", id_of(&company));
    assert_eq!(made.header("location"), Some(path.as_str()));
    assert_eq!(made.header("etag"), Some("\"1\""));
    assert_eq!((&company["name"], &company["slug"]), (&json!("Ñandú S.A."), &json!("nandu-sa")));
    assert_eq!((&company["country"], &company["suspendedAt"]), (&json!("UY"), &json!(null)));
    let read = server.send(Call::get(&path).person(&platform)).await;
    assert_eq!((read.data(200), read.header("etag")), (&company, Some("\"1\"")));
    let change = json!({ "logoUrl": null, "settings": { "dataRetentionDays": 365 } });
    let changed =
        server.send(Call::patch(&path, &change).person(&platform).header("if-match", "\"1\"")).await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.data(200)["logoUrl"], json!(null));
    assert_eq!(changed.data(200)["settings"]["dataRetentionDays"], 365);
    let stale = server.send(Call::patch(&path, &change).person(&platform).header("if-match", "\"1\"")).await;
    stale.refused(412, "version_mismatch");
    let list =
        server.send(Call::get("/companies?suspendedAt[isNull]=false&sort=-name&q=a").person(&platform)).await;
    assert_eq!(list.data(200)[0]["slug"], "acme");
    assert_eq!(list.body["meta"]["limit"], 20);
    server.send(Call::get(&format!("/companies/{NOBODY}")).person(&platform)).await.refused(404, "not_found");
    server.send(Call::get("/companies/nonsense").person(&platform)).await.refused(404, "not_found");
}

#[actix_web::test]
async fn each_missing_field_of_a_company_is_named() {
    let server = TestServer::new();
    let platform = server.env.administrator().await;
    let post = |body| Call::post("/companies", &body).person(&platform);
    server.send(post(json!({}))).await.invalid(&[
        ("/name", "required"),
        ("/address", "required"),
        ("/website", "required"),
        ("/logoUrl", "required"),
    ]);
    let wrong = json!({
        "name": "", "address": "x", "website": "ftp://x", "logoUrl": "javascript:alert(1)", "country": "XX",
        "currency": "xxx"
    });
    server.send(post(wrong)).await.invalid(&[
        ("/name", "blank"),
        ("/website", "malformed"),
        ("/logoUrl", "malformed"),
        ("/country", "malformed"),
        ("/currency", "malformed"),
    ]);
    for field in ["id", "slug", "version", "settings", "suspendedAt", "ownerEmail"] {
        let pointer = format!("/{field}");
        server.send(post(json!({ field: null }))).await.invalid(&[(&pointer, "unknown_field")]);
    }
}

#[actix_web::test]
async fn a_registration_that_is_sent_twice_happens_once() {
    let server = TestServer::new();
    let platform = server.env.administrator().await;
    let body = json!({
        "name": "Acme", "address": "x", "website": "https://acme.example",
        "logoUrl": "https://acme.example/logo.png"
    });
    let post = || Call::post("/companies", &body).person(&platform).header("idempotency-key", "one");
    let (first, second) = (server.send(post()).await, server.send(post()).await);
    assert_eq!(second.data(201), first.data(201));
    assert_eq!(
        (first.header("idempotency-replayed"), second.header("idempotency-replayed")),
        (None, Some("true"))
    );
    assert_eq!(second.header("location"), first.header("location"));
}

#[actix_web::test]
async fn a_company_is_suspended_and_reactivated() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let platform = server.env.administrator().await;
    let turn = |how: &str| Call::post(&format!("/companies/{}/{how}", acme.id), &json!({})).person(&platform);
    let suspended = server.send(turn("suspend")).await;
    assert!(suspended.data(200)["suspendedAt"].is_string());
    assert_eq!(suspended.header("etag"), Some("\"2\""));
    server.send(Call::get("/accounts").owner(&acme)).await.refused(401, "unauthenticated");
    assert_eq!(server.send(turn("suspend")).await.data(200), suspended.data(200));
    let open = server.send(turn("reactivate").header("idempotency-key", "one")).await;
    assert_eq!(open.data(200)["suspendedAt"], json!(null));
    server.send(Call::get("/accounts").owner(&acme)).await.data(200);
    let again = server.send(turn("reactivate").header("idempotency-key", "one")).await;
    assert_eq!((again.data(200), again.header("idempotency-replayed")), (open.data(200), Some("true")));
    let body = Call::post(&format!("/companies/{}/suspend", acme.id), &json!({ "why": "x" }));
    server.send(body.person(&platform)).await.invalid(&[("/why", "unknown_field")]);
    server
        .send(Call::post(&format!("/companies/{NOBODY}/suspend"), &json!({})).person(&platform))
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn a_companys_own_administrators_change_it() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let admin = server.env.person(acme.id, Role::Admin).await;
    let member = server.env.person(acme.id, Role::Member).await;
    let patch = |body| Call::patch("/companies/current", &body);
    let change = json!({
        "name": "Acme II", "timezone": "Europe/Madrid",
        "settings": { "forcePasswordResetAfterInvitation": false, "trashDays": 7 }
    });
    let changed = server.send(patch(change).person(&admin).header("if-match", "\"1\"")).await;
    assert_eq!((&changed.data(200)["name"], changed.header("etag")), (&json!("Acme II"), Some("\"2\"")));
    let settings = json!({
        "forcePasswordResetAfterInvitation": false, "trashDays": 7, "dataRetentionDays": 730
    });
    assert_eq!(changed.data(200)["settings"], settings);
    let wrong = json!({ "name": null, "settings": { "trashDays": 0, "dataRetentionDays": null } });
    server.send(patch(wrong).person(&admin)).await.invalid(&[
        ("/name", "required"),
        ("/settings/trashDays", "out_of_range"),
        ("/settings/dataRetentionDays", "required"),
    ]);
    server
        .send(patch(json!({ "settings": { "x": 1 } })).person(&admin))
        .await
        .invalid(&[("/settings/x", "unknown_field")]);
    server.send(patch(json!({ "slug": "x" })).person(&admin)).await.invalid(&[("/slug", "unknown_field")]);
    server.send(patch(json!({})).person(&member)).await.refused(403, "forbidden");
    let platform = server.env.administrator().await;
    server.send(patch(json!({})).person(&platform)).await.refused(403, "company_required");
}
