//! What records belong to: they follow it out of sight, and out of the database.

use cartera_domain::{
    events::{EntityRef, EntityType},
    identity::{Action, Permission},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{children_of, resource_of};
use crate::{
    error::{Code, Error, Result},
    ports::UnitOfWork,
    security::Actor,
};

/// The most children that one transaction purges.
const BATCH: u32 = 200;

/// Refuses what belongs to a record that the caller may not read, or that is not live: it is not found.
pub(super) async fn require(actor: &Actor, tx: &dyn UnitOfWork, parent: Option<EntityRef>) -> Result<()> {
    let Some(EntityRef { entity_type, id }) = parent else { return Ok(()) };
    actor.authorize(to_read(entity_type)?)?;
    let is_live = if entity_type == EntityType::Opportunity {
        match tx.opportunities().get(cartera_domain::ids::Id::new(id)).await {
            Ok(_) => true,
            Err(error) if error.is(Code::NotFound) => false,
            Err(error) => return Err(error),
        }
    } else {
        let row = tx.rows().find(resource_of(entity_type)?.table, id).await?;
        row.is_some_and(|row| row.deletion.is_none())
    };
    if is_live { Ok(()) } else { Err(Error::not_found()) }
}

fn to_read(entity: EntityType) -> Result<Permission> {
    let found = Permission::to(Action::Read, entity);
    found.ok_or(Error::Internal { what: "a parent that nobody may read", cause: None })
}

/// Purges what belongs to records that are about to be purged: one batch. Answers whether nothing is left of it.
pub(crate) async fn remove_children(
    tx: &dyn UnitOfWork,
    entity: EntityType,
    parents: &[Uuid],
    now: DateTime<Utc>,
) -> Result<bool> {
    if parents.is_empty() {
        return Ok(true);
    }
    for (table, field) in children_of(entity) {
        let children = tx.many_rows().lock_children(table, field, parents, BATCH).await?;
        let is_full = children.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
        if !children.is_empty() {
            let events = children.iter().map(|id| table.purged(*id, now)).collect();
            tx.rows().remove(table, children, events).await?;
        }
        if is_full {
            return Ok(false);
        }
    }
    Ok(true)
}
