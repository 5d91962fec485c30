//! Contacts.

use async_trait::async_trait;
use cartera_application::{Error, Result, ports::ContactUses};
use cartera_domain::{
    contacts::{Contact, ContactFields},
    ids::{AccountId, ContactId, Id},
    record::Fields,
};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{error::explain, records::select, sql::Sql, unit_of_work::PgUnitOfWork};

#[async_trait]
impl ContactUses for PgUnitOfWork {
    async fn lock_and_count(&self, id: ContactId) -> Result<i64> {
        // As with accounts: a writer that adds a reference to the contact holds its row FOR KEY SHARE until it commits.
        self.lock_row("select id from contacts", id.uuid(), " for update")
            .await
            .map_err(explain("locking a contact"))?
            .ok_or_else(Error::not_found)?;
        let mut sql = Sql::new("select count(*) as count from opportunities where company_id = ");
        sql.value(self.company()).push(" and contact_id = ").value(id.uuid());
        sql.push(" and account_id is null and deleted_at is null");
        let count = async || -> Result<i64, DbErr> {
            let row = self.first(sql).await?;
            row.ok_or_else(|| DbErr::RecordNotFound("a count".into()))?.get("count")
        };
        count().await.map_err(explain("counting what needs a contact"))
    }

    async fn reference(&self, id: ContactId) -> Result<Option<Option<AccountId>>> {
        let row = self
            .lock_row("select account_id from contacts", id.uuid(), " for key share")
            .await
            .map_err(explain("looking a contact up"))?;
        let account: Option<Option<Uuid>> =
            row.map(|row| row.get("account_id")).transpose().map_err(explain("looking a contact up"))?;
        Ok(account.map(|account| account.map(Id::new)))
    }

    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Contact>> {
        let mut sql = select(ContactFields::TABLE);
        sql.value(self.company()).push(" and t.deleted_at is not null and t.deleted_at < ").value(before);
        sql.push(
            " and not exists (select from opportunities o where o.company_id = t.company_id \
             and o.contact_id = t.id and o.account_id is null) order by t.deleted_at, t.id limit ",
        );
        sql.value(i64::from(limit)).push(" for update skip locked");
        self.found(sql, "looking for expired contacts").await
    }
}
