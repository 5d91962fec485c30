//! What was done: operations, and the events that they consist of.

mod as_of;
mod fields;
mod ports;
mod views;

use std::sync::Arc;

use cartera_domain::{
    identity::Permission,
    ids::{Id, OperationId},
};

pub(crate) use as_of::{Past, Present, of_record, put_back, rewound};
pub use fields::{EventList, OperationList};
pub use ports::{History, HistoryQueries, MOST_SINCE};
pub use views::{ActorView, EventView, OperationView};

use crate::{
    error::{Error, Result},
    lists::{ListQuery, Page, Test, Value},
    ports::Ports,
    security::{Actor, Grant},
};

/// How many events of an operation come along with it.
pub const FIRST_EVENTS: u32 = 100;

/// The use cases of operations: everybody sees their own, whoever may read the audit sees all.
#[derive(Clone)]
pub struct HistoryService {
    ports: Arc<Ports>,
}

impl HistoryService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// Lists operations, newest first unless asked otherwise.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn list(&self, actor: &Actor, query: ListQuery) -> Result<Page<OperationView>> {
        let grant = actor.authorize_member()?;
        let query = match grant.user_id() {
            Some(user) if !may_read_all(actor) => {
                query.with(OperationList::ACTOR_ID, Test::AnyOf(vec![Value::Id(user.uuid())]))
            }
            _ => query,
        };
        Ok(query.page(self.ports.history.operations(&grant, &query).await?))
    }

    /// An operation, with its first [`FIRST_EVENTS`] events in order.
    ///
    /// # Errors
    /// `not_found`, also for another's unless the caller may read the audit.
    pub async fn get(&self, actor: &Actor, id: OperationId) -> Result<(OperationView, Vec<EventView>)> {
        let grant = actor.authorize_member()?;
        let operation = self.visible(actor, &grant, id).await?;
        let query = ListQuery::first(EventList::TABLE, FIRST_EVENTS);
        let found = self.ports.history.events(&grant, &of_operation(query, &operation)).await?;
        Ok((operation, found.items))
    }

    /// Lists the events of an operation, last ones first unless asked otherwise.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn list_events(
        &self,
        actor: &Actor,
        id: OperationId,
        query: ListQuery,
    ) -> Result<Page<EventView>> {
        let grant = actor.authorize_member()?;
        let operation = self.visible(actor, &grant, id).await?;
        let query = of_operation(query, &operation);
        Ok(query.page(self.ports.history.events(&grant, &query).await?))
    }

    async fn visible(&self, actor: &Actor, grant: &Grant, id: OperationId) -> Result<OperationView> {
        let found = self.ports.history.operation(grant, id).await?.ok_or_else(Error::not_found)?;
        let is_own = found.actor.id.is_some() && found.actor.id == grant.user_id().map(Id::uuid);
        if is_own || may_read_all(actor) { Ok(found) } else { Err(Error::not_found()) }
    }
}

fn may_read_all(actor: &Actor) -> bool {
    actor.extent(Permission::AuditRead).is_some()
}

/// The events of an operation: their numbers follow one another.
fn of_operation(query: ListQuery, operation: &OperationView) -> ListQuery {
    let OperationView { first_sequence, event_count, .. } = *operation;
    let last = first_sequence + event_count - 1;
    query
        .with(EventList::SEQUENCE, Test::AtLeast(Value::Integer(first_sequence)))
        .with(EventList::SEQUENCE, Test::AtMost(Value::Integer(last)))
}
