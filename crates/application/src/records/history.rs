//! What happened to a record, and what it was.

use cartera_domain::{events::EntityRef, ids::Id, record::Record};
use chrono::{DateTime, Utc};

use super::{
    RecordService, RecordView, Recorded, parents,
    service::{owner_of, parent_of},
};
use crate::{
    error::{Error, Result},
    history::{EventList, EventView, of_record},
    lists::{ListQuery, Page, Test, Value},
    ports::UnitOfWork,
    security::Actor,
};

impl<F: Recorded> RecordService<F> {
    /// Lists what happened to a record, newest first unless asked otherwise. The history of one in the bin takes the right
    /// to delete it, as seeing it there does.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn history(&self, actor: &Actor, id: Id<F::Kind>, query: ListQuery) -> Result<Page<EventView>> {
        let grant = actor.authorize(F::RESOURCE.read)?;
        let tx = self.ports().store.read(&grant).await?;
        visible::<F>(actor, &*tx, id).await?;
        tx.commit().await?;
        let query = query.with(EventList::ENTITY_ID, Test::AnyOf(vec![Value::Id(id.uuid())]));
        Ok(query.page(self.ports().history.events(&grant, &query).await?))
    }

    /// Reads a record as it was at a moment, with the names of what it referred to as they are now.
    ///
    /// # Errors
    /// `not_found`, also when it was not there then or lay in the bin; `history_not_kept`.
    pub async fn get_as_of(&self, actor: &Actor, id: Id<F::Kind>, at: DateTime<Utc>) -> Result<RecordView> {
        let grant = actor.authorize(F::RESOURCE.read)?;
        let tx = self.ports().store.read(&grant).await?;
        let record = visible::<F>(actor, &*tx, id).await?;
        let events = tx.history().since(EntityRef::of(id), at).await?;
        let row = of_record(F::TABLE, record.row(), events, at)?;
        let view = tx.records::<F>().shown(row).await?;
        tx.commit().await?;
        Ok(view)
    }
}

/// A record that the caller may see where it is: live, or in the bin.
async fn visible<F: Recorded>(actor: &Actor, tx: &dyn UnitOfWork, id: Id<F::Kind>) -> Result<Record<F>> {
    let record = tx.records::<F>().any(id).await?;
    parents::require(actor, tx, parent_of(&record)).await?;
    if record.deletion.is_some() {
        let may =
            actor.authorize(F::RESOURCE.delete).and_then(|grant| grant.require_reach(owner_of(&record)));
        may.map_err(|_refused| Error::not_found())?;
    }
    Ok(record)
}
