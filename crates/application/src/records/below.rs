//! Creating and listing records below the one that they belong to.

use cartera_domain::{
    events::EntityRef,
    input::Patch,
    record::{Draft, Raw},
};

use super::{RecordService, RecordView, Recorded, parents::require};
use crate::{
    error::{Error, Result},
    idempotency::{Once, Outcome},
    lists::{ListQuery, Page},
    security::Actor,
};

impl<F: Recorded> RecordService<F> {
    /// Creates a record below another one.
    ///
    /// # Errors
    /// `not_found` for the parent, and as [`Self::create`].
    pub async fn create_below(
        &self,
        actor: &Actor,
        parent: EntityRef,
        mut draft: Draft<F>,
        once: &Once,
    ) -> Result<Outcome<RecordView>> {
        for (index, _, entity) in F::TABLE.parents() {
            if let Some(given) = draft.at(index) {
                let is_it = entity == parent.entity_type;
                *given = if is_it { Patch::Value(Raw::Id(parent.id)) } else { Patch::Absent };
            }
        }
        self.create(actor, draft, once).await
    }

    /// Lists the records that belong to another one.
    ///
    /// # Errors
    /// `not_found` for the parent, and as [`Self::list`].
    pub async fn list_below(
        &self,
        actor: &Actor,
        parent: EntityRef,
        query: ListQuery,
    ) -> Result<Page<RecordView>> {
        let grant = actor.authorize(F::RESOURCE.read)?;
        let tx = self.ports().store.read(&grant).await?;
        require(actor, &*tx, Some(parent)).await?;
        tx.commit().await?;
        let field = F::TABLE.parents().find(|(.., entity)| *entity == parent.entity_type);
        let (_, field, _) =
            field.ok_or(Error::Internal { what: "a parent that the table does not have", cause: None })?;
        self.list_within(actor, query, field.path, parent.id).await
    }
}
