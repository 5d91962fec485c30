//! Opportunities and their stage changes.

mod bin;
mod board;
mod entity;
mod hold;
mod list;
mod queries;
mod rows;
mod stage_change_entity;
mod stage_changes;
mod standings;
mod together;
mod transfer;

use async_trait::async_trait;
use cartera_application::{
    Error, Result,
    ports::{Opportunities, Owners},
    views::{OpportunityView, StageChangeView},
};
use cartera_domain::{
    Deletion,
    ids::{AccountId, ContactId, DeletionId, OpportunityId, StageChangeId},
    opportunities::{Opportunity, OpportunityRecord, Place, Return, StageChange, Transfer},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

pub(crate) use board::of_counters;
pub(crate) use rows::stored_currency;
pub(crate) use stage_changes::{COLUMNS as STAGE_CHANGE_COLUMNS, StageChangeRow, change_columns};

use crate::{bin::require_deleted, error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

impl PgUnitOfWork {
    /// Takes the company's next number. The counter row is locked until the commit and rolls back with it, so numbers
    /// have no gaps.
    async fn next_number(&self) -> Result<i64, DbErr> {
        let mut sql = Sql::new("insert into company_sequences (company_id, name, value) values (");
        sql.value(self.company());
        sql.push(
            ", 'opportunity_number', 1) on conflict (company_id, name) \
             do update set value = company_sequences.value + 1 returning value",
        );
        let row = self.first(sql).await?;
        row.ok_or_else(|| DbErr::RecordNotFound("the next number".into()))?.get("value")
    }

    fn insert_stage_change(&self, change: &StageChange) {
        let row = rows::stage_change_row(self.company(), change.record());
        self.later(stage_change_entity::Entity::insert(row));
    }

    /// Adds the change to the counter deltas, which the commit writes.
    fn count(&self, opportunity: &mut Opportunity) {
        self.pending()
            .counters
            .record(opportunity.loaded_standing(), opportunity.record().standing().as_ref());
        opportunity.mark_stored();
        self.record(opportunity.take_events());
    }
}

#[async_trait]
impl Opportunities for PgUnitOfWork {
    async fn find(&self, id: OpportunityId) -> Result<Option<OpportunityRecord>> {
        let row = self
            .read_first::<entity::Model>(entity::Entity::find_by_id((self.company(), id.uuid())))
            .await
            .map_err(explain("reading an opportunity"))?;
        row.map(rows::record).transpose()
    }

    async fn get(&self, id: OpportunityId) -> Result<Opportunity> {
        let row = self
            .read_first::<entity::Model>(
                entity::Entity::find_by_id((self.company(), id.uuid()))
                    .filter(entity::Column::DeletedAt.is_null()),
            )
            .await
            .map_err(explain("reading an opportunity"))?;
        Ok(Opportunity::stored(rows::record(row.ok_or_else(Error::not_found)?)?))
    }

    async fn insert(&self, opportunity: &mut Opportunity, first: &StageChange) -> Result<()> {
        let number = self.next_number().await.map_err(explain("numbering an opportunity"))?;
        self.later(entity::Entity::insert(rows::row(self.company(), number, opportunity.record())));
        opportunity.numbered(number);
        self.insert_stage_change(first);
        self.count(opportunity);
        Ok(())
    }

    async fn update(&self, opportunity: &mut Opportunity) -> Result<()> {
        self.hold_counted(opportunity).await?;
        let record = opportunity.record();
        let number =
            record.number.ok_or(Error::Internal { what: "an opportunity without number", cause: None })?;
        self.change_later(
            entity::Entity::update_many()
                .set(rows::row(self.company(), number, record))
                .filter(entity::Column::CompanyId.eq(self.company()))
                .filter(entity::Column::Id.eq(record.id.uuid()))
                .filter(entity::Column::Version.eq(record.version - 1)),
        );
        self.count(opportunity);
        Ok(())
    }

    async fn record_move(&self, opportunity: &mut Opportunity, change: &StageChange) -> Result<()> {
        Opportunities::update(self, opportunity).await?;
        self.insert_stage_change(change);
        Ok(())
    }

    async fn transfer(&self, transfer: &Transfer, series: StageChangeId) -> Result<i64> {
        transfer::run(self, transfer, series).await
    }

    async fn lock_of_account(&self, id: AccountId) -> Result<Owners> {
        together::lock_of_account(self, id).await
    }

    async fn delete_of_account(&self, id: AccountId, deletion: Deletion) -> Result<()> {
        together::delete_of_account(self, id, deletion).await
    }

    async fn lock_of_contacts(&self, ids: &[ContactId], limit: u32) -> Result<Vec<Opportunity>> {
        self.lock_opportunities_of_contacts(ids, limit).await
    }

    async fn deleted(&self, id: OpportunityId) -> Result<Opportunity> {
        let record = Opportunities::find(self, id).await?;
        Ok(Opportunity::stored(require_deleted(record, |record| record.deletion)?))
    }

    async fn lock_deletion(&self, id: DeletionId) -> Result<Owners> {
        together::lock_deletion(self, id).await
    }

    async fn places_of_deletion(&self, id: DeletionId) -> Result<Vec<Place>> {
        together::places_of_deletion(self, id).await
    }

    async fn bring_back_deletion(&self, back: &Return) -> Result<()> {
        together::bring_back_deletion(self, back).await
    }

    async fn update_all(&self, opportunities: &mut [Opportunity]) -> Result<()> {
        self.change_opportunities(opportunities).await
    }

    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Opportunity>> {
        self.lock_expired_opportunities(before, limit).await
    }

    async fn remove(&self, opportunities: &mut [Opportunity]) -> Result<()> {
        self.remove_opportunities(opportunities).await
    }

    async fn view(&self, id: OpportunityId) -> Result<OpportunityView> {
        list::view(self, id.uuid()).await?.ok_or_else(Error::not_found)
    }

    async fn shown(&self, record: OpportunityRecord) -> Result<OpportunityView> {
        list::shown(self, record).await
    }

    async fn view_stage_change(&self, id: StageChangeId) -> Result<StageChangeView> {
        stage_changes::view(self, id.uuid()).await?.ok_or_else(Error::not_found)
    }
}
