//! What happened to an opportunity, and what it was.

use cartera_domain::{
    events::{EntityRef, EntityType, EventKind, FieldValue},
    identity::Permission,
    ids::{Id, OpportunityId},
    opportunities::{Links, OpportunityFields, OpportunityRecord, Placement},
    pipelines::StageKind,
    record::{FieldSet, Fields},
};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Map;

use super::OpportunityService;
use crate::{
    error::{Error, Result},
    history::{EventList, EventView, Past, Present, put_back, rewound},
    lists::{ListQuery, Page, Test, Value},
    ports::UnitOfWork,
    security::Actor,
    views::OpportunityView,
};

impl OpportunityService {
    /// As [`history`](crate::records::RecordService::history) of other records.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn history(
        &self,
        actor: &Actor,
        id: OpportunityId,
        query: ListQuery,
    ) -> Result<Page<EventView>> {
        let grant = actor.authorize(Permission::OpportunitiesRead)?;
        let tx = self.ports.store.read(&grant).await?;
        visible(actor, &*tx, id).await?;
        tx.commit().await?;
        let query = query.with(EventList::ENTITY_ID, Test::AnyOf(vec![Value::Id(id.uuid())]));
        Ok(query.page(self.ports.history.events(&grant, &query).await?))
    }

    /// As [`get_as_of`](crate::records::RecordService::get_as_of) of other records.
    ///
    /// # Errors
    /// `not_found`, `history_not_kept`.
    pub async fn get_as_of(
        &self,
        actor: &Actor,
        id: OpportunityId,
        at: DateTime<Utc>,
    ) -> Result<OpportunityView> {
        let grant = actor.authorize(Permission::OpportunitiesRead)?;
        let tx = self.ports.store.read(&grant).await?;
        let record = visible(actor, &*tx, id).await?;
        let events = tx.history().since(EntityRef::of(id), at).await?;
        let view = tx.opportunities().shown(as_of(&record, events, at)?).await?;
        tx.commit().await?;
        Ok(view)
    }
}

/// An opportunity that the caller may see where it is: live, or in the bin.
async fn visible(actor: &Actor, tx: &dyn UnitOfWork, id: OpportunityId) -> Result<OpportunityRecord> {
    let record = tx.opportunities().find(id).await?.ok_or_else(Error::not_found)?;
    if record.deletion.is_some() {
        let may = actor.authorize(Permission::OpportunitiesDelete);
        let may = may.and_then(|grant| grant.require_reach(record.links.owner_id));
        may.map_err(|_refused| Error::not_found())?;
    }
    Ok(record)
}

/// An opportunity as it was.
fn as_of(record: &OpportunityRecord, events: Vec<EventView>, at: DateTime<Utc>) -> Result<OpportunityRecord> {
    let present = Present {
        version: record.version,
        in_bin: record.deletion.is_some(),
        events: EventKind::lifecycle(EntityType::Opportunity),
    };
    let Past { version, updated_at, fields } = rewound(present, events, at)?;
    let mut values: Vec<FieldValue> = record.fields.values();
    put_back(OpportunityFields::TABLE.fields, &mut values, &fields)?;
    let Links { account_id, contact_id, owner_id } = record.links;
    let Placement { pipeline_id, stage_id, kind, closed_at } = record.placement;
    let kind: String = old(&fields, "status", kind.as_str().to_owned())?;
    Ok(OpportunityRecord {
        fields: OpportunityFields::stored(values).ok_or_else(unfit)?,
        links: Links {
            account_id: old(&fields, "accountId", account_id.map(Id::uuid))?.map(Id::new),
            contact_id: old(&fields, "contactId", contact_id.map(Id::uuid))?.map(Id::new),
            owner_id: old(&fields, "ownerId", owner_id.map(Id::uuid))?.map(Id::new),
        },
        placement: Placement {
            pipeline_id,
            stage_id: Id::new(old(&fields, "stageId", stage_id.uuid())?),
            kind: StageKind::parse(&kind).ok_or_else(unfit)?,
            closed_at: old(&fields, "closedAt", closed_at)?,
        },
        version,
        updated_at,
        deletion: None,
        ..record.clone()
    })
}

/// The old value of a field, or the present one where it has not changed since.
fn old<T: DeserializeOwned>(fields: &Map<String, serde_json::Value>, name: &str, present: T) -> Result<T> {
    match fields.get(name) {
        Some(old) => serde_json::from_value(old.clone()).map_err(|_invalid| unfit()),
        None => Ok(present),
    }
}

fn unfit() -> Error {
    Error::Internal { what: "an event that does not fit an opportunity", cause: None }
}
