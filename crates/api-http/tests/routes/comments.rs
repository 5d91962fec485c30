//! Comments: what belongs to another record.

use serde_json::{Value, json};

use super::support::{Call, NOBODY, TestServer, id_of};

#[actix_web::test]
async fn comments_stand_below_every_kind_of_record_that_they_are_about() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let post = async |path: &str, body: Value| {
        server.send(Call::post(path, &body).owner(&acme)).await.data(201).clone()
    };
    let account = post("/accounts", json!({ "name": "Globex" })).await;
    let contact = post("/contacts", json!({ "firstName": "Carla" })).await;
    let amount = json!({ "amount": "10.00", "currency": "UYU" });
    let sale = json!({ "title": "A sale", "amount": amount, "accountId": account["id"] });
    let sale = post("/opportunities", sale).await;
    for (kind, plural, record) in [
        ("ACCOUNT", "accounts", &account),
        ("CONTACT", "contacts", &contact),
        ("OPPORTUNITY", "opportunities", &sale),
    ] {
        let above = format!("/{plural}/{}/comments", id_of(record));
        let made = post(&above, json!({ "body": "Asked for an offer" })).await;
        assert_eq!((&made["entityType"], &made["entityId"]), (&json!(kind), &record["id"]));
        assert_eq!((&made["kind"], &made["body"]), (&json!("COMMENT"), &json!("Asked for an offer")));
        assert_eq!(made.get("accountId"), None);
        let comment = format!("/comments/{}", id_of(&made));
        assert_eq!(server.send(Call::get(&comment).owner(&acme)).await.data(200), &made);
    }
}

#[actix_web::test]
async fn a_comment_of_what_is_not_there_is_not_found() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.send(Call::post("/accounts", &json!({ "name": "Globex" })).owner(&acme)).await;
    let account = format!("/accounts/{}", id_of(account.data(201)));
    let above = format!("{account}/comments");
    let body = json!({ "body": "Hello" });
    let made = server.send(Call::post(&above, &body).owner(&acme)).await.data(201).clone();
    let comment = format!("/comments/{}", id_of(&made));
    assert_eq!(server.send(Call::delete(&account).owner(&acme)).await.status.as_u16(), 204);
    for call in [
        Call::get(&comment),
        Call::patch(&comment, &json!({ "body": "Bye" })),
        Call::delete(&comment),
        Call::get(&above),
        Call::post(&above, &body),
        Call::post(&format!("/accounts/{NOBODY}/comments"), &body),
    ] {
        server.send(call.owner(&acme)).await.refused(404, "not_found");
    }
    server.send(Call::post(&format!("{account}/restore"), &json!({})).owner(&acme)).await.data(200);
    assert_eq!(server.send(Call::get(&comment).owner(&acme)).await.data(200), &made);
}

#[actix_web::test]
async fn bad_comments_are_refused_field_by_field() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.send(Call::post("/accounts", &json!({ "name": "Globex" })).owner(&acme)).await;
    let above = format!("/accounts/{}/comments", id_of(account.data(201)));
    let post = |body: Value| Call::post(&above, &body).owner(&acme);
    server.send(post(json!({}))).await.invalid(&[("/body", "required")]);
    let wrong = json!({ "body": "x".repeat(10_001), "kind": "SECRET" });
    server.send(post(wrong)).await.invalid(&[("/kind", "not_allowed"), ("/body", "too_long")]);
    // The path says what it belongs to.
    let elsewhere = json!({ "body": "x", "accountId": NOBODY });
    server.send(post(elsewhere)).await.invalid(&[("/accountId", "unknown_field")]);
    let quiet = server.send(post(json!({ "body": "x", "kind": null }))).await;
    assert_eq!(quiet.data(201)["kind"], "COMMENT");
}
