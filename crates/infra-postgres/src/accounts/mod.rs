//! Accounts.

mod entity;
mod queries;
mod rows;

pub(crate) use queries::named;

use async_trait::async_trait;
use cartera_application::{
    Code, Error, Result,
    ports::{AccountUse, Accounts},
    views::AccountView,
};
use cartera_domain::{accounts::Account, ids::AccountId};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::{bin::require_deleted, error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

#[async_trait]
impl Accounts for PgUnitOfWork {
    async fn get(&self, id: AccountId) -> Result<Account> {
        let row = entity::Entity::find_by_id((self.company(), id.uuid()))
            .filter(entity::Column::DeletedAt.is_null())
            .one(self)
            .await
            .map_err(explain("reading an account"))?;
        Ok(Account::stored(rows::record(row.ok_or_else(Error::not_found)?)))
    }

    async fn lock_and_count_uses(&self, id: AccountId) -> Result<AccountUse> {
        // Whoever refers to the account holds its row FOR KEY SHARE until their commit: waiting for this
        // lock means seeing every reference, and holding it means that no new one comes.
        self.lock_row("select id from accounts", id.uuid(), " for update")
            .await
            .map_err(explain("locking an account"))?
            .ok_or_else(Error::not_found)?;
        let (company, id) = (self.company(), id.uuid());
        let mut sql = Sql::new("select (select count(*) from contacts where company_id = ");
        sql.value(company).push(" and account_id = ").value(id);
        sql.push(
            " and deleted_at is null) as contacts, \
             (select count(*) from opportunities where company_id = ",
        );
        sql.value(company).push(" and account_id = ").value(id).push(" and deleted_at is null)");
        // Those that have nobody but its contacts.
        sql.push(
            " + (select count(*) from contacts c join opportunities o \
             on o.company_id = c.company_id and o.contact_id = c.id where c.company_id = ",
        );
        sql.value(company).push(" and c.account_id = ").value(id);
        sql.push(
            " and c.deleted_at is null and o.account_id is null and o.deleted_at is null) as opportunities",
        );
        let count = async || -> Result<AccountUse, DbErr> {
            let row = self.query_one_raw(sql.build()).await?;
            let row = row.ok_or_else(|| DbErr::RecordNotFound("counts".into()))?;
            Ok(AccountUse {
                contacts: row.try_get("", "contacts")?,
                opportunities: row.try_get("", "opportunities")?,
            })
        };
        count().await.map_err(explain("counting what uses an account"))
    }

    async fn can_be_referenced(&self, id: AccountId) -> Result<bool> {
        let row = self
            .lock_row("select id from accounts", id.uuid(), " for key share")
            .await
            .map_err(explain("looking an account up"))?;
        Ok(row.is_some())
    }

    async fn deleted(&self, id: AccountId) -> Result<Account> {
        let row = entity::Entity::find_by_id((self.company(), id.uuid()))
            .one(self)
            .await
            .map_err(explain("reading a deleted account"))?;
        Ok(Account::stored(require_deleted(row.map(rows::record), |record| record.deletion)?))
    }

    async fn insert(&self, account: &mut Account) -> Result<()> {
        entity::Entity::insert(rows::row(self.company(), account.record()))
            .exec_without_returning(self)
            .await
            .map_err(explain("storing an account"))?;
        self.record(account.take_events());
        Ok(())
    }

    async fn update(&self, account: &mut Account) -> Result<()> {
        let done = entity::Entity::update_many()
            .set(rows::row(self.company(), account.record()))
            .filter(entity::Column::CompanyId.eq(self.company()))
            .filter(entity::Column::Id.eq(account.record().id.uuid()))
            .filter(entity::Column::Version.eq(account.record().version - 1))
            .exec(self)
            .await
            .map_err(explain("storing an account"))?;
        if done.rows_affected == 0 {
            return Err(Error::refused(Code::EditConflict));
        }
        self.record(account.take_events());
        Ok(())
    }

    async fn view(&self, id: AccountId) -> Result<AccountView> {
        queries::view(self, id.uuid()).await?.ok_or_else(Error::not_found)
    }

    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Account>> {
        let mut sql = Sql::new("select a.* from accounts a where a.company_id = ");
        sql.value(self.company()).push(" and a.deleted_at is not null and a.deleted_at < ").value(before);
        sql.push(
            " and not exists (select from contacts c \
             where c.company_id = a.company_id and c.account_id = a.id) \
             and not exists (select from opportunities o \
             where o.company_id = a.company_id and o.account_id = a.id) \
             order by a.deleted_at, a.id limit ",
        );
        sql.value(i64::from(limit)).push(" for update skip locked");
        let rows = entity::Entity::find()
            .from_raw_sql(sql.build())
            .all(self)
            .await
            .map_err(explain("looking for expired accounts"))?;
        Ok(rows.into_iter().map(|row| Account::stored(rows::record(row))).collect())
    }

    async fn remove(&self, accounts: &mut [Account]) -> Result<()> {
        if accounts.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = accounts.iter().map(|account| account.record().id.uuid()).collect();
        // Their counters are zero by now: nothing refers to them any more.
        for delete in [
            "delete from account_wins where account_id = any(",
            "delete from account_won_amounts where account_id = any(",
            "delete from accounts where id = any(",
        ] {
            self.delete_rows(delete, &ids).await.map_err(explain("removing accounts"))?;
        }
        self.record(accounts.iter_mut().flat_map(Account::take_events).collect());
        Ok(())
    }
}
