//! What records are made of, for whoever builds forms, filters and tables: out of the same tables that read bodies and queries.

mod fields;
mod labels;
mod wire;

use std::hash::{DefaultHasher, Hash, Hasher};

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderValue},
    web,
};
use cartera_application::{
    lists::Listed as _,
    opportunities::OpportunityList,
    records::{RESOURCES, list_of},
    security::Actor,
};
use cartera_domain::{
    events::EntityType,
    identity::{Action, Permission},
    opportunities::OpportunityFields,
    record::{Fields, Table},
    values::Locale,
};
use utoipa_actix_web::service_config::ServiceConfig;

use self::{fields::Listed, labels::label};
use crate::{
    edge::{Caller, EdgeState, Handled, NoQuery, ok},
    records::path_of,
    wire::extent_name,
};

pub use wire::{FieldSchema, ResourceRights, ResourceSchema, SchemaChoice};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(read);
}

/// Read what records are made of
///
/// The resources that the caller may read: their fields with types, limits and choices, by what lists filter and sort, where
/// records are created, and what the caller may do. Labels are in the language of `Accept-Language`, if that is Spanish,
/// English or Portuguese, and else in the company's. `If-None-Match` with the `ETag` is 304 as long as nothing changed.
#[utoipa::path(
    tag = "Schema",
    operation_id = "getSchema",
    responses((
        status = 200,
        description = "The resources.",
        body = Vec<ResourceSchema>,
        headers(("ETag" = String, description = "Changes with the answer, for `If-None-Match`.")),
    )),
    extensions(("x-cartera-access" = json!("caller"))),
)]
#[get("/schema")]
async fn read(caller: Caller, _: NoQuery, request: HttpRequest, state: web::Data<EdgeState>) -> Handled {
    let locale = match asked(&request) {
        Some(locale) => {
            caller.authorize_caller()?;
            locale
        }
        None => state.application.companies.locale(&caller).await?,
    };
    let resources = resources(&caller, locale);
    let tag = format!("\"{:016x}\"", digest(&resources));
    let mut response: HttpResponse = ok(resources);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Language"));
    Ok(response)
}

/// The first language of `Accept-Language` (RFC 9110, 12.5.4) that there are labels in; clients name the one they like best
/// first.
fn asked(request: &HttpRequest) -> Option<Locale> {
    let lines = request.headers().get_all(header::ACCEPT_LANGUAGE).filter_map(|line| line.to_str().ok());
    let ranges = lines.flat_map(|line| line.split(','));
    let languages = ranges.map(|range| range.split([';', '-']).next().unwrap_or_default().trim());
    languages.map(str::to_ascii_lowercase).find_map(|language| Locale::parse(&language).ok())
}

/// The same for the same content, within one release.
fn digest(resources: &[ResourceSchema]) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(resources).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

fn resources(actor: &Actor, locale: Locale) -> Vec<ResourceSchema> {
    let plain = RESOURCES.iter().map(|resource| {
        let table = resource.table;
        let fields = fields::of_record(table, Listed(list_of(table)), locale);
        resource_of(actor, table, fields, locale)
    });
    let sales = fields::of_opportunity(Listed(OpportunityList::table()), locale);
    let sales = resource_of(actor, OpportunityFields::TABLE, sales, locale);
    let mut all: Vec<_> = plain.chain([sales]).filter(|resource| resource.rights.read.is_some()).collect();
    all.sort_by_key(|resource| EntityType::ALL.iter().position(|entity| entity.as_str() == resource.kind));
    all
}

fn resource_of(
    actor: &Actor,
    table: &'static Table,
    fields: Vec<FieldSchema>,
    locale: Locale,
) -> ResourceSchema {
    let right = |action| {
        let permission = Permission::to(action, table.entity)?;
        actor.extent(permission).map(|extent| extent_name(extent).to_owned())
    };
    let path = path_of(table);
    let below: Vec<_> =
        table.parents().map(|(.., parent)| format!("/{}/{{id}}/{path}", plural_of(parent))).collect();
    let is_opportunity = table.entity == EntityType::Opportunity;
    ResourceSchema {
        kind: table.entity.as_str().to_owned(),
        label: label(table.entity.as_str(), locale),
        label_plural: label(table.plural, locale),
        create_at: if below.is_empty() { vec![format!("/{path}")] } else { below },
        path: format!("/{path}"),
        needs_one_of: if is_opportunity { vec!["accountId".into(), "contactId".into()] } else { Vec::new() },
        rights: ResourceRights {
            read: right(Action::Read),
            write: right(Action::Write),
            delete: right(Action::Delete),
            export: right(Action::Export),
            assign: right(Action::Assign),
        },
        fields,
    }
}

fn plural_of(entity: EntityType) -> String {
    let found = RESOURCES.iter().find(|resource| resource.table.entity == entity);
    found.map_or_else(|| path_of(OpportunityFields::TABLE), |resource| path_of(resource.table))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_language_is_the_first_that_there_are_labels_in() {
        for (line, locale) in [
            ("pt-BR,pt;q=0.9,en;q=0.8", Some(Locale::Pt)),
            ("fr, ES-uy;q=0.5", Some(Locale::Es)),
            ("en", Some(Locale::En)),
            ("*", None),
            ("fr", None),
            ("", None),
        ] {
            let request = TestRequest::default().insert_header(("accept-language", line)).to_http_request();
            assert_eq!(asked(&request), locale, "{line}");
        }
    }
}
