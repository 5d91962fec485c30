//! Operations and events on the wire.

use cartera_application::history::{ActorView, EventView, OperationView};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::Timestamp;

/// Who did something.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"type": "USER", "id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"}))]
pub struct EventActor {
    /// USER, `API_KEY`, `PLATFORM_ADMINISTRATOR` or SYSTEM; later versions have more.
    #[serde(rename = "type")]
    pub kind: String,
    /// The person or key; null for the system.
    #[schema(required)]
    pub id: Option<Uuid>,
    /// The name of the user or key as it is now; null for others.
    #[schema(required)]
    pub name: Option<String>,
}

impl From<ActorView> for EventActor {
    fn from(ActorView { kind, id, name }: ActorView) -> Self {
        Self { kind, id, name }
    }
}

/// A record that an event is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"type": "ACCOUNT", "id": "019a9f2e-0000-7000-8000-00000000c001"}))]
pub struct EventRecord {
    /// The kind of the record; later versions have more.
    #[serde(rename = "type")]
    pub kind: String,
    /// The record's id.
    pub id: Uuid,
}

/// What happened to one record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "sequence": 4711,
    "operationId": "019a9f2e-0000-7000-8000-000000012001",
    "type": "account.updated",
    "version": 2,
    "occurredAt": "2026-02-03T15:04:05.000000Z",
    "actor": {"type": "USER", "id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "source": "USER",
    "requestId": "019a9f2e-0000-7000-8000-000000011001",
    "entity": {"type": "ACCOUNT", "id": "019a9f2e-0000-7000-8000-00000000c001"},
    "related": [{"type": "USER", "id": "019a9f2e-0000-7000-8000-00000000a001"}],
    "changes": {"industry": {"old": null, "new": "Software"}}
}))]
pub struct RecordEvent {
    /// Its number in the company: 1, 2, 3… in the order of commits.
    #[schema(minimum = 1)]
    pub sequence: i64,
    /// The operation that it is a part of; null for events from before there were any.
    #[schema(required)]
    pub operation_id: Option<Uuid>,
    /// What happened; later versions have more kinds.
    #[serde(rename = "type")]
    pub kind: String,
    /// The record's version after it; null where it made none, or is from before versions were kept.
    #[schema(required)]
    pub version: Option<i32>,
    /// When.
    pub occurred_at: Timestamp,
    /// Who.
    pub actor: EventActor,
    /// Where the change came from: USER, `API_KEY`, PLATFORM or SYSTEM; later versions have more.
    pub source: String,
    /// For which request or job.
    pub request_id: String,
    /// The record.
    pub entity: EventRecord,
    /// The other records that it is about.
    pub related: Vec<EventRecord>,
    /// The changed fields by name, each with its value before and after. A creation has every field; the event of a
    /// record that was removed for good has none.
    #[schema(value_type = std::collections::BTreeMap<String, EventChange>)]
    pub changes: Map<String, Value>,
}

/// The value of a field before and after.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"old": null, "new": "Software"}))]
pub struct EventChange {
    /// Before; null where there was none.
    #[schema(required)]
    pub old: Value,
    /// After; null where there is none.
    #[schema(required)]
    pub new: Value,
}

impl From<EventView> for RecordEvent {
    fn from(view: EventView) -> Self {
        let source = view.source().to_owned();
        let EventView {
            sequence,
            kind,
            operation_id,
            operation_kind: _,
            occurred_at,
            actor,
            request_id,
            entity_type,
            entity_id,
            version,
            related,
            changes,
        } = view;
        let record = |(kind, id)| EventRecord { kind, id };
        Self {
            sequence,
            operation_id,
            kind,
            version,
            occurred_at: occurred_at.into(),
            actor: actor.into(),
            source,
            request_id,
            entity: record((entity_type, entity_id)),
            related: related.into_iter().map(record).collect(),
            changes,
        }
    }
}

/// An operation: everything that one request or job wrote.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-000000012001",
    "kind": "REQUEST",
    "actor": {"type": "USER", "id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "occurredAt": "2026-02-03T15:04:05.000000Z",
    "requestId": "019a9f2e-0000-7000-8000-000000011001",
    "eventCount": 1
}))]
pub struct OperationSummary {
    /// The operation's id.
    pub id: Uuid,
    /// REQUEST or JOB; later versions have more.
    pub kind: String,
    /// Who.
    pub actor: EventActor,
    /// When.
    pub occurred_at: Timestamp,
    /// For which request or job.
    pub request_id: String,
    /// How many events it has.
    #[schema(minimum = 1)]
    pub event_count: i64,
}

impl From<OperationView> for OperationSummary {
    fn from(view: OperationView) -> Self {
        let OperationView { id, kind, actor, request_id, occurred_at, first_sequence: _, event_count } = view;
        let (actor, occurred_at) = (actor.into(), occurred_at.into());
        Self { id, kind, actor, occurred_at, request_id, event_count }
    }
}

/// An operation with its first 100 events.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-000000012001",
    "kind": "REQUEST",
    "actor": {"type": "USER", "id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "occurredAt": "2026-02-03T15:04:05.000000Z",
    "requestId": "019a9f2e-0000-7000-8000-000000011001",
    "eventCount": 1,
    "events": [{
        "sequence": 4711,
        "operationId": "019a9f2e-0000-7000-8000-000000012001",
        "type": "account.updated",
        "version": 2,
        "occurredAt": "2026-02-03T15:04:05.000000Z",
        "actor": {"type": "USER", "id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
        "source": "USER",
        "requestId": "019a9f2e-0000-7000-8000-000000011001",
        "entity": {"type": "ACCOUNT", "id": "019a9f2e-0000-7000-8000-00000000c001"},
        "related": [],
        "changes": {"industry": {"old": null, "new": "Software"}}
    }]
}))]
pub struct OperationDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: OperationSummary,
    /// Its first 100 events, in order.
    #[schema(max_items = 100)]
    pub events: Vec<RecordEvent>,
}

impl OperationDetail {
    /// An operation with these events.
    pub fn of(operation: OperationView, events: Vec<EventView>) -> Self {
        Self { summary: operation.into(), events: events.into_iter().map(RecordEvent::from).collect() }
    }
}
