//! The bin: who may look into it, and emptying it.
//!
//! What goes to the bin and how it comes back is the business of each resource (`accounts::bin`,
//! `contacts::bin`, `opportunities::bin`).

mod purge;

use cartera_domain::identity::{Extent, Permission};

pub use purge::{EmptyBin, Purged, TrashService};

use crate::{
    error::Result,
    lists::{DELETED, FieldRef, ListQuery, Test, Value},
    security::{Actor, Grant},
};

/// Authorizes a list. The bin is for those who may delete (they may restore, too), and shows them what they
/// may restore: whoever deletes only their own sees only their own there.
///
/// # Errors
/// `forbidden`, and as [`Actor::authorize`].
pub(crate) fn authorize_list(
    actor: &Actor,
    (read, delete): (Permission, Permission),
    owner: FieldRef,
    query: ListQuery,
) -> Result<(Grant, ListQuery)> {
    let grant = actor.authorize(read)?;
    if !query.flag(DELETED) {
        return Ok((grant, query));
    }
    let grant = actor.authorize(delete)?;
    let query = match grant.extent() {
        Extent::Own => {
            let own = grant.user_id().map(|id| Value::Id(id.uuid()));
            query.with(owner, Test::AnyOf(own.into_iter().collect()))
        }
        Extent::All => query,
    };
    Ok((grant, query))
}
