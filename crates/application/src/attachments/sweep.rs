//! Scheduled cleanup of uploads that never arrived and of files whose attachment was deleted.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;

use crate::{
    chores::{Chore, Schedule},
    error::{Code, Result},
    ports::{BlobKey, Ports, Removable},
    security::Grant,
};

/// After this time an unconfirmed upload is given up: an Idempotency-Key signs new URLs for 24 hours, the last URL is
/// valid for a quarter of an hour, and an upload that has begun may take its time.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::hours(25);
/// How many rows one unit of work handles.
const AT_ONCE: u32 = 100;

/// Gives up uploads that never arrived, removes the files of deleted attachments, and deletes the rows to which nothing
/// can be uploaded any more. Whatever fails is retried by the next sweep.
pub struct SweepFiles;

#[async_trait]
impl Chore for SweepFiles {
    fn name(&self) -> &'static str {
        "sweep_files"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Hourly { minute: 37 }
    }

    /// Returns how many uploads were given up and how many rows were deleted.
    async fn run(&self, ports: &Ports, grant: &Grant) -> Result<u64> {
        let before = ports.clock.now() - GIVEN_UP_AFTER;
        Ok(give_up(ports, grant, before).await? + remove(ports, grant, before).await?)
    }
}

async fn give_up(ports: &Ports, grant: &Grant, before: DateTime<Utc>) -> Result<u64> {
    let mut given_up = 0;
    loop {
        let tx = ports.store.begin(grant).await?;
        let mut abandoned = tx.attachments().abandoned(before, AT_ONCE).await?;
        if abandoned.is_empty() {
            tx.commit().await?;
            return Ok(given_up);
        }
        for attachment in &mut abandoned {
            attachment.delete(ports.clock.now());
            match tx.attachments().update(attachment).await {
                Ok(()) => given_up += 1,
                // Confirmed or deleted just now, so it is not abandoned.
                Err(error) if error.is(Code::EditConflict) => {
                    warn!(attachment = %attachment.record().id, "an upload came at the last moment");
                }
                Err(error) => return Err(error),
            }
        }
        tx.commit().await?;
    }
}

/// Removes the files first and the rows afterwards: never the other way round.
async fn remove(ports: &Ports, grant: &Grant, before: DateTime<Utc>) -> Result<u64> {
    let (mut forgotten, mut after) = (0, None);
    loop {
        let tx = ports.store.read(grant).await?;
        let batch = tx.attachments().removable(after, AT_ONCE).await?;
        tx.commit().await?;
        let Some(last) = batch.last() else { return Ok(forgotten) };
        after = Some(last.id);
        for Removable { id, .. } in &batch {
            ports.blobs.remove(&BlobKey::new(grant, *id)).await?;
        }
        let tx = ports.store.begin(grant).await?;
        for Removable { id, .. } in batch.iter().filter(|removable| removable.created_at < before) {
            tx.attachments().forget(*id).await?;
            forgotten += 1;
        }
        tx.commit().await?;
    }
}
