//! The answers of every resource to the examples of the document.

use cartera_api_http::records::Served;
use cartera_application::{every_resource, testing::TestCompany};
use serde_json::json;

use super::support::{Call, NOBODY, TestServer, id_of};

macro_rules! of_each {
    ([$promise:ident] $($fields:ty,)+) => { $($promise::<$fields>().await;)+ };
}

fn plural<F: Served>() -> String {
    format!("/{}", F::TABLE.plural.replace('_', "-"))
}

/// Where a record is created: below an account, where records belong to others.
async fn above<F: Served>(server: &TestServer, acme: &TestCompany) -> String {
    if F::TABLE.parents().next().is_none() {
        return plural::<F>();
    }
    let account = server.send(Call::post("/accounts", &json!({ "name": "Above" })).owner(acme)).await;
    format!("/accounts/{}{}", id_of(account.data(201)), plural::<F>())
}

#[actix_web::test]
async fn a_record_lives_and_dies_and_lives() {
    every_resource!(of_each, lives_and_dies);
}

async fn lives_and_dies<F: Served>() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let (examples, plural) = (F::examples(), plural::<F>());
    let made =
        server.send(Call::post(&above::<F>(&server, &acme).await, &examples.create).owner(&acme)).await;
    let record = made.data(201).clone();
    let path = format!("{plural}/{}", id_of(&record));
    let location = format!("/api/v1{path}");
    assert_eq!((made.header("location"), made.header("etag")), (Some(location.as_str()), Some("\"1\"")));
    let read = server.send(Call::get(&path).owner(&acme)).await;
    assert_eq!((read.data(200), read.header("etag")), (&record, Some("\"1\"")));
    let change = Call::patch(&path, &examples.update).owner(&acme).header("if-match", "\"1\"");
    let changed = server.send(change).await;
    assert_eq!((&changed.data(200)["version"], changed.header("etag")), (&json!(2), Some("\"2\"")));
    assert_eq!(server.send(Call::delete(&path).owner(&acme)).await.status.as_u16(), 204);
    server.send(Call::get(&path).owner(&acme)).await.refused(404, "not_found");
    let back = server.send(Call::post(&format!("{path}/restore"), &json!({})).owner(&acme)).await;
    assert_eq!(back.data(200)["version"], json!(4));
}

#[actix_web::test]
async fn what_is_no_record_and_what_is_no_field_is_refused() {
    every_resource!(of_each, is_refused);
}

async fn is_refused<F: Served>() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let plural = plural::<F>();
    server.send(Call::get(&format!("{plural}/{NOBODY}")).owner(&acme)).await.refused(404, "not_found");
    let mut body = F::examples().create;
    body["surprise"] = json!(1);
    let answer = server.send(Call::post(&above::<F>(&server, &acme).await, &body).owner(&acme)).await;
    answer.invalid(&[("/surprise", "unknown_field")]);
}
