//! Idempotent steps of the demo, so that an interrupted one continues where it stopped.

use cartera_application::{
    Code, Error,
    idempotency::{IdempotencyKey, Once},
};
use chrono::{DateTime, Datelike, Days, Utc, Weekday};

/// The idempotency key of a step.
pub(super) fn step(name: &str) -> Once {
    Once::new(Some(IdempotencyKey { key: format!("demo/{name}"), fingerprint: [0; 32] }))
}

/// Treats "already in this stage" as success: an earlier run moved it.
pub(super) fn accept_same_stage<T>(moved: Result<T, Error>) -> Result<(), Error> {
    match moved {
        Ok(_) => Ok(()),
        Err(error) if error.is(Code::AlreadyInStage) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The day itself, or the Monday after a weekend.
pub(super) fn on_a_weekday(at: DateTime<Utc>) -> DateTime<Utc> {
    match at.weekday() {
        Weekday::Sat => at + Days::new(2),
        Weekday::Sun => at + Days::new(1),
        _ => at,
    }
}
