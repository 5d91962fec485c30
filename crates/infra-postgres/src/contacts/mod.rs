//! Contacts.

mod bin;
mod entity;
mod queries;
mod rows;

use async_trait::async_trait;
use cartera_application::{
    Code, Error, Result,
    ports::{Contacts, Owners},
    views::ContactView,
};
use cartera_domain::{
    Deletion,
    contacts::Contact,
    ids::{AccountId, ContactId, DeletionId, Id},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{bin::require_deleted, error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

impl PgUnitOfWork {
    async fn found_contacts(&self, sql: Sql, what: &'static str) -> Result<Vec<Contact>> {
        let rows = entity::Entity::find().from_raw_sql(sql.build()).all(self).await.map_err(explain(what))?;
        Ok(rows.into_iter().map(|row| Contact::stored(rows::record(row))).collect())
    }
}

#[async_trait]
impl Contacts for PgUnitOfWork {
    async fn get(&self, id: ContactId) -> Result<Contact> {
        let row = entity::Entity::find_by_id((self.company(), id.uuid()))
            .filter(entity::Column::DeletedAt.is_null())
            .one(self)
            .await
            .map_err(explain("reading a contact"))?;
        Ok(Contact::stored(rows::record(row.ok_or_else(Error::not_found)?)))
    }

    async fn lock_and_count_uses(&self, id: ContactId) -> Result<i64> {
        // As with accounts: whoever refers to the contact holds its row FOR KEY SHARE until their commit.
        self.lock_row("select id from contacts", id.uuid(), " for update")
            .await
            .map_err(explain("locking a contact"))?
            .ok_or_else(Error::not_found)?;
        let mut sql = Sql::new("select count(*) as count from opportunities where company_id = ");
        sql.value(self.company()).push(" and contact_id = ").value(id.uuid());
        sql.push(" and account_id is null and deleted_at is null");
        let count = async || -> Result<i64, DbErr> {
            let row = self.query_one_raw(sql.build()).await?;
            row.ok_or_else(|| DbErr::RecordNotFound("a count".into()))?.try_get("", "count")
        };
        count().await.map_err(explain("counting what needs a contact"))
    }

    async fn reference(&self, id: ContactId) -> Result<Option<Option<AccountId>>> {
        let row = self
            .lock_row("select account_id from contacts", id.uuid(), " for key share")
            .await
            .map_err(explain("looking a contact up"))?;
        let account: Option<Option<Uuid>> = row
            .map(|row| row.try_get("", "account_id"))
            .transpose()
            .map_err(explain("looking a contact up"))?;
        Ok(account.map(|account| account.map(Id::new)))
    }

    async fn lock_of_account(&self, id: AccountId) -> Result<Owners> {
        bin::lock_of_account(self, id).await
    }

    async fn delete_of_account(&self, id: AccountId, deletion: Deletion) -> Result<()> {
        bin::delete_of_account(self, id, deletion).await
    }

    async fn deleted(&self, id: ContactId) -> Result<Contact> {
        let row = entity::Entity::find_by_id((self.company(), id.uuid()))
            .one(self)
            .await
            .map_err(explain("reading a deleted contact"))?;
        Ok(Contact::stored(require_deleted(row.map(rows::record), |record| record.deletion)?))
    }

    async fn lock_deletion(&self, id: DeletionId) -> Result<Owners> {
        bin::lock_deletion(self, id).await
    }

    async fn bring_back_deletion(&self, id: DeletionId, at: DateTime<Utc>) -> Result<()> {
        bin::bring_back_deletion(self, id, at).await
    }

    async fn insert(&self, contact: &mut Contact) -> Result<()> {
        entity::Entity::insert(rows::row(self.company(), contact.record()))
            .exec_without_returning(self)
            .await
            .map_err(explain("storing a contact"))?;
        self.record(contact.take_events());
        Ok(())
    }

    async fn update(&self, contact: &mut Contact) -> Result<()> {
        let done = entity::Entity::update_many()
            .set(rows::row(self.company(), contact.record()))
            .filter(entity::Column::CompanyId.eq(self.company()))
            .filter(entity::Column::Id.eq(contact.record().id.uuid()))
            .filter(entity::Column::Version.eq(contact.record().version - 1))
            .exec(self)
            .await
            .map_err(explain("storing a contact"))?;
        if done.rows_affected == 0 {
            return Err(Error::refused(Code::EditConflict));
        }
        self.record(contact.take_events());
        Ok(())
    }

    async fn view(&self, id: ContactId) -> Result<ContactView> {
        queries::view(self, id.uuid()).await?.ok_or_else(Error::not_found)
    }

    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Contact>> {
        let mut sql = Sql::new("select c.* from contacts c where c.company_id = ");
        sql.value(self.company()).push(" and c.deleted_at is not null and c.deleted_at < ").value(before);
        sql.push(
            " and not exists (select from opportunities o where o.company_id = c.company_id \
             and o.contact_id = c.id and o.account_id is null) order by c.deleted_at, c.id limit ",
        );
        sql.value(i64::from(limit)).push(" for update skip locked");
        self.found_contacts(sql, "looking for expired contacts").await
    }

    async fn remove(&self, contacts: &mut [Contact]) -> Result<()> {
        if contacts.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = contacts.iter().map(|contact| contact.record().id.uuid()).collect();
        self.delete_rows("delete from contacts where id = any(", &ids)
            .await
            .map_err(explain("removing contacts"))?;
        self.record(contacts.iter_mut().flat_map(Contact::take_events).collect());
        Ok(())
    }
}
