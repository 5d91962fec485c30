//! The entry of an operation: how to make a valid request, and which places take ids.

use cartera_domain::{events::EntityType, identity::Permission, record::Table};
use serde_json::{Value, json};

use super::{Expected, records};

/// How to call an operation.
#[derive(Debug)]
pub(super) struct Entry {
    /// Method and path below `/api/v1`.
    pub(super) operation: &'static str,
    /// The status of its success.
    pub(super) success: u16,
    /// The kind of `{id}` in its path.
    pub(super) target: Option<Kind>,
    /// Whether that record is live or in the bin.
    pub(super) lies: Lies,
    /// Its query string, in which `{account}` is replaced by the id of an account.
    pub(super) query: &'static str,
    /// The kind of link whose token it takes.
    pub(super) link: Option<Link>,
    /// A valid body.
    pub(super) body: Option<Body>,
    /// The places that take ids, besides the path.
    pub(super) places: &'static [Slot],
    /// The permissions that it needs besides the declared one.
    pub(super) also: &'static [Permission],
    /// The answer for a colleague's record if the caller may only access their own.
    pub(super) others: Expected,
    /// Whether it ends or changes the caller's session or password.
    pub(super) uses_up_session: bool,
    /// The error code without the cookie that it needs.
    pub(super) without_cookie: &'static str,
    /// Whether platform administrators may call it, where every person may.
    pub(super) for_the_platform: bool,
    /// Whether it may be called during a forced password reset, if every person may call it.
    pub(super) while_password_is_due: bool,
}

/// How to make a valid body.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    /// By a function.
    By(fn(&Material) -> Value),
    /// A new record of a resource.
    Create(&'static Table),
    /// A change of one.
    Update(&'static Table),
}

impl Body {
    pub(super) fn of(self, with: &Material) -> Value {
        match self {
            Self::By(make) => make(with),
            Self::Create(table) => records::new_record(table, with),
            Self::Update(table) => records::changed_record(table, with),
        }
    }
}

/// A GET without an id.
pub(super) const USUAL: Entry = Entry {
    operation: "",
    success: 200,
    target: None,
    lies: Lies::AmongTheLiving,
    query: "",
    link: None,
    body: None,
    places: &[],
    also: &[],
    others: Expected::Refused(403, "forbidden"),
    uses_up_session: false,
    without_cookie: "",
    for_the_platform: false,
    while_password_is_due: false,
};

/// Whether a record is live or in the bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lies {
    AmongTheLiving,
    InTheBin,
}

/// The material of bodies: a unique text, and records to refer to.
#[derive(Debug)]
pub(super) struct Material {
    pub(super) unique: String,
    pub(super) account: String,
    pub(super) stages: Vec<String>,
    /// The stages of the pipeline that the operation is about.
    pub(super) order: Vec<String>,
    /// The e-mail of a user who can sign in.
    pub(super) email: String,
    /// The token of the link that it takes.
    pub(super) token: String,
}

/// A mailed link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Invitation,
    PasswordReset,
}

/// The kinds of ids.
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
    Invitation,
    Job,
    Attachment,
    Operation,
    /// A record of another resource.
    Record(EntityType),
}

/// A place for an id, with the expected answer to another company's id (or a random one).
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    /// In the path: 404.
    Path(Kind),
    /// A field of the body: 422 `invalid_reference` for it, or the given status and code.
    Body(&'static str, Kind, Option<(u16, &'static str)>),
    /// The first of a list in the body: 422 `invalid_reference` for it.
    Item(&'static str, Kind),
    /// A query parameter: an empty list, or the given status and code.
    Query(&'static str, Kind, Option<(u16, &'static str)>),
}

impl Slot {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Path(kind) | Self::Body(_, kind, _) | Self::Item(_, kind) | Self::Query(_, kind, _) => kind,
        }
    }

    /// Whether an answer is the expected refusal for this place.
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
            Self::Item(name, _) => {
                refused(422, "invalid_reference") && body["errors"][0]["pointer"] == format!("/{name}/0")
            }
            Self::Query(_, _, None) => status == 200 && body["data"] == json!([]),
        }
    }
}

impl Entry {
    /// Every place that takes an id.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.target.map(Slot::Path).into_iter().chain(self.places.iter().copied())
    }
}

/// Filters that take ids.
pub(super) const CONTACT_FILTERS: &[Slot] =
    &[Slot::Query("accountId", Kind::Account, None), Slot::Query("ownerId", Kind::User, None)];

/// Filters of operations and events that take ids.
pub(super) const EVENT_FILTERS: &[Slot] = &[Slot::Query("actorId", Kind::User, None)];

/// A filter by an unknown stage is refused, so that a misspelt name does not give an empty list.
pub(super) const NO_SUCH_STAGE: Option<(u16, &str)> = Some((400, "validation_failed"));

pub(super) const OPPORTUNITY_FILTERS: &[Slot] = &[
    Slot::Query("accountId", Kind::Account, None),
    Slot::Query("contactId", Kind::Contact, None),
    Slot::Query("ownerId", Kind::User, None),
    Slot::Query("pipelineId", Kind::Pipeline, None),
    Slot::Query("stage", Kind::Stage, NO_SUCH_STAGE),
];
