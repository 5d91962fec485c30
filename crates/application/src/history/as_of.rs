//! A record as it was: what it is now, less what happened since.
//!
//! Going backwards needs no event from before the releases that tell everything, and reads only what happened since the
//! moment. Versions show whether anything is missing: every change makes one, and its event names it.

use cartera_domain::{
    events::{EventKind, FieldValue, Verb},
    record::{Field, Kind, Row, Table},
};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::EventView;
use crate::{
    error::{Code, Error, Result},
    events::read_value,
};

/// What is known of a record as it is now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Present {
    /// Its version.
    pub(crate) version: i32,
    /// Whether it lies in the bin.
    pub(crate) in_bin: bool,
    /// Its lifecycle, by [`Verb`].
    pub(crate) events: [EventKind; 5],
}

/// What a record was.
#[derive(Debug)]
pub(crate) struct Past {
    /// Its version then.
    pub(crate) version: i32,
    /// When it had changed last.
    pub(crate) updated_at: DateTime<Utc>,
    /// Fields that have changed since, as they were.
    pub(crate) fields: Map<String, Value>,
}

/// Goes back to a moment by the [events since](super::History::since).
///
/// # Errors
/// `not_found` when the record was not there then, or lay in the bin; `history_not_kept` when an event is missing.
pub(crate) fn rewound(present: Present, events: Vec<EventView>, at: DateTime<Utc>) -> Result<Past> {
    let Present { mut version, mut in_bin, events: kinds } = present;
    let is = |event: &EventView, verb: Verb| event.kind == kinds[verb as usize].as_str();
    let (mut fields, mut undone) = (Map::new(), false);
    for event in events {
        // The event that made the version which is being gone back from, or the one before.
        let made = if undone && event.version != Some(version) { version - 1 } else { version };
        if event.version != Some(made) {
            break;
        }
        version = made;
        if event.occurred_at <= at {
            if in_bin {
                return Err(Error::not_found());
            }
            return Ok(Past { version, updated_at: event.occurred_at, fields });
        }
        undone = true;
        if is(&event, Verb::Created) {
            return Err(Error::not_found());
        } else if is(&event, Verb::Deleted) {
            in_bin = false;
        } else if is(&event, Verb::Restored) {
            in_bin = true;
        } else {
            let old = event.changes.into_iter().map(|(field, mut change)| {
                let old = change.get_mut("old").map_or(Value::Null, Value::take);
                (field, old)
            });
            fields.extend(old);
        }
    }
    Err(Error::refused(Code::HistoryNotKept))
}

/// A row as it was.
///
/// # Errors
/// As [`rewound`]; `internal` when an event holds what its field can't.
pub(crate) fn of_record(
    table: &'static Table,
    mut row: Row,
    events: Vec<EventView>,
    at: DateTime<Utc>,
) -> Result<Row> {
    let present = Present { version: row.version, in_bin: row.deletion.is_some(), events: table.events };
    let Past { version, updated_at, fields } = rewound(present, events, at)?;
    put_back(table.fields, &mut row.values, &fields)?;
    Ok(Row { version, updated_at, deletion: None, ..row })
}

/// Puts the old values of fields into their places.
pub(crate) fn put_back(fields: &[Field], values: &mut [FieldValue], old: &Map<String, Value>) -> Result<()> {
    for (field, value) in fields.iter().zip(values) {
        if let (Kind::Group(below), FieldValue::Group(values)) = (field.kind, &mut *value) {
            put_back(below, values, old)?;
        } else if let Some(old) = old.get(field.path) {
            *value = read_value(&field.kind, old)
                .ok_or(Error::Internal { what: "an event that does not fit its table", cause: None })?;
        }
    }
    Ok(())
}
