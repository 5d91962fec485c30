//! The bin: deleting an account with its records, listing the bin, restoring.

use cartera_domain::identity::Role;
use serde_json::json;

use super::support::{Call, TestServer};

#[actix_web::test]
async fn an_account_goes_with_all_that_belongs_to_it_and_comes_back() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await;
    let contact = server.env.contact(&acme.owner, Some(account)).await;
    let sale = server.env.opportunity(&acme.owner, account).await.id;
    let paths =
        [format!("/accounts/{account}"), format!("/contacts/{contact}"), format!("/opportunities/{sale}")];
    for query in ["", "?cascade=false"] {
        let refused = server.send(Call::delete(&format!("{}{query}", paths[0])).owner(&acme)).await;
        refused.refused(409, "account_in_use");
        assert_eq!(refused.body["params"], json!({ "contacts": 1, "opportunities": 1 }));
    }
    for (query, code) in [("cascade=yes", "not_allowed"), ("cascade=true&cascade=true", "malformed")] {
        let refused = server.send(Call::delete(&format!("{}?{query}", paths[0])).owner(&acme)).await;
        refused.invalid(&[("?cascade", code)]);
    }
    let gone = server.send(Call::delete(&format!("{}?cascade=true", paths[0])).owner(&acme)).await;
    assert_eq!(gone.status.as_u16(), 204);
    for path in &paths {
        server.send(Call::get(path).owner(&acme)).await.refused(404, "not_found");
    }
    for path in &paths[1..] {
        let alone = server.send(Call::post(&format!("{path}/restore"), &json!({})).owner(&acme)).await;
        alone.refused(409, "account_deleted");
    }
    // An action needs no body.
    let restore = Call::new(actix_web::http::Method::POST, &format!("{}/restore", paths[0]));
    let back = server.send(restore.owner(&acme)).await;
    assert_eq!((&back.data(200)["version"], back.header("etag")), (&json!(3), Some("\"3\"")));
    for path in &paths {
        server.send(Call::get(path).owner(&acme)).await.data(200);
    }
}

#[actix_web::test]
async fn the_bin_is_for_those_who_may_delete() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let viewer = server.env.person(acme.id, Role::Viewer).await;
    for resource in ["accounts", "contacts", "opportunities"] {
        let path = format!("/{resource}?deleted=true");
        server.send(Call::get(&path).person(&viewer)).await.refused(403, "forbidden");
        server.send(Call::get(&format!("{path}&sort=-deletedAt")).owner(&acme)).await.data(200);
        let live = Call::get(&format!("/{resource}?sort=-deletedAt")).owner(&acme);
        server.send(live).await.invalid(&[("?sort", "inconsistent")]);
    }
    let listed = server.send(Call::get("/contacts?deleted=true").owner(&acme)).await;
    assert!(listed.data(200)[0]["deletedAt"].is_string());
    let board = server.send(Call::get("/opportunities?deleted=true&board=true").owner(&acme)).await;
    board.invalid(&[("?board", "inconsistent")]);
}

#[actix_web::test]
async fn a_restoration_takes_no_fields() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await;
    server.send(Call::delete(&format!("/accounts/{account}")).owner(&acme)).await;
    let restore = |body| Call::post(&format!("/accounts/{account}/restore"), &body).owner(&acme);
    server.send(restore(json!({ "name": "x" }))).await.invalid(&[("/name", "unknown_field")]);
    let second = server.env.account(&acme.owner, "GLOBEX").await;
    server.send(restore(json!({}))).await.refused(409, "account_name_taken");
    server.send(Call::delete(&format!("/accounts/{second}")).owner(&acme)).await;
    server.send(restore(json!({}))).await.data(200);
}
