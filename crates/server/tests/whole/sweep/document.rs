//! The declarations of each operation in the API document.

use std::collections::BTreeSet;

use cartera_api_http::openapi::Access;
use cartera_domain::attachments::TargetType;
use serde_json::Value;

use crate::support::Server;

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    /// Method and path below `/api/v1`, like `GET /accounts/{id}`.
    pub(super) name: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) access: Access,
    /// Whether API keys may call it.
    pub(super) api_keys: bool,
    /// Every documented status.
    pub(super) statuses: BTreeSet<u16>,
    /// Whether it takes an `Idempotency-Key`.
    pub(super) once: bool,
}

/// Every operation of the running server's document.
pub(super) async fn operations(server: &Server) -> Vec<Operation> {
    let document = server.nobody().get("//openapi.json").await.expect(200).json();
    let paths = document["paths"].as_object().expect("paths").clone();
    let mut operations = Vec::new();
    for (path, item) in paths {
        let path = path.strip_prefix("/api/v1").expect("every operation lies below /api/v1").to_owned();
        for method in ["get", "put", "post", "delete", "patch", "head", "options", "trace"] {
            if let Some(operation) = item.get(method) {
                operations.push(read(method.to_uppercase(), path.clone(), operation));
            }
        }
    }
    operations
}

/// For a right on the record concerned, the sweep uses accounts.
fn on_accounts(access: Access) -> Access {
    match access {
        Access::Record(right) => Access::Permission(right.on(TargetType::Account)),
        other => other,
    }
}

fn read(method: String, path: String, operation: &Value) -> Operation {
    let name = format!("{method} {path}");
    let access = operation["x-cartera-access"].as_str().and_then(Access::parse).map(on_accounts);
    let statuses = operation["responses"].as_object().expect("responses");
    Operation {
        access: access.unwrap_or_else(|| panic!("{name} does not say who may call it")),
        api_keys: operation["x-cartera-api-key"].as_bool().expect("it says whether API keys may call it"),
        once: operation["parameters"]
            .as_array()
            .is_some_and(|parameters| parameters.iter().any(|one| one["name"] == "Idempotency-Key")),
        statuses: statuses.keys().filter_map(|status| status.parse().ok()).collect(),
        name,
        method,
        path,
    }
}
