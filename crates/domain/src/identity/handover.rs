//! Reassigns the records of a removed user to another user, or to nobody.

use chrono::{DateTime, Utc};

use crate::{
    events::{EntityRef, Event, EventKind, Verb},
    ids::UserId,
};

/// The reassignment of all records of one user to another, or to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    /// The previous owner.
    pub from: UserId,
    /// The new owner; the records have none if absent.
    pub to: Option<UserId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Handover {
    /// The event of one reassigned record.
    pub fn of(self, record: EntityRef) -> Event {
        self.event(EventKind::lifecycle(record.entity_type)[Verb::Updated as usize], record)
    }

    fn event(self, kind: EventKind, record: EntityRef) -> Event {
        let event = Event::new(kind, record, self.at)
            .changing("ownerId", self.from, self.to)
            .about(EntityRef::user(self.from));
        match self.to {
            Some(to) => event.about(EntityRef::user(to)),
            None => event,
        }
    }
}
