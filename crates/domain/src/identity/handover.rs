//! What a removed user owned goes over to somebody else, or to nobody.

use chrono::{DateTime, Utc};

use crate::{
    events::{EntityRef, Event, EventKind},
    ids::{AccountId, ContactId, OpportunityId, UserId},
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
    /// What is told of an account.
    pub fn account(self, id: AccountId) -> Event {
        self.event(EventKind::AccountUpdated, EntityRef::account(id))
    }

    /// What is told of a contact.
    pub fn contact(self, id: ContactId) -> Event {
        self.event(EventKind::ContactUpdated, EntityRef::contact(id))
    }

    /// What is told of an opportunity.
    pub fn opportunity(self, id: OpportunityId) -> Event {
        self.event(EventKind::OpportunityUpdated, EntityRef::opportunity(id))
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
