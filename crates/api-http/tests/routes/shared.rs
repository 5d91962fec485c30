//! The company, its pipelines and the roles.

use cartera_domain::identity::Role;
use serde_json::json;

use super::support::{Call, NOBODY, TestServer};

#[actix_web::test]
async fn everybody_reads_their_company() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let viewer = server.env.person(acme.id, Role::Viewer).await;
    let answer = server.send(Call::get("/companies/current").person(&viewer)).await;
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.data(200)["name"], "Acme");
    assert_eq!(answer.data(200)["timezone"], "America/Montevideo");
    assert_eq!(answer.data(200)["settings"]["trashDays"], 30);
    let platform = server.env.administrator().await;
    server.send(Call::get("/companies/current").person(&platform)).await.refused(403, "company_required");
}

#[actix_web::test]
async fn a_company_starts_with_a_pipeline_in_its_language() {
    let server = TestServer::new();
    let (acme, other) = (server.env.company("Acme").await, server.env.company("Other").await);
    let answer = server.send(Call::get("/pipelines").owner(&acme)).await;
    let pipeline = &answer.data(200)[0];
    assert_eq!(pipeline["isDefault"], true);
    let names: Vec<_> =
        pipeline["stages"].as_array().expect("stages").iter().map(|s| s["name"].clone()).collect();
    assert_eq!(json!(names), json!(["Preparación", "Presentación", "Negociación", "Venta", "No Venta"]));
    let path = format!("/pipelines/{}", acme.pipeline.record().id);
    let read = server.send(Call::get(&path).owner(&acme)).await;
    assert_eq!((read.data(200), read.header("etag")), (pipeline, Some("\"1\"")));
    for id in [other.pipeline.record().id.to_string(), NOBODY.to_owned()] {
        server.send(Call::get(&format!("/pipelines/{id}")).owner(&acme)).await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn the_matrix_of_roles_is_for_everybody_who_is_signed_in() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let platform = server.env.administrator().await;
    let answer = server.send(Call::get("/roles").owner(&acme)).await;
    let roles: Vec<_> =
        answer.data(200).as_array().expect("roles").iter().map(|r| r["role"].clone()).collect();
    assert_eq!(json!(roles), json!(["OWNER", "ADMIN", "MANAGER", "MEMBER", "VIEWER"]));
    let member = &answer.data(200)[3]["permissions"];
    let own = json!({ "permission": "accounts:delete", "extent": "OWN" });
    assert!(member.as_array().expect("permissions").contains(&own));
    assert_eq!(server.send(Call::get("/roles").person(&platform)).await.status, 200);
}
