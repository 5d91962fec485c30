//! Callers and their permissions: an [`Actor`] is authorized, which yields a [`Grant`].

mod actor;
mod grant;
mod precondition;
mod provenance;

pub use actor::{Actor, KeyAuthority, PersonAuthority};
pub use grant::{ActorRef, Grant, PLATFORM};
pub use precondition::IfMatch;
pub use provenance::{OperationKind, Provenance};
