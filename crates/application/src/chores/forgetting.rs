//! Scheduled deletion of expired data.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::{Chore, Schedule};
use crate::{error::Result, idempotency::MEMORY, ports::Ports, security::Grant};

/// How many rows one transaction deletes, so that none holds its locks for long.
const BATCH: u32 = 1000;
/// How long ended sessions are kept, so that one can still find out how they ended.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(90);

/// How long used and expired links are kept.
const LINKS_KEPT: TimeDelta = TimeDelta::days(90);
/// How long failed sign-ins are kept after they stop counting.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::days(1);

/// A kind of expired data.
#[derive(Debug, Clone, Copy)]
enum Stale {
    Answers,
    Sessions,
    Links,
    Attempts,
}

/// Deletes data older than `before`, batch by batch.
async fn forget(ports: &Ports, grant: &Grant, stale: Stale, before: DateTime<Utc>) -> Result<u64> {
    let mut forgotten = 0;
    loop {
        let tx = ports.store.begin(grant).await?;
        let upkeep = tx.upkeep();
        let count = match stale {
            Stale::Answers => upkeep.forget_answers(before, BATCH).await?,
            Stale::Sessions => upkeep.forget_sessions(before, BATCH).await?,
            Stale::Links => upkeep.forget_links(before, BATCH).await?,
            Stale::Attempts => upkeep.forget_attempts(before, BATCH).await?,
        };
        tx.commit().await?;
        forgotten += count;
        if count < u64::from(BATCH) {
            return Ok(forgotten);
        }
    }
}

/// Deletes idempotent responses that can't be replayed any more.
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
        forget(ports, grant, Stale::Answers, before).await
    }
}

/// Deletes sessions that ended 90 days ago, with their refresh tokens.
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
        forget(ports, grant, Stale::Sessions, before).await
    }
}

/// Deletes invitations that were closed 90 days ago, password reset links that expired as long ago, and failed sign-ins
/// that no longer count.
pub struct ForgetLinks;

#[async_trait]
impl Chore for ForgetLinks {
    fn name(&self) -> &'static str {
        "forget_links"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Daily { hour: 3, minute: 37 }
    }

    fn covers_platform(&self) -> bool {
        true
    }

    async fn run(&self, ports: &Ports, grant: &Grant) -> Result<u64> {
        let now = ports.clock.now();
        let links = forget(ports, grant, Stale::Links, now - LINKS_KEPT).await?;
        let attempts = forget(ports, grant, Stale::Attempts, now - ATTEMPTS_KEPT).await?;
        Ok(links + attempts)
    }
}
