//! Operations and events, as they were published.

use async_trait::async_trait;
use cartera_domain::{
    events::EntityRef,
    ids::{ApiKeyId, OperationId},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    MemoryStore, MemoryUnitOfWork, Published,
    lists::{meets, page},
};
use crate::{
    error::Result,
    events::payload,
    history::{
        ActorView, EventList, EventView, History, HistoryQueries, MOST_SINCE, OperationList, OperationView,
    },
    lists::{Cursor, CursorKey, FieldRef, ListQuery, Listing},
    security::{ActorRef, Grant},
};

fn id(id: Option<Uuid>) -> CursorKey {
    id.map_or(CursorKey::Missing, |id| CursorKey::Text(id.to_string()))
}

/// What lists compare of an event, or of the operation that it is the first one of.
fn key(published: &Published, field: FieldRef) -> CursorKey {
    let Published { sequence, event, actor, provenance, .. } = published;
    match field.name() {
        name if name == EventList::SEQUENCE.name() => CursorKey::Integer(*sequence),
        name if name == EventList::OCCURRED_AT.name() => {
            CursorKey::Integer(event.occurred_at.timestamp_micros())
        }
        name if name == EventList::TYPE.name() => CursorKey::Text(event.kind.as_str().to_owned()),
        name if name == EventList::ENTITY_ID.name() => id(Some(event.entity.id)),
        name if name == OperationList::KIND.name() => CursorKey::Text(provenance.kind().as_str().to_owned()),
        name if name == OperationList::ACTOR_ID.name() => id(actor.id()),
        _ => CursorKey::Missing,
    }
}

impl MemoryUnitOfWork {
    fn published(&self) -> Vec<Published> {
        self.store.events(self.company())
    }

    fn actor_view(&self, actor: ActorRef) -> ActorView {
        let key = |id: ApiKeyId| self.row(|tables| &tables.api_keys, &(self.company(), id));
        let name = match actor {
            ActorRef::User(user) => self.named_user(Some(user)).map(|user| user.name),
            ActorRef::ApiKey(id, _) => key(id).map(|key| key.name.as_str().to_owned()),
            ActorRef::PlatformAdministrator(_) | ActorRef::System => None,
        };
        ActorView { kind: actor.kind().to_owned(), id: actor.id(), name }
    }

    fn event_view(&self, published: &Published) -> EventView {
        let Published { sequence, event, actor, provenance, operation } = published;
        let (related, changes) = EventView::told(&payload(event));
        EventView {
            sequence: *sequence,
            kind: event.kind.as_str().to_owned(),
            operation_id: Some(operation.uuid()),
            operation_kind: Some(provenance.kind().as_str().to_owned()),
            occurred_at: event.occurred_at,
            actor: self.actor_view(*actor),
            request_id: provenance.request_id().to_owned(),
            entity_type: event.entity.entity_type.as_str().to_owned(),
            entity_id: event.entity.id,
            version: event.version,
            related,
            changes,
        }
    }

    /// The first event of each operation, beside how many there are.
    fn operations(&self) -> Vec<(Published, i64)> {
        let mut operations: Vec<(Published, i64)> = Vec::new();
        for published in self.published() {
            match operations.last_mut() {
                Some((first, count)) if first.operation == published.operation => *count += 1,
                _ => operations.push((published, 1)),
            }
        }
        operations
    }

    fn operation_view(&self, (first, event_count): &(Published, i64)) -> OperationView {
        OperationView {
            id: first.operation.uuid(),
            kind: first.provenance.kind().as_str().to_owned(),
            actor: self.actor_view(first.actor),
            request_id: first.provenance.request_id().to_owned(),
            occurred_at: first.event.occurred_at,
            first_sequence: first.sequence,
            event_count: *event_count,
        }
    }
}

#[async_trait]
impl History for MemoryUnitOfWork {
    async fn since(&self, record: EntityRef, at: DateTime<Utc>) -> Result<Vec<EventView>> {
        let mut events: Vec<_> =
            self.published().into_iter().filter(|published| published.event.entity == record).collect();
        let before = events.iter().rposition(|published| published.event.occurred_at <= at);
        events.drain(..before.unwrap_or(0));
        let most = usize::try_from(MOST_SINCE).unwrap_or(usize::MAX);
        Ok(events.iter().rev().take(most).map(|published| self.event_view(published)).collect())
    }
}

#[async_trait]
impl HistoryQueries for MemoryStore {
    async fn operations(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<OperationView>> {
        let tx = self.open(grant, true);
        let operations = tx.operations();
        let wanted =
            operations.iter().filter(|(first, _)| meets(&|field| key(first, field), &query.predicate));
        let places =
            wanted.map(|(first, _)| Cursor { key: key(first, query.sort.field), id: first.operation.uuid() });
        let found = page(places.collect(), query);
        let of = |place: Cursor| operations.iter().find(|(first, _)| first.operation.uuid() == place.id);
        let Listing { items, next, total } = found;
        let items = items.into_iter().filter_map(of).map(|one| tx.operation_view(one)).collect();
        Ok(Listing { items, next, total })
    }

    async fn operation(&self, grant: &Grant, id: OperationId) -> Result<Option<OperationView>> {
        let tx = self.open(grant, true);
        let found = tx.operations().into_iter().find(|(first, _)| first.operation == id);
        Ok(found.map(|one| tx.operation_view(&one)))
    }

    async fn events(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<EventView>> {
        let tx = self.open(grant, true);
        let events = tx.published();
        let wanted = events.iter().filter(|event| meets(&|field| key(event, field), &query.predicate));
        let places =
            wanted.map(|event| Cursor { key: key(event, query.sort.field), id: event.event.entity.id });
        let Listing { items, next, total } = page(places.collect(), query);
        let of = |place: Cursor| events.iter().find(|event| CursorKey::Integer(event.sequence) == place.key);
        let items = items.into_iter().filter_map(of).map(|event| tx.event_view(event)).collect();
        Ok(Listing { items, next, total })
    }
}
