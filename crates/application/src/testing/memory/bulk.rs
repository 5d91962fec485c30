//! Bulk operations on opportunities: in memory one after the other, by the rules of one.

use cartera_domain::{
    Deletion,
    contacts::{ContactFields, ContactRecord},
    ids::{AccountId, DeletionId, OpportunityId, StageChangeId},
    opportunities::{
        Landing, Links, Opportunity, OpportunityRecord, Place, Placement, Return, StageChangeRecord,
        Transfer, Transferred,
    },
};

use super::MemoryUnitOfWork;
use crate::{
    error::{Error, Result},
    ports::Owners,
};

pub(super) fn owners(opportunities: &[Opportunity]) -> Owners {
    opportunities.iter().map(|opportunity| opportunity.record().links.owner_id).collect()
}

impl MemoryUnitOfWork {
    /// Whether an opportunity is live and belongs to an account, or only to one of its contacts: a live contact, or one
    /// that the same deletion deletes.
    fn is_with(&self, account: AccountId, row: &OpportunityRecord, goes: Option<Deletion>) -> bool {
        let Links { account_id, contact_id, owner_id: _ } = row.links;
        let contact = || contact_id.and_then(|id| self.any::<ContactFields>(id));
        let is_at = |contact: ContactRecord| contact.deletion == goes && contact.account_id == Some(account);
        row.deletion.is_none()
            && (account_id == Some(account) || (account_id.is_none() && contact().is_some_and(is_at)))
    }

    /// The live opportunities with an account, or with nobody but a contact at it.
    pub(super) fn opportunities_with(&self, id: AccountId) -> Vec<OpportunityId> {
        self.those_with(id, None)
    }

    fn those_with(&self, id: AccountId, goes: Option<Deletion>) -> Vec<OpportunityId> {
        let live = self.opportunities_where(|row| row.deletion.is_none());
        let with = |sale: &OpportunityId| {
            self.live_opportunity(*sale).is_some_and(|row| self.is_with(id, &row, goes))
        };
        live.into_iter().filter(with).collect()
    }

    pub(super) async fn lock_with(&self, id: AccountId) -> Result<Owners> {
        let with = self.opportunities_with(id);
        Ok(owners(&self.locked_opportunities(with, |row| self.is_with(id, row, None)).await?))
    }

    pub(super) async fn delete_with(&self, id: AccountId, deletion: Deletion) -> Result<()> {
        for id in self.those_with(id, Some(deletion)) {
            let mut opportunity =
                Opportunity::stored(self.live_opportunity(id).ok_or_else(Error::not_found)?);
            opportunity.delete(deletion);
            self.replace(&mut opportunity).await?;
        }
        Ok(())
    }

    fn those_of(&self, id: DeletionId) -> Vec<OpportunityRecord> {
        let ids = self.opportunities_where(|row| row.deletion.is_some_and(|deletion| deletion.id == id));
        ids.into_iter().filter_map(|id| self.any_opportunity(id)).collect()
    }

    pub(super) fn places_of(&self, id: DeletionId) -> Vec<Place> {
        let place = |row: OpportunityRecord| {
            let Placement { pipeline_id, stage_id, kind, closed_at: _ } = row.placement;
            Place { pipeline_id, stage_id, kind }
        };
        let mut places: Vec<_> = self.those_of(id).into_iter().map(place).collect();
        places.sort_by_key(|place| place.stage_id);
        places.dedup();
        places
    }

    pub(super) async fn bring_back_all(&self, back: &Return) -> Result<()> {
        let mut position = 0;
        for record in self.those_of(back.deletion_id) {
            let mut opportunity = Opportunity::stored(record);
            let stage = back.landing(opportunity.record().placement.stage_id);
            position += u32::from(stage.is_some());
            let landing = stage.map(|stage| Landing {
                stage,
                stage_change_id: back.series.nth(position),
                reason: back.reason.clone(),
                changed_by: back.changed_by,
            });
            let change = opportunity.bring_back(landing, back.at);
            self.replace(&mut opportunity).await?;
            if let Some(change) = change {
                self.keep_change(&change);
            }
        }
        Ok(())
    }

    pub(super) async fn move_all(&self, transfer: &Transfer, series: StageChangeId) -> Result<i64> {
        let target = transfer.placement();
        let moved = self.rows(
            |tables| &tables.opportunities,
            |(company, _), row| {
                *company == self.company()
                    && row.deletion.is_none()
                    && row.placement.stage_id == transfer.from().id
            },
        );
        let mut position = 0;
        for row in &moved {
            self.lock("opportunity", row.id).await?;
            // A concurrent change may have altered it, except for its stage, which is locked.
            let Some(mut record) = self.live_opportunity(row.id) else { continue };
            position += 1;
            let Placement { closed_at, .. } = record.placement;
            let one =
                Transferred { id: record.id, links: record.links, amount: record.fields.amount, closed_at };
            let change = StageChangeRecord {
                id: series.nth(position),
                opportunity_id: record.id,
                from_stage: Some(transfer.from().id),
                to_stage: target.stage_id,
                reason: Some(transfer.reason().clone()),
                changed_at: transfer.at(),
                changed_by: transfer.changed_by(),
            };
            record.placement = target;
            record.version += 1;
            record.updated_at = transfer.at();
            let version = record.version;
            let mut written = self.written();
            written.stage_changes.insert((self.company(), change.id), change);
            written.opportunities.insert((self.company(), record.id), record);
            drop(written);
            let (before, after) = transfer.standings(&one);
            self.written().counters.entry(self.company()).or_default().record(Some(&before), Some(&after));
            self.record(vec![transfer.event(&one).making(version)]);
        }
        Ok(i64::from(position))
    }
}
