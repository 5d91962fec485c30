//! The fields of tags: names and colours.

use serde_json::json;

use super::support::{Call, TestServer};

#[actix_web::test]
async fn a_name_is_taken_whatever_its_case_and_its_accents() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let post = |body: serde_json::Value| Call::post("/tags", &body).owner(&acme);
    server.send(post(json!({ "name": "Útil" }))).await.data(201);
    server.send(post(json!({ "name": "UTIL" }))).await.refused(409, "tag_name_taken");
    // A name of symbols only is compared as it is.
    server.send(post(json!({ "name": "★" }))).await.data(201);
    server.send(post(json!({ "name": "☆" }))).await.data(201);
    server.send(post(json!({ "name": "★" }))).await.refused(409, "tag_name_taken");
}

#[actix_web::test]
async fn bad_tags_are_refused_field_by_field() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let post = |body: serde_json::Value| Call::post("/tags", &body).owner(&acme);
    server.send(post(json!({}))).await.invalid(&[("/name", "required")]);
    let wrong = json!({ "name": "x".repeat(41), "color": "orange" });
    server.send(post(wrong)).await.invalid(&[("/name", "too_long"), ("/color", "malformed")]);
}
