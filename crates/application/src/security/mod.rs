//! Who is calling, and what they may do: an [`Actor`] authorizes into a [`Grant`].

mod actor;
mod grant;
mod precondition;

pub use actor::{Actor, KeyAuthority, PersonAuthority};
pub use grant::{ActorRef, Grant, PLATFORM, RequestId};
pub use precondition::IfMatch;
