//! Forgetting what nobody will ask for again.

use async_trait::async_trait;
use chrono::TimeDelta;

use super::{Chore, Schedule};
use crate::{error::Result, idempotency::MEMORY, ports::Ports, security::Grant};

/// How many rows go in one transaction: none holds its locks for long.
const BATCH: u32 = 1000;
/// How long a session that is over is kept, so that it can be told what became of it.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(90);

/// Forgets answers remembered under an `Idempotency-Key` that nobody can replay any more.
pub struct ForgetAnswers;

#[async_trait]
impl Chore for ForgetAnswers {
    fn name(&self) -> &'static str {
        "forget_answers"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Hourly { minute: 17 }
    }

    fn covers_platform(&self) -> bool {
        true
    }

    async fn run(&self, ports: &Ports, grant: &Grant) -> Result<u64> {
        let before = ports.clock.now() - MEMORY;
        let mut forgotten = 0;
        loop {
            let tx = ports.store.begin(grant).await?;
            let count = tx.upkeep().forget_answers(before, BATCH).await?;
            tx.commit().await?;
            forgotten += count;
            if count < u64::from(BATCH) {
                return Ok(forgotten);
            }
        }
    }
}

/// Forgets sessions that were over 90 days ago, with their refresh tokens.
pub struct ForgetSessions;

#[async_trait]
impl Chore for ForgetSessions {
    fn name(&self) -> &'static str {
        "forget_sessions"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Daily { hour: 3, minute: 23 }
    }

    fn covers_platform(&self) -> bool {
        true
    }

    async fn run(&self, ports: &Ports, grant: &Grant) -> Result<u64> {
        let before = ports.clock.now() - SESSIONS_KEPT;
        let mut forgotten = 0;
        loop {
            let tx = ports.store.begin(grant).await?;
            let count = tx.upkeep().forget_sessions(before, BATCH).await?;
            tx.commit().await?;
            forgotten += count;
            if count < u64::from(BATCH) {
                return Ok(forgotten);
            }
        }
    }
}
