//! Upkeep, and the roll of companies.

use async_trait::async_trait;
use cartera_domain::{
    identity::Session,
    ids::CompanyId,
    invitations::{InvitationRecord, InvitationStatus},
};
use chrono::{DateTime, Utc};

use super::{MemoryStore, MemoryUnitOfWork};
use crate::{
    error::Result,
    ports::{CompanyRoll, Upkeep},
};

#[async_trait]
impl Upkeep for MemoryUnitOfWork {
    async fn forget_answers(&self, before: DateTime<Utc>, limit: u32) -> Result<u64> {
        let company = self.company();
        let keys: Vec<_> = self.store.look(|tables| {
            let old = tables.remembered.iter().filter(|((of, ..), row)| *of == company && row.at < before);
            old.map(|(key, _)| key.clone()).take(size(limit)).collect()
        });
        let count = keys.len();
        self.remove(move |tables| keys.iter().for_each(|key| drop(tables.remembered.remove(key))));
        Ok(count as u64)
    }

    async fn forget_sessions(&self, before: DateTime<Utc>, limit: u32) -> Result<u64> {
        let company = self.company();
        let keys: Vec<_> = self.store.look(|tables| {
            let over = tables.sessions.iter().filter(|((of, _), record)| {
                *of == company && Session::stored((*record).clone()).over_since() < before
            });
            over.map(|(key, _)| *key).take(size(limit)).collect()
        });
        let count = keys.len();
        self.remove(move |tables| {
            for key in keys {
                tables.sessions.remove(&key);
            }
        });
        Ok(count as u64)
    }

    async fn forget_links(&self, before: DateTime<Utc>, _: u32) -> Result<u64> {
        let company = self.company();
        let count = self.store.look(|tables| {
            let resets = tables.password_resets.iter();
            let resets = resets.filter(|((of, _), row)| *of == company && row.expires_at < before).count();
            let invitations = tables.invitations.iter();
            resets + invitations.filter(|((of, _), row)| *of == company && is_closed(row, before)).count()
        });
        self.remove(move |tables| {
            tables.password_resets.retain(|(of, _), row| *of != company || row.expires_at >= before);
            tables.invitations.retain(|(of, _), row| *of != company || !is_closed(row, before));
        });
        Ok(count as u64)
    }

    async fn forget_attempts(&self, _: DateTime<Utc>, _: u32) -> Result<u64> {
        // When they were counted is not kept here; those that are clear are none.
        let count = self
            .store
            .look(|tables| tables.sign_in_attempts.values().filter(|attempts| attempts.is_clear()).count());
        self.remove(|tables| tables.sign_in_attempts.retain(|_, attempts| !attempts.is_clear()));
        Ok(count as u64)
    }

    /// Nothing is counted apart here, so nothing can differ.
    async fn drifted_counters(&self) -> Result<u64> {
        Ok(0)
    }
}

#[async_trait]
impl CompanyRoll for MemoryStore {
    async fn companies(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<CompanyId>> {
        Ok(self.look(|tables| {
            let ids = tables.companies.keys().copied();
            ids.filter(|id| after.is_none_or(|after| *id > after)).take(size(limit)).collect()
        }))
    }
}

fn is_closed(row: &InvitationRecord, before: DateTime<Utc>) -> bool {
    row.status != InvitationStatus::Pending && row.updated_at < before
}

fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
