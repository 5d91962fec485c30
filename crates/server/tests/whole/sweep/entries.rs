//! The entries of operations: how to make a valid request, and which places take ids.

use cartera_domain::identity::Permission;
use serde_json::json;

use super::{
    Expected,
    table::{
        Body, CONTACT_FILTERS, EVENT_FILTERS, Entry, Kind, Lies, Link, NO_SUCH_STAGE, OPPORTUNITY_FILTERS,
        Slot, USUAL,
    },
};
use crate::support::{PASSWORD, announcement};

/// Every operation that is not generated from a resource's table.
pub(super) const ENTRIES: &[Entry] = &[
    // Sign-in
    Entry {
        operation: "POST /auth/register",
        success: 201,
        body: Some(Body::By(|with| {
            json!({
                "companyName": with.unique, "name": "Ana", "email": format!("{}@example.com", with.unique),
                "password": PASSWORD,
            })
        })),
        ..USUAL
    },
    Entry {
        operation: "POST /auth/login",
        body: Some(Body::By(|with| json!({ "email": with.email, "password": PASSWORD }))),
        places: &[Slot::Body("companyId", Kind::Company, Some((401, "invalid_credentials")))],
        ..USUAL
    },
    Entry {
        operation: "POST /auth/refresh",
        uses_up_session: true,
        without_cookie: "refresh_token_invalid",
        ..USUAL
    },
    Entry {
        operation: "POST /auth/logout",
        success: 204,
        uses_up_session: true,
        without_cookie: "unauthenticated",
        ..USUAL
    },
    Entry { operation: "GET /auth/me", for_the_platform: true, while_password_is_due: true, ..USUAL },
    Entry {
        operation: "POST /auth/change-password",
        body: Some(Body::By(
            |_| json!({ "currentPassword": PASSWORD, "newPassword": format!("{PASSWORD}-new") }),
        )),
        uses_up_session: true,
        for_the_platform: true,
        while_password_is_due: true,
        ..USUAL
    },
    Entry { operation: "GET /auth/sessions", for_the_platform: true, ..USUAL },
    Entry {
        operation: "DELETE /auth/sessions/{id}",
        success: 204,
        target: Some(Kind::Session),
        uses_up_session: true,
        for_the_platform: true,
        ..USUAL
    },
    Entry {
        operation: "POST /auth/forgot-password",
        success: 202,
        body: Some(Body::By(|with| json!({ "email": with.email }))),
        ..USUAL
    },
    Entry {
        operation: "POST /auth/reset-password",
        success: 204,
        link: Some(Link::PasswordReset),
        body: Some(Body::By(|with| json!({ "token": with.token, "newPassword": PASSWORD }))),
        ..USUAL
    },
    Entry {
        operation: "POST /auth/reset-password/preview",
        link: Some(Link::PasswordReset),
        body: Some(Body::By(|with| json!({ "token": with.token }))),
        ..USUAL
    },
    // Invitations
    Entry {
        operation: "POST /invitations",
        success: 201,
        body: Some(Body::By(|with| json!({ "email": format!("{}@example.com", with.unique) }))),
        ..USUAL
    },
    Entry { operation: "GET /invitations", ..USUAL },
    Entry { operation: "POST /invitations/{id}/resend", target: Some(Kind::Invitation), ..USUAL },
    Entry { operation: "DELETE /invitations/{id}", success: 204, target: Some(Kind::Invitation), ..USUAL },
    Entry {
        operation: "POST /invitations/preview",
        link: Some(Link::Invitation),
        body: Some(Body::By(|with| json!({ "token": with.token }))),
        ..USUAL
    },
    Entry {
        operation: "POST /invitations/accept",
        success: 201,
        link: Some(Link::Invitation),
        body: Some(Body::By(|with| json!({ "token": with.token, "name": "Leo", "password": PASSWORD }))),
        ..USUAL
    },
    // Users
    Entry { operation: "POST /users/{id}/reset-password", success: 204, target: Some(Kind::User), ..USUAL },
    // Companies, roles
    Entry {
        operation: "POST /companies/{id}/invitations",
        success: 201,
        target: Some(Kind::Company),
        body: Some(Body::By(
            |with| json!({ "email": format!("{}@example.com", with.unique), "role": "OWNER" }),
        )),
        ..USUAL
    },
    Entry { operation: "GET /companies/current", ..USUAL },
    Entry {
        operation: "PATCH /companies/current",
        body: Some(Body::By(|with| json!({ "name": with.unique }))),
        ..USUAL
    },
    Entry {
        operation: "POST /companies",
        success: 201,
        body: Some(Body::By(|with| {
            json!({
                "name": with.unique, "address": "18 de Julio 1234", "website": "https://acme.example",
                "logoUrl": "https://acme.example/logo.png",
            })
        })),
        ..USUAL
    },
    Entry { operation: "GET /companies", ..USUAL },
    Entry { operation: "GET /companies/{id}", target: Some(Kind::Company), ..USUAL },
    Entry {
        operation: "PATCH /companies/{id}",
        target: Some(Kind::Company),
        body: Some(Body::By(|with| json!({ "name": with.unique }))),
        ..USUAL
    },
    Entry { operation: "POST /companies/{id}/suspend", target: Some(Kind::Company), ..USUAL },
    Entry { operation: "POST /companies/{id}/reactivate", target: Some(Kind::Company), ..USUAL },
    // Users
    Entry { operation: "GET /users", ..USUAL },
    Entry { operation: "GET /users/{id}", target: Some(Kind::User), ..USUAL },
    Entry {
        operation: "PATCH /users/me",
        body: Some(Body::By(|with| json!({ "name": with.unique }))),
        ..USUAL
    },
    Entry {
        operation: "PATCH /users/{id}",
        target: Some(Kind::User),
        body: Some(Body::By(|with| json!({ "name": with.unique }))),
        ..USUAL
    },
    Entry {
        operation: "DELETE /users/{id}",
        success: 204,
        target: Some(Kind::User),
        places: &[Slot::Query("reassignTo", Kind::User, Some((422, "invalid_reference")))],
        ..USUAL
    },
    Entry { operation: "GET /roles", for_the_platform: true, ..USUAL },
    // API keys
    Entry {
        operation: "POST /api-keys",
        success: 201,
        body: Some(Body::By(|with| json!({ "name": with.unique, "scopes": ["reports:read"] }))),
        ..USUAL
    },
    Entry { operation: "GET /api-keys", ..USUAL },
    Entry { operation: "GET /api-keys/current", ..USUAL },
    Entry {
        operation: "DELETE /api-keys/{id}",
        success: 204,
        target: Some(Kind::ApiKey),
        others: Expected::Refused(404, "not_found"),
        ..USUAL
    },
    // Accounts and contacts: operations besides those of every resource
    Entry {
        operation: "GET /accounts/{id}/contacts",
        target: Some(Kind::Account),
        places: CONTACT_FILTERS,
        also: &[Permission::AccountsRead],
        ..USUAL
    },
    Entry {
        operation: "GET /accounts/{id}/opportunities",
        target: Some(Kind::Account),
        places: OPPORTUNITY_FILTERS,
        also: &[Permission::AccountsRead],
        ..USUAL
    },
    Entry {
        operation: "GET /contacts/{id}/opportunities",
        target: Some(Kind::Contact),
        places: OPPORTUNITY_FILTERS,
        also: &[Permission::ContactsRead],
        ..USUAL
    },
    // Pipelines
    Entry { operation: "GET /pipelines", ..USUAL },
    Entry { operation: "GET /pipelines/{id}", target: Some(Kind::Pipeline), ..USUAL },
    Entry {
        operation: "POST /pipelines",
        success: 201,
        body: Some(Body::By(|with| {
            json!({ "name": with.unique, "stages": [
                { "name": "Contacto", "kind": "OPEN" }, { "name": "Acuerdo", "kind": "WON" },
                { "name": "Descartado", "kind": "LOST" },
            ] })
        })),
        ..USUAL
    },
    Entry {
        operation: "PATCH /pipelines/{id}",
        target: Some(Kind::Pipeline),
        body: Some(Body::By(|with| json!({ "name": with.unique }))),
        ..USUAL
    },
    Entry { operation: "DELETE /pipelines/{id}", success: 204, target: Some(Kind::Pipeline), ..USUAL },
    Entry {
        operation: "POST /pipelines/{id}/stages",
        success: 201,
        target: Some(Kind::Pipeline),
        body: Some(Body::By(|_| json!({ "name": "Visita", "kind": "OPEN" }))),
        ..USUAL
    },
    Entry {
        operation: "PUT /pipelines/{id}/stages/order",
        target: Some(Kind::Pipeline),
        body: Some(Body::By(|with| json!({ "stageIds": with.order.iter().rev().collect::<Vec<_>>() }))),
        places: &[Slot::Item("stageIds", Kind::Stage)],
        ..USUAL
    },
    Entry {
        operation: "PATCH /stages/{id}",
        target: Some(Kind::Stage),
        body: Some(Body::By(|_| json!({ "name": "Visita" }))),
        ..USUAL
    },
    Entry {
        operation: "DELETE /stages/{id}",
        success: 204,
        target: Some(Kind::Stage),
        places: &[Slot::Query("moveTo", Kind::Stage, NO_SUCH_STAGE)],
        ..USUAL
    },
    // Opportunities
    Entry {
        operation: "POST /opportunities",
        success: 201,
        body: Some(Body::By(|with| {
            json!({
                "title": with.unique, "accountId": with.account,
                "amount": { "amount": "10.00", "currency": "UYU" },
            })
        })),
        places: &[
            Slot::Body("accountId", Kind::Account, None),
            Slot::Body("contactId", Kind::Contact, None),
            Slot::Body("ownerId", Kind::User, None),
            Slot::Body("pipelineId", Kind::Pipeline, None),
            Slot::Body("stageId", Kind::Stage, None),
        ],
        ..USUAL
    },
    Entry { operation: "GET /opportunities", places: OPPORTUNITY_FILTERS, ..USUAL },
    Entry { operation: "GET /opportunities/{id}", target: Some(Kind::Opportunity), ..USUAL },
    Entry {
        operation: "PATCH /opportunities/{id}",
        target: Some(Kind::Opportunity),
        body: Some(Body::By(|with| json!({ "title": with.unique }))),
        places: &[
            Slot::Body("accountId", Kind::Account, None),
            Slot::Body("contactId", Kind::Contact, None),
            Slot::Body("ownerId", Kind::User, None),
        ],
        ..USUAL
    },
    Entry { operation: "DELETE /opportunities/{id}", success: 204, target: Some(Kind::Opportunity), ..USUAL },
    Entry {
        operation: "POST /opportunities/{id}/restore",
        target: Some(Kind::Opportunity),
        lies: Lies::InTheBin,
        ..USUAL
    },
    Entry {
        operation: "POST /opportunities/{id}/stage-changes",
        success: 201,
        target: Some(Kind::Opportunity),
        body: Some(Body::By(|with| json!({ "stage": with.stages[1], "reason": "They want to see more" }))),
        places: &[Slot::Body("stage", Kind::Stage, None)],
        ..USUAL
    },
    Entry { operation: "GET /opportunities/{id}/stage-changes", target: Some(Kind::Opportunity), ..USUAL },
    Entry {
        operation: "GET /opportunities/{id}/history",
        target: Some(Kind::Opportunity),
        places: EVENT_FILTERS,
        ..USUAL
    },
    // Schema
    Entry { operation: "GET /schema", ..USUAL },
    // Operations
    Entry { operation: "GET /operations", places: EVENT_FILTERS, ..USUAL },
    Entry { operation: "GET /operations/{id}", target: Some(Kind::Operation), ..USUAL },
    Entry {
        operation: "GET /operations/{id}/events",
        target: Some(Kind::Operation),
        places: EVENT_FILTERS,
        ..USUAL
    },
    // Attachments
    Entry {
        operation: "POST /attachments",
        success: 201,
        body: Some(Body::By(|with| announcement("ACCOUNT", &with.account, b"a file of the sweep"))),
        places: &[Slot::Body("entityId", Kind::Account, None)],
        ..USUAL
    },
    Entry {
        operation: "GET /attachments",
        query: "entityType=ACCOUNT&entityId={account}",
        places: &[Slot::Query("entityId", Kind::Account, Some((404, "not_found")))],
        ..USUAL
    },
    Entry { operation: "GET /attachments/{id}", target: Some(Kind::Attachment), ..USUAL },
    Entry { operation: "DELETE /attachments/{id}", success: 204, target: Some(Kind::Attachment), ..USUAL },
    Entry { operation: "POST /attachments/{id}/confirm", target: Some(Kind::Attachment), ..USUAL },
    Entry { operation: "GET /attachments/{id}/download", target: Some(Kind::Attachment), ..USUAL },
    // Reports
    Entry { operation: "GET /reports/top-accounts", ..USUAL },
    Entry {
        operation: "GET /reports/stage-changes",
        query: "stage=venta&from=2026-01-01&to=2099-12-31",
        places: &[Slot::Query("stage", Kind::Stage, NO_SUCH_STAGE)],
        ..USUAL
    },
    Entry {
        operation: "GET /reports/pipeline",
        places: &[Slot::Query("pipelineId", Kind::Pipeline, Some((404, "not_found")))],
        ..USUAL
    },
    // Jobs
    Entry { operation: "GET /jobs/dead", places: &[Slot::Query("companyId", Kind::Company, None)], ..USUAL },
    Entry { operation: "POST /jobs/dead/{id}/retry", success: 204, target: Some(Kind::Job), ..USUAL },
];
