//! The store in memory, which keeps the same promises as PostgreSQL with plain maps.
//!
//! A unit of work sees the committed rows (at each moment, as under READ COMMITTED) with its own rows laid over them.
//! Writers of the same row, unique value or counter wait for each other, by [`locks`]. Committing merges the unit's
//! rows into the committed ones and publishes its events in one step; dropping discards them.

mod accounts;
mod api_keys;
mod attachments;
mod bulk;
mod companies;
mod contacts;
mod directory;
mod history;
mod idempotency;
mod invitations;
mod jobs;
mod lists;
mod locks;
mod many;
mod opportunities;
mod people;
mod pipelines;
mod records;
mod sessions;
mod tables;
mod upkeep;

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use cartera_domain::{
    events::{EntityRef, EntityType, Event},
    ids::{CompanyId, Id, OperationId, UserId},
};
use uuid::Uuid;

pub use directory::MemoryDirectory;
pub use tables::{Published, Tables};

use self::locks::{Held, Locks};
use crate::{
    error::{Error, Result},
    jobs::QueuedJob,
    ports::{
        AccountUses, Administrators, ApiKeys, Attachments, Clock, Companies, ContactUses, History,
        IdempotencyKeys, Invitations, JobQueue, ManyRows, Opportunities, PasswordResets, Pipelines, Rows,
        Sessions, SignInCounts, Store, UnitOfWork, Upkeep, Users,
    },
    security::{Grant, Provenance},
    views::NamedRef,
};

/// A store in memory. Clones share their rows.
#[derive(Clone)]
pub struct MemoryStore {
    committed: Arc<Mutex<Tables>>,
    locks: Locks,
    clock: Arc<dyn Clock>,
}

impl MemoryStore {
    /// An empty store. The clock only decides how old a stored response is.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { committed: Arc::default(), locks: Locks::default(), clock }
    }

    /// Reads the committed rows of all companies.
    pub fn look<T>(&self, look: impl FnOnce(&Tables) -> T) -> T {
        look(&self.committed())
    }

    /// Changes committed rows without a use case, for what no use case can do: suspending a company, deactivating a
    /// user.
    pub fn tamper<T>(&self, tamper: impl FnOnce(&mut Tables) -> T) -> T {
        tamper(&mut self.committed())
    }

    /// What was published in a company (or in the platform's realm) so far, in order.
    pub fn events(&self, company_id: CompanyId) -> Vec<Published> {
        self.committed().outbox.get(&company_id).cloned().unwrap_or_default()
    }

    /// The jobs that lie in the queue, in order.
    pub fn jobs(&self) -> Vec<QueuedJob> {
        self.committed().jobs.clone()
    }

    /// Takes the jobs that were queued so far, in order.
    pub fn take_jobs(&self) -> Vec<QueuedJob> {
        std::mem::take(&mut self.committed().jobs)
    }

    fn open(&self, grant: &Grant, only_reads: bool) -> MemoryUnitOfWork {
        MemoryUnitOfWork {
            held: Held::none(self.locks.clone()),
            store: self.clone(),
            grant: grant.clone(),
            operation: Id::new(Uuid::now_v7()),
            only_reads,
            written: Mutex::default(),
            pending: Mutex::default(),
            removals: Mutex::default(),
        }
    }

    fn committed(&self) -> MutexGuard<'_, Tables> {
        self.committed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn begin(&self, grant: &Grant) -> Result<Box<dyn UnitOfWork>> {
        Ok(Box::new(self.open(grant, false)))
    }

    async fn read(&self, grant: &Grant) -> Result<Box<dyn UnitOfWork>> {
        Ok(Box::new(self.open(grant, true)))
    }
}

/// What goes out with the commit.
#[derive(Debug, Default)]
struct Pending {
    events: Vec<Event>,
    wrote: bool,
}

/// Permanently deletes rows, at the commit.
type Removal = Box<dyn FnOnce(&mut Tables) + Send>;

/// One unit of work in memory. Dropping it forgets what it wrote.
pub struct MemoryUnitOfWork {
    store: MemoryStore,
    grant: Grant,
    operation: OperationId,
    only_reads: bool,
    written: Mutex<Tables>,
    pending: Mutex<Pending>,
    removals: Mutex<Vec<Removal>>,
    held: Held,
}

impl MemoryUnitOfWork {
    /// The only company that this unit of work sees.
    fn company(&self) -> CompanyId {
        self.grant.company_id()
    }

