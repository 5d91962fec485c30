//! What an entry says of its operation: how to make a valid request, and where ids can stand in it.

use cartera_domain::{events::EntityType, identity::Permission, record::Table};
use serde_json::{Value, json};

use super::{Expected, records};

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
    /// A query string that it needs; `{account}` in it is the id of an account.
    pub(super) query: &'static str,
    /// Whose link it takes the token of.
    pub(super) link: Option<Link>,
    /// A valid body.
    pub(super) body: Option<Body>,
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

/// How a valid body is made.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    /// By hand.
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

/// A GET of something without an id.
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
    Invitation,
    Job,
    Attachment,
    /// A record of another resource.
    Record(EntityType),
}

/// A place for an id, with what another company's id (or a random one) must give there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    /// In the path: 404.
    Path(Kind),
    /// A field of the body: 422 `invalid_reference` for it, or the other code that is named.
    Body(&'static str, Kind, Option<(u16, &'static str)>),
    /// The first of a list in the body: 422 `invalid_reference` for it.
    Item(&'static str, Kind),
    /// A query parameter: an empty list, or the status and code that is named.
    Query(&'static str, Kind, Option<(u16, &'static str)>),
}

impl Slot {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Path(kind) | Self::Body(_, kind, _) | Self::Item(_, kind) | Self::Query(_, kind, _) => kind,
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
            Self::Item(name, _) => {
                refused(422, "invalid_reference") && body["errors"][0]["pointer"] == format!("/{name}/0")
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

/// Filters that take ids.
pub(super) const CONTACT_FILTERS: &[Slot] =
    &[Slot::Query("accountId", Kind::Account, None), Slot::Query("ownerId", Kind::User, None)];

/// Unknown stages are no filter, so that a misspelt name is not an empty list.
pub(super) const NO_SUCH_STAGE: Option<(u16, &str)> = Some((400, "validation_failed"));

pub(super) const OPPORTUNITY_FILTERS: &[Slot] = &[
    Slot::Query("accountId", Kind::Account, None),
    Slot::Query("contactId", Kind::Contact, None),
    Slot::Query("ownerId", Kind::User, None),
    Slot::Query("pipelineId", Kind::Pipeline, None),
    Slot::Query("stage", Kind::Stage, NO_SUCH_STAGE),
];
