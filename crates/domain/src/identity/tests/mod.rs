//! The rules of people, sessions and keys.

mod api_keys;
mod sessions;
mod users;

use chrono::{DateTime, TimeDelta, Utc};

/// A time, in seconds from the start of a test.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}
