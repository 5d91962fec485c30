//! Opportunities and their stage changes.

use async_trait::async_trait;
use cartera_domain::{
    Deletion,
    contacts::ContactFields,
    events::{EntityType, Referable},
    ids::{AccountId, ContactId, DeletionId, Id, OpportunityId, StageChangeId},
    opportunities::{
        Links, Opportunity, OpportunityFields, OpportunityRecord, Place, Placement, Return, StageChange,
        StageChangeRecord, Transfer,
    },
};
use chrono::{DateTime, Utc};

use super::{MemoryUnitOfWork, bulk::owners};
use crate::{
    error::{Code, Error, Result},
    ports::{Opportunities, Owners},
    views::{NamedRef, OpportunityView, StageChangeView},
};

impl MemoryUnitOfWork {
    /// An opportunity, live or in the bin.
    pub(super) fn any_opportunity(&self, id: OpportunityId) -> Option<OpportunityRecord> {
        self.row(|tables| &tables.opportunities, &(self.company(), id))
            .filter(|_| !self.is_removed(id.uuid()))
    }

    pub(super) fn live_opportunity(&self, id: OpportunityId) -> Option<OpportunityRecord> {
        self.any_opportunity(id).filter(|row| row.deletion.is_none())
    }

    /// The company's opportunities that `wanted` picks, in the order of their ids.
    pub(super) fn opportunities_where(
        &self,
        wanted: impl Fn(&OpportunityRecord) -> bool,
    ) -> Vec<OpportunityId> {
        let found = self.rows(
            |tables| &tables.opportunities,
            |(company, _), row| *company == self.company() && wanted(row),
        );
        found.into_iter().map(|row| row.id).filter(|id| !self.is_removed(id.uuid())).collect()
    }

    /// Locks opportunities one by one, and keeps those that are still wanted when they are locked.
    pub(super) async fn locked_opportunities(
        &self,
        ids: Vec<OpportunityId>,
        wanted: impl Fn(&OpportunityRecord) -> bool + Send + Sync,
    ) -> Result<Vec<Opportunity>> {
        let mut locked = Vec::new();
        for id in ids {
            self.lock("opportunity", id).await?;
            locked.extend(self.any_opportunity(id).filter(|row| wanted(row)).map(Opportunity::stored));
        }
        Ok(locked)
    }

    /// Notes what a saved opportunity means for the counters, and what it recorded.
    fn count(&self, opportunity: &mut Opportunity) {
        let company = self.company();
        self.written()
            .counters
            .entry(company)
            .or_default()
            .record(opportunity.loaded_standing(), opportunity.record().standing().as_ref());
        opportunity.mark_stored();
        self.record(opportunity.take_events());
    }

    fn named<K: Referable>(&self, id: Id<K>) -> Option<NamedRef> {
        self.named_record(K::TYPE, id.uuid())
    }

    /// What the composite foreign keys refuse: a row can't point across companies.
    fn require_own_links(&self, record: &OpportunityRecord) -> Result<()> {
        let foreign = |what| Err(Error::Internal { what, cause: None });
        let Links { account_id, contact_id, owner_id } = record.links;
        if account_id.is_some_and(|id| self.named(id).is_none()) {
            return foreign("a reference to an account that is not of the company");
        }
        if contact_id.is_some_and(|id| self.named(id).is_none()) {
            return foreign("a reference to a contact that is not of the company");
        }
        self.require_user(owner_id)?;
        self.stage_view(record.placement.stage_id).map(|_| ())
    }

    pub(super) async fn replace(&self, opportunity: &mut Opportunity) -> Result<()> {
        let record = opportunity.record().clone();
        let key = (self.company(), record.id);
        self.lock("opportunity", record.id).await?;
        match self.any_opportunity(record.id) {
            Some(stored) if stored.version == record.version - 1 => {}
            Some(_) | None => return Err(Error::refused(Code::EditConflict)),
        }
        self.require_own_links(&record)?;
        self.written().opportunities.insert(key, record);
        self.count(opportunity);
        Ok(())
    }

    pub(super) fn keep_change(&self, change: &StageChange) {
        let record = change.record().clone();
        self.written().stage_changes.insert((self.company(), record.id), record);
    }

    /// An opportunity as it is read.
    fn shown_opportunity(&self, record: OpportunityRecord) -> Result<OpportunityView> {
        let OpportunityRecord {
            id,
            number,
            fields,
            links,
            placement,
            version,
            created_at,
            created_by,
            updated_at,
            deletion,
        } = record;
        let OpportunityFields { title, description, amount, expected_close_date, tags } = fields;
        let Placement { pipeline_id, stage_id, kind, closed_at } = placement;
        let pipeline = self.row(|tables| &tables.pipelines, &(self.company(), pipeline_id));
        let pipeline =
            pipeline.ok_or(Error::Internal { what: "an opportunity without its pipeline", cause: None })?;
        // A contact in the bin is not shown, but kept: it may come back.
        let is_there = |id: &ContactId| self.live::<ContactFields>(*id).is_some();
        Ok(OpportunityView {
            id: id.uuid(),
            version,
            number: number
                .ok_or(Error::Internal { what: "an opportunity without its number", cause: None })?,
            title: title.into_string(),
            account: links.account_id.and_then(|id| self.named(id)),
            contact: links.contact_id.filter(is_there).and_then(|id| self.named(id)),
            description: description.map(|text| text.as_str().to_owned()),
            amount: amount.into(),
            pipeline: NamedRef { id: pipeline_id.uuid(), name: pipeline.name.as_str().to_owned() },
            stage: self.stage_view(stage_id)?,
            status: kind.as_str().to_owned(),
            closed_at,
            expected_close_date,
            owner: self.named_user(links.owner_id),
            tags: tags.as_strings(),
            created_at,
            created_by: self.named_user(created_by),
            updated_at,
            deleted_at: deletion.map(|deletion| deletion.at),
        })
    }
}

