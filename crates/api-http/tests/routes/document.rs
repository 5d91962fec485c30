//! Compares the document with the running routes: each operation exists, and no path allows an undocumented method.

use actix_web::http::Method;
use cartera_api_http::openapi::{ACCESS, document};
use serde_json::Value;

use super::support::{Call, NOBODY, TestServer};

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

#[actix_web::test]
async fn every_operation_is_a_route_and_refuses_strangers() {
    let server = TestServer::new();
    let document = serde_json::to_value(document()).expect("it renders");
    for (path, item) in document["paths"].as_object().expect("paths") {
        let uri = path.replace("{id}", NOBODY);
        for name in METHODS {
            let method = Method::from_bytes(name.to_uppercase().as_bytes()).expect("a method");
            let answer = server.send(Call::new(method, &uri)).await;
            let Some(operation) = item.get(name) else {
                answer.refused(405, "method_not_allowed");
                let allowed = answer.header("allow").expect("the methods that it takes").to_lowercase();
                let described: Vec<_> =
                    METHODS.into_iter().filter(|method| item.get(method).is_some()).collect();
                // Whatever is got answers to HEAD too.
                assert_eq!(allowed.replace("get, head", "get"), described.join(", "), "{path}");
                continue;
            };
            match operation[ACCESS].as_str() {
                // Without a body, the media type is refused first.
                Some("public") => answer.refused(415, "unsupported_media_type"),
                Some("cookie") if path.ends_with("/refresh") => answer.refused(401, "refresh_token_invalid"),
                _ => answer.refused(401, "unauthenticated"),
            }
            let status = answer.status.as_str();
            assert!(operation["responses"].get(status).is_some(), "{name} {path} does not describe {status}");
        }
    }
}

#[actix_web::test]
async fn every_operation_refuses_parameters_that_it_does_not_know() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let document = serde_json::to_value(document()).expect("it renders");
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (name, operation) in item.as_object().expect("operations") {
            let method = Method::from_bytes(name.to_uppercase().as_bytes()).expect("a method");
            // Dead jobs belong to any company, so `companyId` is a filter there.
            let unknown = if path.ends_with("/jobs/dead") { "tenantId" } else { "companyId" };
            let uri = format!("{}?{unknown}={NOBODY}", path.replace("{id}", NOBODY));
            let mut call = Call::new(method, &uri).owner(&acme);
            if operation.get("requestBody").is_some() {
                call = call.raw("{}".to_owned());
            }
            let answer = server.send(call).await;
            answer.refused(400, "validation_failed");
            let pointer = format!("?{unknown}");
            assert!(answer.entries().contains(&(&*pointer, "unknown_field")), "{path} {answer:?}");
        }
    }
}

#[actix_web::test]
async fn answers_have_exactly_the_fields_that_are_described() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let document = serde_json::to_value(document()).expect("it renders");
    let fields = |name: &str| -> Vec<String> {
        let properties = &document["components"]["schemas"][name]["properties"];
        properties.as_object().expect("properties").keys().cloned().collect()
    };
    let given = |value: &Value| -> Vec<String> {
        let mut names: Vec<_> = value.as_object().expect("an object").keys().cloned().collect();
        names.sort_unstable();
        names
    };
    for (path, name) in [
        ("/accounts?include=can", "Account"),
        ("/users", "User"),
        ("/contacts?include=can", "Contact"),
        ("/opportunities?include=can", "Opportunity"),
        ("/api-keys", "ApiKey"),
        ("/pipelines", "Pipeline"),
        ("/roles", "RoleWithPermissions"),
        ("/reports/top-accounts", "TopAccount"),
        ("/reports/pipeline", "BoardColumn"),
        ("/reports/stage-changes?stage=venta&from=2026-01-01&to=2026-01-31", "ReportedStageChange"),
    ] {
        let answer = server.send(Call::get(path).owner(&acme)).await;
        assert_eq!(given(&answer.data(200)[0]), fields(name), "{path}");
    }
    for (path, name) in [("/companies/current", "Company"), ("/auth/me", "Me")] {
        let answer = server.send(Call::get(path).owner(&acme)).await;
        assert_eq!(given(answer.data(200)), fields(name), "{path}");
    }
}
