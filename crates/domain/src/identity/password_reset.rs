//! Password resets by a mailed link.

use chrono::{DateTime, TimeDelta, Utc};

use super::Subject;
use crate::{
    events::{EntityRef, Event, EventKind},
    ids::{PasswordResetId, UserId},
};

/// How long the link is valid.
pub const PASSWORD_RESET_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// Why a link is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordResetRefused {
    /// The link has expired.
    Expired,
    /// A password was chosen with this link, or with a later one.
    Used,
}

/// The stored state; of the link only the hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordResetRecord {
    /// Its id.
    pub id: PasswordResetId,
    /// The person whose password it resets.
    pub subject: Subject,
    /// SHA-256 of the secret of the link's token.
    pub token_hash: [u8; 32],
    /// The administrator who demanded it; absent if the person asked for it themselves.
    pub requested_by: Option<UserId>,
    /// When it was requested.
    pub created_at: DateTime<Utc>,
    /// Until when the link is valid.
    pub expires_at: DateTime<Utc>,
    /// When a password was chosen with it.
    pub used_at: Option<DateTime<Utc>>,
}

/// A password reset: permission to choose a new password with a mailed link.
#[derive(Debug, Clone)]
pub struct PasswordReset {
    record: PasswordResetRecord,
    events: Vec<Event>,
}

impl PasswordReset {
    /// A new password reset.
    pub fn request(
        id: PasswordResetId,
        subject: Subject,
        token_hash: [u8; 32],
        requested_by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Self {
        let record = PasswordResetRecord {
            id,
            subject,
            token_hash,
            requested_by,
            created_at: now,
            expires_at: now + PASSWORD_RESET_LIFETIME,
            used_at: None,
        };
        let user = EntityRef::user(subject.id());
        Self { record, events: vec![Event::new(EventKind::UserPasswordResetRequested, user, now)] }
    }

    /// Wraps a stored password reset.
    pub fn stored(record: PasswordResetRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// The stored state.
    pub fn record(&self) -> &PasswordResetRecord {
        &self.record
    }

    /// Takes the events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Checks that a password may be chosen with it.
    ///
    /// # Errors
    /// [`PasswordResetRefused`] if not.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), PasswordResetRefused> {
        match self.record.used_at {
            Some(_) => Err(PasswordResetRefused::Used),
            None if now >= self.record.expires_at => Err(PasswordResetRefused::Expired),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use uuid::Uuid;

    #[test]
    fn a_link_is_valid_for_an_hour_and_once() {
        let now = DateTime::from_timestamp(1_768_478_400, 0).expect("a time");
        let subject = Subject::User(Id::new(Uuid::from_u128(2)));
        let mut reset = PasswordReset::request(Id::new(Uuid::from_u128(1)), subject, [7; 32], None, now);
        assert_eq!(reset.take_events()[0].kind, EventKind::UserPasswordResetRequested);
        assert!(reset.take_events().is_empty());
        assert_eq!(reset.check(now + TimeDelta::minutes(59)), Ok(()));
        assert_eq!(reset.check(now + TimeDelta::hours(1)), Err(PasswordResetRefused::Expired));
        let used = PasswordResetRecord { used_at: Some(now), ..reset.record().clone() };
        assert_eq!(PasswordReset::stored(used).check(now), Err(PasswordResetRefused::Used));
    }
}