#[async_trait]
impl Opportunities for MemoryUnitOfWork {
    async fn get(&self, id: OpportunityId) -> Result<Opportunity> {
        self.live_opportunity(id).map(Opportunity::stored).ok_or_else(Error::not_found)
    }

    async fn find(&self, id: OpportunityId) -> Result<Option<OpportunityRecord>> {
        Ok(self.any_opportunity(id))
    }

    async fn insert(&self, opportunity: &mut Opportunity, first: &StageChange) -> Result<()> {
        self.require_user(opportunity.record().created_by)?;
        self.require_own_links(opportunity.record())?;
        // Held until the end: whoever creates next waits, so a number that is undone is given again.
        self.lock("numbers", "opportunity").await?;
        let number = self.row(|tables| &tables.numbers, &self.company()).unwrap_or(0) + 1;
        self.written().numbers.insert(self.company(), number);
        opportunity.numbered(number);
        let record = opportunity.record().clone();
        self.written().opportunities.insert((self.company(), record.id), record);
        self.keep_change(first);
        self.count(opportunity);
        Ok(())
    }

    async fn update(&self, opportunity: &mut Opportunity) -> Result<()> {
        self.replace(opportunity).await
    }

    async fn record_move(&self, opportunity: &mut Opportunity, change: &StageChange) -> Result<()> {
        self.replace(opportunity).await?;
        self.keep_change(change);
        Ok(())
    }

    async fn transfer(&self, transfer: &Transfer, series: StageChangeId) -> Result<i64> {
        self.move_all(transfer, series).await
    }

    async fn lock_of_account(&self, id: AccountId) -> Result<Owners> {
        self.lock_with(id).await
    }

    async fn delete_of_account(&self, id: AccountId, deletion: Deletion) -> Result<()> {
        self.delete_with(id, deletion).await
    }

    async fn lock_of_contacts(&self, ids: &[ContactId], limit: u32) -> Result<Vec<Opportunity>> {
        let has = |row: &OpportunityRecord| row.links.contact_id.is_some_and(|id| ids.contains(&id));
        let mut found = self.opportunities_where(has);
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        self.locked_opportunities(found, has).await
    }

    async fn deleted(&self, id: OpportunityId) -> Result<Opportunity> {
        let record = self.any_opportunity(id).ok_or_else(Error::not_found)?;
        if record.deletion.is_none() {
            return Err(Error::refused(Code::NotDeleted));
        }
        Ok(Opportunity::stored(record))
    }

    async fn lock_deletion(&self, id: DeletionId) -> Result<Owners> {
        let is_of = |row: &OpportunityRecord| row.deletion.is_some_and(|deletion| deletion.id == id);
        Ok(owners(&self.locked_opportunities(self.opportunities_where(is_of), is_of).await?))
    }

    async fn places_of_deletion(&self, id: DeletionId) -> Result<Vec<Place>> {
        Ok(self.places_of(id))
    }

    async fn bring_back_deletion(&self, back: &Return) -> Result<()> {
        self.bring_back_all(back).await
    }

    async fn update_all(&self, opportunities: &mut [Opportunity]) -> Result<()> {
        for opportunity in opportunities {
            self.replace(opportunity).await?;
        }
        Ok(())
    }

    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Opportunity>> {
        let is_expired = |row: &OpportunityRecord| row.deletion.is_some_and(|deletion| deletion.at < before);
        let mut locked = Vec::new();
        for id in self.opportunities_where(is_expired) {
            let free = self.held.try_exclusive(&format!("{}/opportunity/{id}", self.company()));
            let row = self.any_opportunity(id).filter(|row| free && is_expired(row));
            locked.extend(row.map(Opportunity::stored));
        }
        locked.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(locked)
    }

    async fn remove(&self, opportunities: &mut [Opportunity]) -> Result<()> {
        for opportunity in opportunities {
            let id = opportunity.record().id.uuid();
            self.remove_row(id);
            self.forget_changes(EntityType::Opportunity, vec![id]);
            self.count(opportunity);
        }
        Ok(())
    }

    async fn view(&self, id: OpportunityId) -> Result<OpportunityView> {
        self.shown_opportunity(self.live_opportunity(id).ok_or_else(Error::not_found)?)
    }

    async fn shown(&self, record: OpportunityRecord) -> Result<OpportunityView> {
        self.shown_opportunity(record)
    }

    async fn view_stage_change(&self, id: StageChangeId) -> Result<StageChangeView> {
        let record = self.row(|tables| &tables.stage_changes, &(self.company(), id));
        let StageChangeRecord { id, opportunity_id, from_stage, to_stage, reason, changed_at, changed_by } =
            record.ok_or_else(Error::not_found)?;
        // A stage change lives and dies with its opportunity.
        self.live_opportunity(opportunity_id).ok_or_else(Error::not_found)?;
        Ok(StageChangeView {
            id: id.uuid(),
            opportunity_id: opportunity_id.uuid(),
            from_stage: from_stage.map(|stage| self.stage_view(stage)).transpose()?,
            new_stage: self.stage_view(to_stage)?,
            reason: reason.map(|text| text.as_str().to_owned()),
            changed_at,
            changed_by: self.named_user(changed_by),
        })
    }
}
