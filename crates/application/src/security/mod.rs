//! Callers and their permissions: an [`Actor`] is authorized, which yields a [`Grant`].

mod actor;
mod grant;
mod precondition;

pub use actor::{Actor, KeyAuthority, PersonAuthority};
pub use grant::{ActorRef, Grant, PLATFORM, RequestId};
pub use precondition::IfMatch;
