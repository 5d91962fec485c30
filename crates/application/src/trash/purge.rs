//! Purges the bin: records that have been in it for longer than the company's `trashDays` are deleted permanently.

use std::sync::Arc;

use async_trait::async_trait;
use cartera_domain::{events::EntityType, ids::CompanyId, record::Table};
use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    chores::{Chore, Schedule},
    error::Result,
    ports::{Ports, UnitOfWork},
    records::{RESOURCES, remove_children},
    security::{Actor, Grant, Provenance},
};

/// How many records one transaction purges, so that locks are short and an interrupted purge keeps its progress.
const BATCH: u32 = 200;

/// The kinds of record in the bin, each before the kinds that it refers to. Dependent data (attachments, for example)
/// is cleaned up in the step of its record, before the record is deleted.
#[derive(Debug, Clone, Copy)]
enum Step {
    Opportunities,
    Contacts,
    /// A resource that only fields of other resources refer to.
    Plain(&'static Table),
}

impl Step {
    /// Every step, in reverse order of the resources: what refers to others comes before them.
    fn all() -> impl Iterator<Item = Self> {
        let resources = RESOURCES.iter().rev().map(|resource| match resource.table.entity {
            EntityType::Contact => Self::Contacts,
            _ => Self::Plain(resource.table),
        });
        [Self::Opportunities].into_iter().chain(resources)
    }
}

/// What a purge deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purged {
    /// The number of opportunities, with their stage changes.
    pub opportunities: u64,
    /// The number of contacts.
    pub contacts: u64,
    /// The number of accounts.
    pub accounts: u64,
    /// The number of records of other resources.
    pub others: u64,
}

/// Purging the bin.
#[derive(Clone)]
pub struct TrashService {
    ports: Arc<Ports>,
}

impl TrashService {
    /// Wires the use case to its ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// Permanently deletes what has been in a company's bin for longer than its `trashDays`, batch by batch. It needs
    /// a store with the right to delete rows, which the API's does not have.
    ///
    /// # Errors
    /// Those of the store; what was done before stays done.
    pub async fn purge(&self, company_id: CompanyId, provenance: Provenance) -> Result<Purged> {
        let grant = Actor::system(company_id, provenance).authorize_system()?;
        purge(&self.ports, &grant).await
    }
}

/// Purges the bin of every company once a day.
pub struct EmptyBin;

#[async_trait]
impl Chore for EmptyBin {
    fn name(&self) -> &'static str {
        "empty_bin"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Daily { hour: 4, minute: 11 }
    }

    async fn run(&self, ports: &Ports, grant: &Grant) -> Result<u64> {
        let Purged { opportunities, contacts, accounts, others } = purge(ports, grant).await?;
        Ok(opportunities + contacts + accounts + others)
    }
}

async fn purge(ports: &Ports, grant: &Grant) -> Result<Purged> {
    let mut purged = Purged::default();
    let Some(before) = expired_before(ports, grant).await? else { return Ok(purged) };
    for step in Step::all() {
        loop {
            let Batch { removed, is_last } = batch(ports, grant, step, before).await?;
            let total = match step {
                Step::Opportunities => &mut purged.opportunities,
                Step::Contacts => &mut purged.contacts,
                Step::Plain(table) if table.entity == EntityType::Account => &mut purged.accounts,
                Step::Plain(_) => &mut purged.others,
            };
            *total += u64::try_from(removed).unwrap_or(u64::MAX);
            if is_last {
                break;
            }
        }
    }
    Ok(purged)
}

/// Records deleted before this time have expired; `None` when that time is before all time.
async fn expired_before(ports: &Ports, grant: &Grant) -> Result<Option<DateTime<Utc>>> {
    let tx = ports.store.read(grant).await?;
    let days = tx.companies().current().await?.record().settings.trash_days;
    tx.commit().await?;
    Ok(ports.clock.now().checked_sub_signed(TimeDelta::days(i64::from(days))))
}

/// The result of one transaction.
struct Batch {
    removed: usize,
    /// Whether it found less than a full batch.
    is_last: bool,
}

impl Batch {
    fn of(found: usize) -> Self {
        Self { removed: found, is_last: !is_full(found) }
    }
}

fn is_full(found: usize) -> bool {
    found >= usize::try_from(BATCH).unwrap_or(usize::MAX)
}

/// Purges one batch of one kind, in one transaction.
async fn batch(ports: &Ports, grant: &Grant, step: Step, before: DateTime<Utc>) -> Result<Batch> {
    let tx = ports.store.begin(grant).await?;
    let now = ports.clock.now();
    let done = match step {
        Step::Opportunities => opportunities(&*tx, before, now).await?,
        Step::Contacts => contacts(&*tx, before, now).await?,
        Step::Plain(table) => plain(&*tx, table, before, now).await?,
    };
    tx.commit().await?;
    Ok(done)
}

async fn opportunities(tx: &dyn UnitOfWork, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<Batch> {
    let mut expired = tx.opportunities().lock_expired(before, BATCH).await?;
    let ids: Vec<_> = expired.iter().map(|opportunity| opportunity.record().id.uuid()).collect();
    if !remove_children(tx, EntityType::Opportunity, &ids, now).await? {
        return Ok(Batch { removed: 0, is_last: false });
    }
    for opportunity in &mut expired {
        opportunity.purge(now);
    }
    tx.opportunities().remove(&mut expired).await?;
    Ok(Batch::of(expired.len()))
}

/// Before a contact is deleted permanently, opportunities that also have an account must drop their reference to it. A
/// contact may have any number of them, so they have batches of their own.
async fn contacts(tx: &dyn UnitOfWork, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<Batch> {
    let mut expired = tx.contact_uses().lock_expired(before, BATCH).await?;
    let ids: Vec<_> = expired.iter().map(|contact| contact.record().id).collect();
    let mut forgetful = tx.opportunities().lock_of_contacts(&ids, BATCH).await?;
    for opportunity in &mut forgetful {
        if let Some(contact_id) = opportunity.record().links.contact_id {
            opportunity.forget_contact(contact_id, now);
        }
    }
    tx.opportunities().update_all(&mut forgetful).await?;
    let parents: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    if is_full(forgetful.len()) || !remove_children(tx, EntityType::Contact, &parents, now).await? {
        return Ok(Batch { removed: 0, is_last: false });
    }
    for contact in &mut expired {
        contact.purge(now);
    }
    tx.contacts().remove(&mut expired).await?;
    Ok(Batch::of(expired.len()))
}

async fn plain(
    tx: &dyn UnitOfWork,
    table: &'static Table,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Batch> {
    let expired = tx.rows().lock_expired(table, before, BATCH).await?;
    if !remove_children(tx, table.entity, &expired, now).await? {
        return Ok(Batch { removed: 0, is_last: false });
    }
    let done = Batch::of(expired.len());
    if !expired.is_empty() {
        let events = expired.iter().map(|id| table.purged(*id, now)).collect();
        tx.rows().remove(table, expired, events).await?;
    }
    Ok(done)
}
