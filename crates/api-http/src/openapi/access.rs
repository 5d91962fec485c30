//! Who may call an operation. The document's `security` is derived from this declaration.

use std::fmt;

use cartera_domain::{attachments::TargetType, identity::Permission};
use utoipa::openapi::{path::Operation, security::SecurityRequirement};

/// The extension that declares who may call an operation.
pub const ACCESS: &str = "x-cartera-access";
/// The extension that declares whether API keys may call it.
pub const API_KEY: &str = "x-cartera-api-key";

pub(super) const BEARER: &str = "bearer";
pub(super) const KEY: &str = "apiKey";
pub(super) const COOKIE: &str = "refreshCookie";

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Callers with the refresh cookie.
    Cookie,
    /// Any person who is signed in.
    User,
    /// Anybody of a company, and API keys.
    Caller,
    /// A platform administrator.
    Platform,
    /// An API key.
    ApiKey,
    /// Callers with the permission.
    Permission(Permission),
    /// Callers with this right on the record concerned: an account, a contact or an opportunity.
    Record(RecordRight),
}

/// A right on a record of some kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordRight {
    /// To see it.
    Read,
    /// To change it.
    Write,
    /// To delete it.
    Delete,
}

impl RecordRight {
    const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Delete];

    const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
        }
    }

    /// The permission that corresponds to this right for a kind of record.
    pub const fn on(self, kind: TargetType) -> Permission {
        match self {
            Self::Read => kind.read_permission(),
            Self::Write => kind.write_permission(),
            Self::Delete => kind.delete_permission(),
        }
    }
}

impl Access {
    /// Parses the output of [`fmt::Display`].
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "public" => Some(Self::Public),
            "cookie" => Some(Self::Cookie),
            "user" => Some(Self::User),
            "caller" => Some(Self::Caller),
            "platform" => Some(Self::Platform),
            "apiKey" => Some(Self::ApiKey),
            other => match other.strip_prefix("record:") {
                Some(name) => {
                    RecordRight::ALL.into_iter().find(|right| right.name() == name).map(Self::Record)
                }
                None => Permission::parse(other.strip_prefix("permission:")?).map(Self::Permission),
            },
        }
    }

    /// The declaration of an operation.
    pub fn of(operation: &Operation) -> Option<Self> {
        operation.extensions.as_ref()?.get(ACCESS)?.as_str().and_then(Self::parse)
    }

    /// Whether an API key with the scope may call it.
    pub const fn allows_api_keys(self) -> bool {
        match self {
            Self::ApiKey | Self::Caller | Self::Record(_) => true,
            Self::Permission(permission) => permission.allowed_to_api_keys(),
            Self::Public | Self::Cookie | Self::User | Self::Platform => false,
        }
    }

    /// The alternative security schemes, any of which is enough; empty for a public operation.
    pub(super) fn schemes(self) -> &'static [&'static str] {
        match self {
            Self::Public => &[],
            Self::Cookie => &[COOKIE],
            Self::ApiKey => &[KEY],
            Self::Caller | Self::Record(_) => &[BEARER, KEY],
            Self::Permission(permission) if permission.allowed_to_api_keys() => &[BEARER, KEY],
            Self::User | Self::Platform | Self::Permission(_) => &[BEARER],
        }
    }

    /// The schemes in the form of the document; an empty list means that none is needed.
    pub(super) fn security(self) -> Vec<SecurityRequirement> {
        let none: [&str; 0] = [];
        self.schemes().iter().map(|scheme| SecurityRequirement::new(*scheme, none)).collect()
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::Cookie => f.write_str("cookie"),
            Self::User => f.write_str("user"),
            Self::Caller => f.write_str("caller"),
            Self::Platform => f.write_str("platform"),
            Self::ApiKey => f.write_str("apiKey"),
            Self::Record(right) => write!(f, "record:{}", right.name()),
            Self::Permission(permission) => write!(f, "permission:{permission}"),
        }
    }
}
