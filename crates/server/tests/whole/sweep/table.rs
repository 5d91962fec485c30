//! One entry per operation: how to make a valid request, and where ids can stand in it.

use cartera_domain::identity::Permission;
use serde_json::{Value, json};

use super::Expected;
use crate::support::PASSWORD;

/// What an operation needs to be called.
#[derive(Debug)]
pub(super) struct Entry {
    /// Method and path below `/api/v1`.
    pub(super) operation: &'static str,
    /// The status of its success.
    pub(super) success: u16,
    /// What `{id}` in its path is the id of.
    pub(super) target: Option<Kind>,
    /// Where that record lies.
    pub(super) lies: Lies,
    /// A query string that it needs.
    pub(super) query: &'static str,
    /// A valid body.
    pub(super) body: Option<fn(&Material) -> Value>,
    /// Where ids can stand besides the path.
    pub(super) places: &'static [Slot],
    /// What it takes besides the permission that it declares.
    pub(super) also: &'static [Permission],
    /// What comes back for a colleague's record where only one's own will do.
    pub(super) others: Expected,
    /// Whether it ends or changes the caller's session or password.
    pub(super) uses_up_session: bool,
    /// The code without the cookie that it works by.
    pub(super) without_cookie: &'static str,
    /// Whether platform administrators may call it, where every person may.
    pub(super) for_the_platform: bool,
    /// Whether it may be called before a new password is chosen that must be, where every person may call it.
    pub(super) while_password_is_due: bool,
}

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lies {
    AmongTheLiving,
    InTheBin,
}

/// What bodies are made of: a text that no other request has, and what they can refer to.
#[derive(Debug)]
pub(super) struct Material {
    pub(super) unique: String,
    pub(super) account: String,
    pub(super) stages: Vec<String>,
    /// The e-mail of a user who can sign in.
    pub(super) email: String,
}

/// What an id is the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Account,
    Contact,
    Opportunity,
    ApiKey,
    Pipeline,
    Stage,
    User,
    Session,
    Company,
    Job,
}

/// A place for an id, with what another company's id (or a random one) must give there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    /// In the path: 404.
    Path(Kind),
    /// A field of the body: 422 `invalid_reference` for it, or the other code that is named.
    Body(&'static str, Kind, Option<(u16, &'static str)>),
    /// A query parameter: an empty list, or the status and code that is named.
    Query(&'static str, Kind, Option<(u16, &'static str)>),
}

impl Slot {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Path(kind) | Self::Body(_, kind, _) | Self::Query(_, kind, _) => kind,
        }
    }

    /// Whether an answer is the refusal that this place must give.
    pub(super) fn refused_rightly(self, status: u16, body: &Value) -> bool {
        let refused = |wanted, code: &str| status == wanted && body["code"] == code;
        match self {
            Self::Path(_) => refused(404, "not_found"),
            Self::Body(_, _, Some((wanted, code))) | Self::Query(_, _, Some((wanted, code))) => {
                refused(wanted, code)
            }
            Self::Body(name, _, None) => {
                refused(422, "invalid_reference") && body["errors"][0]["pointer"] == format!("/{name}")
            }
            Self::Query(_, _, None) => status == 200 && body["data"] == json!([]),
        }
    }
}

impl Entry {
    /// Every place where an id can stand.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.target.map(Slot::Path).into_iter().chain(self.places.iter().copied())
    }
}

const FORBIDDEN: Expected = Expected::Refused(403, "forbidden");

/// A GET of something without an id.
const USUAL: Entry = Entry {
    operation: "",
    success: 200,
    target: None,
    lies: Lies::AmongTheLiving,
    query: "",
    body: None,
    places: &[],
    also: &[],
    others: FORBIDDEN,
    uses_up_session: false,
    without_cookie: "",
    for_the_platform: false,
    while_password_is_due: false,
};

const ACCOUNT_FILTERS: &[Slot] = &[Slot::Query("ownerId", Kind::User, None)];

const CONTACT_FILTERS: &[Slot] =
    &[Slot::Query("accountId", Kind::Account, None), Slot::Query("ownerId", Kind::User, None)];

/// Unknown stages are no filter, so that a misspelt name is not an empty list.
const NO_SUCH_STAGE: Option<(u16, &str)> = Some((400, "validation_failed"));

const OPPORTUNITY_FILTERS: &[Slot] = &[
    Slot::Query("accountId", Kind::Account, None),
    Slot::Query("contactId", Kind::Contact, None),
    Slot::Query("ownerId", Kind::User, None),
    Slot::Query("pipelineId", Kind::Pipeline, None),
    Slot::Query("stage", Kind::Stage, NO_SUCH_STAGE),
];

