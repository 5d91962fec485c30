//! The OpenAPI links of new records, to the operations that take their id.

use utoipa::openapi::{OpenApi, RefOr, link::Link};

use super::finish::{operations_mut, record_path};

/// Adds links to the operations below its path to every answer with a new record.
pub(super) fn describe(document: &mut OpenApi) {
    let mut operations = Vec::new();
    for (path, item) in &mut document.paths.paths {
        for (_, operation) in operations_mut(item) {
            operations.extend(operation.operation_id.clone().map(|id| (path.clone(), id)));
        }
    }
    for (path, item) in &mut document.paths.paths {
        let Some(RefOr::T(created)) =
            item.post.as_mut().and_then(|post| post.responses.responses.get_mut("201"))
        else {
            continue;
        };
        let record = record_path(path);
        let takes_its_id = |other: &str| {
            other.strip_prefix(&record).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        for (_, id) in operations.iter().filter(|(other, _)| takes_its_id(other)) {
            let link = Link::builder().operation_id(id).parameter("id", "$response.body#/data/id");
            created.links.insert(id.clone(), RefOr::T(link.build()));
        }
    }
}
