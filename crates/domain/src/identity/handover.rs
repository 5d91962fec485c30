//! What a removed user owned goes over to somebody else, or to nobody.

use chrono::{DateTime, Utc};

use crate::{
    events::{EntityRef, Event, EventKind, Verb},
    ids::UserId,
};

/// The records of one user going over to another, or to nobody, all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    /// Whose they were.
    pub from: UserId,
    /// Whose they are now; nobody's when nobody was named.
    pub to: Option<UserId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Handover {
    /// What is told of a record of a resource.
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
