//! The list fields of operations and events.

use cartera_domain::events::EventKind;

use crate::{lists::list_fields, security::OperationKind};

list_fields! {
    /// What lists of operations know.
    OperationList of "operations" {
        /// When it was done.
        OCCURRED_AT = "occurredAt": Timestamp [filter, sort],
        /// What kind of operation it is.
        KIND = "kind": OneOf(OperationKind::NAMES) [filter],
        /// Who did it.
        ACTOR_ID = "actorId": Person [filter],
    }
    default_sort: Self::OCCURRED_AT,
    in_bin_since: None,
    flags: &[],
    searchable: false,
}

list_fields! {
    /// What lists of events know.
    EventList of "events" {
        /// The number in the company.
        SEQUENCE = "sequence": Integer [sort],
        /// When it happened.
        OCCURRED_AT = "occurredAt": Timestamp [filter],
        /// What happened.
        TYPE = "type": OneOf(EventKind::NAMES) [filter],
        /// Who did it.
        ACTOR_ID = "actorId": Person [filter],
        /// To which record; set by use cases, not by callers.
        ENTITY_ID = "entityId": Id [],
    }
    default_sort: Self::SEQUENCE,
    in_bin_since: None,
    flags: &[],
    searchable: false,
}