    fn written(&self) -> MutexGuard<'_, Tables> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a saved entity's events. The commit detects an entity that was saved without one.
    fn record(&self, events: Vec<Event>) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.wrote = true;
        pending.events.extend(events);
    }

    /// Takes what an entity recorded whose bookkeeping (when a session was last used, say) is no event.
    fn record_quietly(&self, events: Vec<Event>) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.events.extend(events);
    }

    /// Takes rows out for good when this commits; until then even this unit of work sees them.
    fn remove(&self, removal: impl FnOnce(&mut Tables) + Send + 'static) {
        self.removals.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(removal));
    }

    /// One row: the unit's own, else the committed one.
    fn row<K: Ord, V: Clone>(&self, table: impl Fn(&Tables) -> &BTreeMap<K, V>, key: &K) -> Option<V> {
        if let Some(own) = table(&self.written()).get(key) {
            return Some(own.clone());
        }
        table(&self.store.committed()).get(key).cloned()
    }

    /// The rows of a table that `wanted` picks, the unit's own instead of those they replace.
    fn rows<K: Ord + Clone, V: Clone>(
        &self,
        table: impl Fn(&Tables) -> &BTreeMap<K, V>,
        wanted: impl Fn(&K, &V) -> bool,
    ) -> Vec<V> {
        let mut rows = table(&self.store.committed()).clone();
        rows.extend(table(&self.written()).clone());
        rows.into_iter().filter(|(key, row)| wanted(key, row)).map(|(_, row)| row).collect()
    }

    /// Whether this unit of work has removed a record for good.
    fn is_removed(&self, id: Uuid) -> bool {
        self.written().removed.contains(&(self.company(), id))
    }

    /// Removes a record for good, with the commit.
    fn remove_row(&self, id: Uuid) {
        let key = (self.company(), id);
        self.written().removed.insert(key);
    }

    /// Takes out of the events that tell of records what users wrote on these, with the commit.
    fn forget_changes(&self, entity: EntityType, ids: Vec<Uuid>) {
        let company = self.company();
        self.remove(move |tables| {
            for published in tables.outbox.entry(company).or_default() {
                let EntityRef { entity_type, id } = published.event.entity;
                if entity_type == entity && ids.contains(&id) {
                    published.event.changes.clear();
                }
            }
        });
    }

    /// The lock of one row or value of the company.
    async fn lock(&self, what: &str, which: impl std::fmt::Display + Send) -> Result<()> {
        self.held.exclusive(&format!("{}/{what}/{which}", self.company())).await
    }

    /// A user of the company by name, for those who read; they are named even when they are inactive.
    fn named_user(&self, id: Option<UserId>) -> Option<NamedRef> {
        let user = self.row(|tables| &tables.users, &(self.company(), id?))?;
        Some(NamedRef { id: user.id.uuid(), name: user.name.as_str().to_owned() })
    }

    /// Refuses a reference that a foreign key would refuse: it is never the caller's doing.
    fn require_user(&self, id: Option<UserId>) -> Result<()> {
        match id {
            Some(id) if self.row(|tables| &tables.users, &(self.company(), id)).is_none() => {
                Err(Error::Internal { what: "a reference to a user who is not of the company", cause: None })
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl UnitOfWork for MemoryUnitOfWork {
    fn provenance(&self) -> &Provenance {
        self.grant.provenance()
    }

    fn rows(&self) -> &dyn Rows {
        self
    }

    fn companies(&self) -> &dyn Companies {
        self
    }

    fn users(&self) -> &dyn Users {
        self
    }

    fn administrators(&self) -> &dyn Administrators {
        self
    }

    fn sessions(&self) -> &dyn Sessions {
        self
    }

    fn invitations(&self) -> &dyn Invitations {
        self
    }

    fn password_resets(&self) -> &dyn PasswordResets {
        self
    }

    fn sign_in_counts(&self) -> &dyn SignInCounts {
        self
    }

    fn api_keys(&self) -> &dyn ApiKeys {
        self
    }

    fn many_rows(&self) -> &dyn ManyRows {
        self
    }

    fn account_uses(&self) -> &dyn AccountUses {
        self
    }

    fn contact_uses(&self) -> &dyn ContactUses {
        self
    }

    fn pipelines(&self) -> &dyn Pipelines {
        self
    }

    fn opportunities(&self) -> &dyn Opportunities {
        self
    }

    fn history(&self) -> &dyn History {
        self
    }

    fn attachments(&self) -> &dyn Attachments {
        self
    }

    fn idempotency_keys(&self) -> &dyn IdempotencyKeys {
        self
    }

    fn jobs(&self) -> &dyn JobQueue {
        self
    }

    fn upkeep(&self) -> &dyn Upkeep {
        self
    }

    async fn conclude(&self) -> Result<()> {
        let Self { store, grant, operation, only_reads, written: _, pending, removals, held } = self;
        let Pending { events, wrote } =
            mem::take(&mut *pending.lock().unwrap_or_else(PoisonError::into_inner));
        if *only_reads && (wrote || !events.is_empty() || held.anything()) {
            return Err(Error::Internal {
                what: "a unit of work that only reads wrote or locked",
                cause: None,
            });
        }
        if wrote && events.is_empty() {
            return Err(Error::Internal {
                what: "a repository wrote but no event was recorded",
                cause: None,
            });
        }
        let mut committed = store.committed();
        committed.absorb(mem::take(&mut *self.written()));
        for removal in mem::take(&mut *removals.lock().unwrap_or_else(PoisonError::into_inner)) {
            removal(&mut committed);
        }
        let has_written = !events.is_empty();
        committed.publish(grant.company_id(), grant.actor(), (grant.provenance(), *operation), events);
        drop(committed);
        if has_written {
            grant.provenance().report(*operation);
        }
        // Waiting units of work may read our rows only now.
        held.release();
        Ok(())
    }

    async fn rollback(self: Box<Self>) {
        drop(self);
    }
}