/// Every operation.
pub(super) const ENTRIES: &[Entry] = &[
    // Sign-in
    Entry {
        operation: "POST /auth/register",
        success: 201,
        body: Some(|with| {
            json!({
                "companyName": with.unique, "name": "Ana", "email": format!("{}@example.com", with.unique),
                "password": PASSWORD,
            })
        }),
        ..USUAL
    },
    Entry {
        operation: "POST /auth/login",
        body: Some(|with| json!({ "email": with.email, "password": PASSWORD })),
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
        body: Some(|_| json!({ "currentPassword": PASSWORD, "newPassword": format!("{PASSWORD}-new") })),
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
    // Companies, roles
    Entry { operation: "GET /companies/current", ..USUAL },
    Entry {
        operation: "PATCH /companies/current",
        body: Some(|with| json!({ "name": with.unique })),
        ..USUAL
    },
    Entry {
        operation: "POST /companies",
        success: 201,
        body: Some(|with| {
            json!({
                "name": with.unique, "address": "18 de Julio 1234", "website": "https://acme.example",
                "logoUrl": "https://acme.example/logo.png",
            })
        }),
        ..USUAL
    },
    Entry { operation: "GET /companies", ..USUAL },
    Entry { operation: "GET /companies/{id}", target: Some(Kind::Company), ..USUAL },
    Entry {
        operation: "PATCH /companies/{id}",
        target: Some(Kind::Company),
        body: Some(|with| json!({ "name": with.unique })),
        ..USUAL
    },
    Entry { operation: "POST /companies/{id}/suspend", target: Some(Kind::Company), ..USUAL },
    Entry { operation: "POST /companies/{id}/reactivate", target: Some(Kind::Company), ..USUAL },
    // Users
    Entry { operation: "GET /users", ..USUAL },
    Entry { operation: "GET /users/{id}", target: Some(Kind::User), ..USUAL },
    Entry { operation: "PATCH /users/me", body: Some(|with| json!({ "name": with.unique })), ..USUAL },
    Entry {
        operation: "PATCH /users/{id}",
        target: Some(Kind::User),
        body: Some(|with| json!({ "name": with.unique })),
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
        body: Some(|with| json!({ "name": with.unique, "scopes": ["reports:read"] })),
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
    // Accounts
    Entry {
        operation: "POST /accounts",
        success: 201,
        body: Some(|with| json!({ "name": with.unique })),
        places: &[Slot::Body("ownerId", Kind::User, None)],
        ..USUAL
    },
    Entry { operation: "GET /accounts", places: ACCOUNT_FILTERS, ..USUAL },
    Entry { operation: "GET /accounts/{id}", target: Some(Kind::Account), ..USUAL },
    Entry {
        operation: "PATCH /accounts/{id}",
        target: Some(Kind::Account),
        body: Some(|_| json!({ "employees": 7 })),
        places: &[Slot::Body("ownerId", Kind::User, None)],
        ..USUAL
    },
    Entry { operation: "DELETE /accounts/{id}", success: 204, target: Some(Kind::Account), ..USUAL },
    Entry {
        operation: "POST /accounts/{id}/restore",
        target: Some(Kind::Account),
        lies: Lies::InTheBin,
        ..USUAL
    },
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
    // Contacts
    Entry {
        operation: "POST /contacts",
        success: 201,
        body: Some(|with| json!({ "firstName": with.unique, "accountId": with.account })),
        places: &[Slot::Body("accountId", Kind::Account, None), Slot::Body("ownerId", Kind::User, None)],
        ..USUAL
    },
    Entry { operation: "GET /contacts", places: CONTACT_FILTERS, ..USUAL },
    Entry { operation: "GET /contacts/{id}", target: Some(Kind::Contact), ..USUAL },
    Entry {
        operation: "PATCH /contacts/{id}",
        target: Some(Kind::Contact),
        body: Some(|_| json!({ "position": "Ventas" })),
        places: &[Slot::Body("accountId", Kind::Account, None), Slot::Body("ownerId", Kind::User, None)],
        ..USUAL
    },
    Entry { operation: "DELETE /contacts/{id}", success: 204, target: Some(Kind::Contact), ..USUAL },
    Entry {
        operation: "POST /contacts/{id}/restore",
        target: Some(Kind::Contact),
        lies: Lies::InTheBin,
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
    // Opportunities
    Entry {
        operation: "POST /opportunities",
        success: 201,
        body: Some(|with| {
            json!({
                "title": with.unique, "accountId": with.account,
                "amount": { "amount": "10.00", "currency": "UYU" },
            })
        }),
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
        body: Some(|with| json!({ "title": with.unique })),
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
        body: Some(|with| json!({ "stage": with.stages[1], "reason": "They want to see more" })),
        places: &[Slot::Body("stage", Kind::Stage, None)],
        ..USUAL
    },
    Entry { operation: "GET /opportunities/{id}/stage-changes", target: Some(Kind::Opportunity), ..USUAL },
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
