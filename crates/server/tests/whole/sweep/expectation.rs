//! The expected answers.

use cartera_api_http::openapi::Access;
use cartera_domain::identity::{Extent, Permission, Role};

use super::{Entry, Operation, Target, Who};

/// An expected answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// The operation's own success.
    Success,
    /// A problem with this status and code.
    Refused(u16, &'static str),
}

use Expected::{Refused, Success};

const NOT_SIGNED_IN: Expected = Refused(401, "unauthenticated");
const FORBIDDEN: Expected = Refused(403, "forbidden");
const NOT_FOR_KEYS: Expected = Refused(403, "api_key_not_allowed");
const PASSWORD_DUE: Expected = Refused(403, "password_reset_required");
const NOT_FOR_THE_PLATFORM: Expected = Refused(403, "company_required");

/// The expected answer to a valid request of `who` about `target`.
pub(super) fn expected(operation: &Operation, entry: &Entry, who: Who, target: Target) -> Expected {
    match operation.access {
        Access::Public => Success,
        Access::Cookie => match who {
            Who::Role(_) | Who::PasswordDue | Who::Platform => Success,
            Who::Nobody | Who::KeyWithScope | Who::KeyWithoutScope => Refused(401, entry.without_cookie),
        },
        Access::User => match who {
            Who::Nobody => NOT_SIGNED_IN,
            Who::Role(_) => Success,
            Who::PasswordDue if entry.while_password_is_due => Success,
            Who::PasswordDue => PASSWORD_DUE,
            Who::Platform if entry.for_the_platform => Success,
            Who::Platform => NOT_FOR_THE_PLATFORM,
            Who::KeyWithScope | Who::KeyWithoutScope => NOT_FOR_KEYS,
        },
        Access::Caller => match who {
            Who::Nobody => NOT_SIGNED_IN,
            Who::Role(_) | Who::KeyWithScope | Who::KeyWithoutScope => Success,
            Who::PasswordDue => PASSWORD_DUE,
            Who::Platform => NOT_FOR_THE_PLATFORM,
        },
        Access::Platform => match who {
            Who::Nobody => NOT_SIGNED_IN,
            Who::Role(_) => FORBIDDEN,
            Who::PasswordDue => PASSWORD_DUE,
            Who::Platform => Success,
            Who::KeyWithScope | Who::KeyWithoutScope => NOT_FOR_KEYS,
        },
        Access::ApiKey => match who {
            Who::Nobody => NOT_SIGNED_IN,
            Who::Role(_) | Who::PasswordDue => FORBIDDEN,
            Who::Platform => NOT_FOR_THE_PLATFORM,
            Who::KeyWithScope | Who::KeyWithoutScope => Success,
        },
        Access::Record(_) => unreachable!("the sweep takes it for a permission on accounts"),
        Access::Permission(permission) => match who {
            Who::Nobody => NOT_SIGNED_IN,
            Who::Platform => NOT_FOR_THE_PLATFORM,
            Who::PasswordDue => PASSWORD_DUE,
            Who::Role(role) => by_role(entry, role, permission, target),
            Who::KeyWithScope | Who::KeyWithoutScope if !operation.api_keys => NOT_FOR_KEYS,
            Who::KeyWithScope => Success,
            Who::KeyWithoutScope => FORBIDDEN,
        },
    }
}

fn by_role(entry: &Entry, role: Role, permission: Permission, target: Target) -> Expected {
    match (role.extent(permission), target) {
        (None, _) => FORBIDDEN,
        (Some(Extent::Own), Target::Others) => entry.others,
        (Some(_), _) => Success,
    }
}
