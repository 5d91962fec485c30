//! The operating system's clock and randomness.

use cartera_application::ports::{Clock, Randomness};
use chrono::{DateTime, SubsecRound, Utc};
use rand::{TryRngCore, rngs::OsRng};
use uuid::Uuid;

/// The decimals of a second that the store keeps.
const MICROSECONDS: u16 = 6;

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        // A time must read the same before and after it was stored.
        Utc::now().trunc_subsecs(MICROSECONDS)
    }
}

/// The operating system's cryptographic randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandomness;

impl Randomness for OsRandomness {
    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// # Panics
    /// When the operating system has no randomness to give: a secret that could be guessed would be worse.
    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        OsRng.try_fill_bytes(&mut secret).expect("the operating system gives random bytes");
        secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_has_whole_microseconds_and_goes_with_the_machine() {
        let before = Utc::now().trunc_subsecs(MICROSECONDS);
        // One reading could end in three zeros by chance, a thousand can't.
        for _ in 0..1000 {
            let now = SystemClock.now();
            assert_eq!(now.timestamp_subsec_nanos() % 1000, 0);
            assert!(before <= now && now <= Utc::now());
        }
    }

    #[test]
    fn ids_are_version_7_and_sort_by_creation() {
        let ids: Vec<Uuid> = (0..1000).map(|_| OsRandomness.id()).collect();
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert!(ids.is_sorted_by(|a, b| a < b), "each is greater than the one before");
    }

    #[test]
    fn secrets_differ_in_every_part() {
        let (one, other) = (OsRandomness.secret(), OsRandomness.secret());
        for (a, b) in one.chunks(8).zip(other.chunks(8)) {
            assert_ne!(a, b);
            assert_ne!(a, [0; 8]);
        }
    }
}
