//! The OpenAPI document, collected from the services that the server registers, so that it has exactly the existing
//! routes.
//!
//! A handler's `#[utoipa::path]` declares only what is specific to it: tag, operation id, parameters, bodies, who may
//! call it (`x-cartera-access`), and its errors besides the common ones (`x-cartera-errors`, removed again here). An
//! [`Operation`](crate::records::Operation) of a resource declares the same from its table. [`finish`] adds what
//! follows from that: security, envelopes, headers, and every error answer.

mod access;
#[cfg(test)]
mod completeness;
mod finish;
mod headers;
mod links;
mod problems;
mod render;
#[cfg(test)]
mod tests;

use actix_web::{App, web};
use cartera_application::every_resource;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, InfoBuilder, OpenApi, OpenApiBuilder, RefOr, Server, Tag,
        info::{ContactBuilder, LicenseBuilder},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
        tag::TagBuilder,
    },
};
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};

pub use access::{ACCESS, API_KEY, Access, RecordRight};
pub use render::{json, yaml};

use crate::{
    api_keys, attachments, auth, companies,
    edge::{PageMeta, ProblemDocument, ProblemEntry, REFRESH_COOKIE},
    history, invitations, jobs, opportunities, pipelines,
    records::{Served, tag},
    reports, roles, schema, users,
};

/// Every route below `/api/v1`, for the server.
pub fn routes(cfg: &mut web::ServiceConfig) {
    features(&mut ServiceConfig::new(cfg));
}

macro_rules! resources_are_served {
    ([$cfg:ident] $($fields:ty,)+) => { $cfg$(.configure(<$fields as Served>::routes))+ };
}

macro_rules! resources_are_told {
    ([] $($fields:ty,)+) => { [$(tag::<$fields>()),+] };
}

/// Registers every feature, for both the server and the document.
fn features(cfg: &mut ServiceConfig) {
    cfg.configure(auth::routes)
        .configure(companies::routes)
        .configure(invitations::routes)
        .configure(users::routes)
        .configure(roles::routes)
        .configure(api_keys::routes);
    every_resource!(resources_are_served, cfg)
        .configure(pipelines::routes)
        .configure(opportunities::routes)
        .configure(attachments::routes)
        .configure(reports::routes)
        .configure(history::routes)
        .configure(schema::routes)
        .configure(jobs::routes);
}

/// The document.
pub fn document() -> OpenApi {
    let api = scope::scope("/api/v1").configure(features);
    let (_, collected) = App::new().into_utoipa_app().service(api).split_for_parts();
    let mut components = collected.components.unwrap_or_default();
    add_components(&mut components);
    let mut document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Cartera")
                .version(env!("CARGO_PKG_VERSION"))
                .contact(Some(ContactBuilder::new().name(Some("The operator of this deployment")).build()))
                .license(Some(LicenseBuilder::new().name("Proprietary").identifier(Some(LICENSE)).build()))
                .description(Some(DESCRIPTION)),
        )
        .servers(Some([Server::new("/")]))
        .tags(Some(tags()))
        .paths(collected.paths)
        .components(Some(components))
        .build();
    finish::finish(&mut document);
    links::describe(&mut document);
    document
}

const LICENSE: &str = "LicenseRef-Proprietary";

const DESCRIPTION: &str = "The API of Cartera, a CRM for many companies.

Success is `{\"data\": …}`, lists add `meta`. Errors are `application/problem+json` (RFC 9457): decide by \
`code`. Records carry `version`, which is also the `ETag`; `PATCH` and `DELETE` honour `If-Match`. `PATCH` is a \
merge-patch: what is absent stays, null clears. `\"\"` in an optional field is null, also in the place of a date, an id, a \
number or a choice; a query parameter without a value is as if it were absent. A `POST`, `PATCH`, `PUT` or `DELETE` with an `Idempotency-Key` happens once. Another \
company's record can't be told from one that does not exist.

`x-cartera-access` says who may call an operation: `public`, `cookie` (the refresh cookie), `user` (anybody \
signed in), `caller` (anybody of a company, also by API key), `platform` (a platform administrator), `apiKey`, `permission:` and a permission's key, or `record:` and \
a right on the account, contact or opportunity that it is about; `x-cartera-api-key` says whether API keys \
may.";

fn tags() -> Vec<Tag> {
    let before = [
        ("Sign-in", "Sign-up, sign-in and sessions."),
        ("Companies", "The caller's company; for platform administrators, all of them."),
        ("Invitations", "How people come into a company."),
        ("Users", "The people of the company."),
        ("Roles", "What each role may do."),
        ("API keys", "Keys for integrators."),
    ];
    let after = [
        ("Pipelines", "The funnels and their stages."),
        ("Opportunities", "Possible sales, and how they move."),
        ("Attachments", "Files of accounts, contacts and opportunities."),
        ("Reports", "Figures, for people and API keys alike."),
        ("Schema", "What records are made of, for forms, filters and tables."),
        ("Operations", "What was done: by whom, when, and to which records."),
        ("Jobs", "Background jobs that were given up, for platform administrators."),
    ];
    let named = |(name, about): (&str, &'static str)| (name.to_owned(), about);
    let all =
        before.map(named).into_iter().chain(every_resource!(resources_are_told)).chain(after.map(named));
    all.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build()).collect()
}

fn add_components(components: &mut Components) {
    for (name, schema) in [
        ("PageMeta", PageMeta::schema()),
        ("Problem", ProblemDocument::schema()),
        ("ProblemEntry", ProblemEntry::schema()),
    ] {
        components.schemas.insert(name.to_owned(), schema);
    }
    let mut nested = Vec::new();
    ProblemDocument::schemas(&mut nested);
    components.schemas.extend(nested);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access token of a session."))
        .build();
    let key = ApiKeyValue::with_description("X-API-Key", "The value of an API key, within its scopes.");
    let cookie = ApiKeyValue::with_description(
        REFRESH_COOKIE,
        "The refresh token, HttpOnly: browsers send it to the routes of `/api/v1/auth` by themselves.",
    );
    for (name, scheme) in [
        (access::BEARER, SecurityScheme::Http(bearer)),
        (access::KEY, SecurityScheme::ApiKey(ApiKey::Header(key))),
        (access::COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
    ] {
        components.security_schemes.insert(name.to_owned(), RefOr::T(scheme));
    }
}
