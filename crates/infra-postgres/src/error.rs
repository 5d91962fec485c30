//! Maps PostgreSQL's errors to those of use cases.

use cartera_application::{Code, Error, records::RESOURCES};
use sea_orm::{DbErr, RuntimeErr};

use crate::writes;

/// Constraints that callers can violate, and the error code for each. Any other violation is our own bug.
const CONSTRAINTS: &[(&str, Code)] = &[
    ("api_keys_name_key", Code::ApiKeyNameTaken),
    // A company can be inserted twice only when an idempotency key is reused (`Once::realm_of`).
    ("companies_pkey", Code::IdempotencyKeyReused),
    ("invitations_email_key", Code::InvitationPending),
    ("pipelines_name_key", Code::PipelineNameTaken),
    ("stages_name_key", Code::StageNameTaken),
    ("identities_pkey", Code::EmailTaken),
    ("users_email_key", Code::EmailTaken),
    ("platform_administrators_email_key", Code::EmailTaken),
];

/// The error code of a constraint that callers can violate; for a resource's unique fields, its table says.
fn refusal(constraint: &str) -> Option<Code> {
    let known = CONSTRAINTS.iter().find(|(name, _)| *name == constraint).map(|(_, code)| *code);
    let taken = || {
        let resource = RESOURCES.iter().find(|resource| {
            let key = constraint.strip_prefix(resource.table.plural).and_then(|rest| rest.strip_prefix('_'));
            resource.table.fields.iter().any(|field| field.uses.unique && Some(field.key_column) == key)
        });
        resource?.taken
    };
    known.or_else(taken)
}

/// SQLSTATE classes and codes of transient errors, where a retry can help: connection, resources, shutdown, the disk, a
/// server that has become a replica, timeouts of statements and locks, deadlock, serialisation.
const PASSING: &[&str] = &["08", "53", "57", "58030", "25006", "55P03", "40001", "40P01", "25P03"];

/// The SQLSTATE of a change that did not find its row as it was read ([`crate::unit_of_work::PgUnitOfWork::change_later`]).
const CONFLICT: &str = "ZC409";

/// Maps a sea-orm error.
pub(crate) fn explain(what: &'static str) -> impl FnOnce(DbErr) -> Error {
    move |error| match &error {
        DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Conn(RuntimeErr::SqlxError(cause)) => match judge(cause) {
            Judgement::Refused(code) => Error::refused(code),
            Judgement::Passing => Error::unavailable("the database", error),
            Judgement::Ours => Error::internal(what, error),
        },
        _ => Error::internal(what, error),
    }
}

/// An error of a statement as sea-orm names it.
pub(crate) fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

/// Maps an sqlx error.
pub(crate) fn explain_sqlx(what: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
    move |error| match judge(&error) {
        Judgement::Refused(code) => Error::refused(code),
        Judgement::Passing => Error::unavailable("the database", error),
        Judgement::Ours => Error::internal(what, error),
    }
}

enum Judgement {
    Refused(Code),
    Passing,
    Ours,
}

fn judge(error: &sqlx::Error) -> Judgement {
    match error {
        sqlx::Error::Database(database) => {
            if let Some(code) = database.code() {
                writes::note_failure(&code);
            }
            let conflict = (database.code().as_deref() == Some(CONFLICT)).then_some(Code::EditConflict);
            let refused = conflict.or_else(|| database.constraint().and_then(refusal));
            let passing =
                database.code().is_some_and(|code| PASSING.iter().any(|class| code.starts_with(class)));
            match refused {
                Some(code) => Judgement::Refused(code),
                None if passing => Judgement::Passing,
                None => Judgement::Ours,
            }
        }
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::BeginFailed
        | sqlx::Error::Protocol(_) => Judgement::Passing,
        _ => Judgement::Ours,
    }
}
