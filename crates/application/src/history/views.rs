//! Operations and events as they are read.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorView {
    /// USER, `API_KEY`, `PLATFORM_ADMINISTRATOR` or SYSTEM.
    pub kind: String,
    /// The person or key; none for the system.
    pub id: Option<Uuid>,
    /// The name of the user or key, as it is now; none for others.
    pub name: Option<String>,
}

impl ActorView {
    /// Where a change by this actor, as part of an operation of this kind, came from.
    pub fn source(&self, operation: Option<&str>) -> &'static str {
        match (operation, self.kind.as_str()) {
            (Some("IMPORT"), _) => "IMPORT",
            (Some("AUTOMATION"), _) => "AUTOMATION",
            (Some("AGENT"), _) => "AGENT",
            (_, "USER") => "USER",
            (_, "API_KEY") => "API_KEY",
            (_, "PLATFORM_ADMINISTRATOR") => "PLATFORM",
            _ => "SYSTEM",
        }
    }
}

/// An operation: everything that one unit of work wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationView {
    /// Its id.
    pub id: Uuid,
    /// The name of its kind.
    pub kind: String,
    /// Who did it.
    pub actor: ActorView,
    /// For which request or job.
    pub request_id: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// The number of its first event; those of the others follow.
    pub first_sequence: i64,
    /// How many events it has.
    pub event_count: i64,
}

/// An event: what happened to one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// Its number in the company.
    pub sequence: i64,
    /// The name of its kind.
    pub kind: String,
    /// As part of which operation; none for events of earlier releases.
    pub operation_id: Option<Uuid>,
    /// The kind of the operation.
    pub operation_kind: Option<String>,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Who did it.
    pub actor: ActorView,
    /// For which request or job.
    pub request_id: String,
    /// The kind of the record.
    pub entity_type: String,
    /// The record.
    pub entity_id: Uuid,
    /// The record's version after it; none where it made none.
    pub version: Option<i32>,
    /// The other records that it is about: their kind and id.
    pub related: Vec<(String, Uuid)>,
    /// The changed fields, each with `old` and `new`.
    pub changes: Map<String, Value>,
}

impl EventView {
    /// Takes apart what the outbox stores of an event: its related records and its changes.
    pub fn told(payload: &Value) -> (Vec<(String, Uuid)>, Map<String, Value>) {
        let related = payload.get("related").and_then(Value::as_array).into_iter().flatten();
        let related = related.filter_map(|one| {
            let id = one.get("entityId")?.as_str()?.parse().ok()?;
            Some((one.get("entityType")?.as_str()?.to_owned(), id))
        });
        let changes = payload.get("changes").and_then(Value::as_object).cloned();
        (related.collect(), changes.unwrap_or_default())
    }

    /// Where the change came from.
    pub fn source(&self) -> &'static str {
        self.actor.source(self.operation_kind.as_deref())
    }
}
