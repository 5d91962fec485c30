//! Time and randomness.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, to the microsecond (what the store keeps).
    fn now(&self) -> DateTime<Utc>;
}

/// Makes ids and secrets.
pub trait Randomness: Send + Sync {
    /// A new id, UUID version 7.
    fn id(&self) -> Uuid;
    /// 256 random bits.
    fn secret(&self) -> [u8; 32];
}
