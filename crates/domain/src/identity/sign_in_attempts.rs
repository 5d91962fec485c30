//! Counts wrong passwords; too many lock the sign-in for a while.
//!
//! They are counted by e-mail, whether or not a user has it: a locked sign-in gets the same answer as every other
//! refused one, after the same work, so that nobody can find out which e-mails exist.

use chrono::{DateTime, TimeDelta, Utc};

/// The number of wrong passwords within [`FAILURE_WINDOW`] that locks the sign-in.
pub const MAX_FAILURES: usize = 10;
/// The period over which wrong passwords are counted.
pub const FAILURE_WINDOW: TimeDelta = TimeDelta::minutes(15);
/// How long a sign-in stays locked.
pub const LOCK_DURATION: TimeDelta = TimeDelta::minutes(15);

/// The wrong passwords given with one e-mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInAttempts {
    /// When wrong passwords were given, the oldest first; at most [`MAX_FAILURES`].
    pub failed_at: Vec<DateTime<Utc>>,
    /// Until when the sign-in is locked.
    pub locked_until: Option<DateTime<Utc>>,
}

impl SignInAttempts {
    /// Whether the sign-in is locked, so that even the right password is refused.
    pub fn is_locked(&self, now: DateTime<Utc>) -> bool {
        self.locked_until.is_some_and(|until| now < until)
    }

    /// Counts a wrong password. If this one locks the sign-in, returns until when. Nothing is counted while it is
    /// locked, so that an attacker can't keep it locked for ever.
    pub fn fail(&mut self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.is_locked(now) {
            return None;
        }
        self.locked_until = None;
        self.failed_at.retain(|at| now - *at < FAILURE_WINDOW);
        self.failed_at.push(now);
        if self.failed_at.len() < MAX_FAILURES {
            return None;
        }
        self.failed_at.clear();
        self.locked_until = Some(now + LOCK_DURATION);
        self.locked_until
    }

    /// Resets the count, because the person signed in or chose a new password.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether there are no failures and no lock to store.
    pub fn is_clear(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_768_478_400 + seconds, 0).expect("a time")
    }

    fn fail_times(attempts: &mut SignInAttempts, times: i64, start: i64) -> Option<DateTime<Utc>> {
        let start = at(start);
        (0..times).filter_map(|n| attempts.fail(start + TimeDelta::seconds(n))).last()
    }

    #[test]
    fn ten_wrong_passwords_in_a_quarter_of_an_hour_lock_for_another() {
        let mut attempts = SignInAttempts::default();
        assert_eq!(fail_times(&mut attempts, 9, 0), None);
        assert!(!attempts.is_locked(at(9)));
        assert_eq!(attempts.fail(at(9)), Some(at(9) + LOCK_DURATION));
        assert!(attempts.is_locked(at(9 + 15 * 60 - 1)));
        assert!(!attempts.is_locked(at(9 + 15 * 60)));
    }

    #[test]
    fn what_lies_longer_back_does_not_count() {
        let mut attempts = SignInAttempts::default();
        fail_times(&mut attempts, 9, 0);
        // The first of the nine is now 15 minutes old.
        assert_eq!(attempts.fail(at(15 * 60)), None);
        assert_eq!(attempts.failed_at.len(), 9);
    }

    #[test]
    fn nobody_keeps_a_sign_in_locked_for_ever() {
        let mut attempts = SignInAttempts::default();
        let until = fail_times(&mut attempts, 10, 0);
        assert_eq!(fail_times(&mut attempts, 50, 60), None);
        assert_eq!(attempts.locked_until, until);
        // After the lock ends, it takes ten failures again.
        assert_eq!(fail_times(&mut attempts, 9, 16 * 60), None);
        assert!(!attempts.is_locked(at(17 * 60)));
    }

    #[test]
    fn success_forgets() {
        let mut attempts = SignInAttempts::default();
        fail_times(&mut attempts, 9, 0);
        attempts.clear();
        assert!(attempts.is_clear());
        assert_eq!(fail_times(&mut attempts, 9, 10), None);
    }
}
