//! Forgetting what nobody will ask for again.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::{Chore, Schedule};
use crate::{error::Result, idempotency::MEMORY, ports::Ports, security::Grant};

/// How many rows go in one transaction: none holds its locks for long.
const BATCH: u32 = 1000;
/// How long a session that is over is kept, so that it can be told what became of it.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(90);

/// How long it is kept what became of a link.
const LINKS_KEPT: TimeDelta = TimeDelta::days(90);
/// How long wrong passwords are kept that no longer count.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::days(1);

/// What nobody will ask for again.
#[derive(Debug, Clone, Copy)]
enum Stale {
    Answers,
    Sessions,
    Links,
    Attempts,
}

/// Forgets what is older than `before`, batch by batch.
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
        forget(ports, grant, Stale::Answers, before).await
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
        forget(ports, grant, Stale::Sessions, before).await
    }
}

/// Forgets invitations that led somewhere or nowhere 90 days ago, links to choose a password that are as old,
/// and wrong passwords that no longer count.
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
