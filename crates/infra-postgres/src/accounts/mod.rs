//! Accounts.

mod entity;
mod queries;
mod rows;

pub(crate) use queries::named;

use async_trait::async_trait;
use cartera_application::{
    Code, Error, Result,
    ports::{AccountUse, Accounts, Contacts},
    views::AccountView,
};
use cartera_domain::{
    accounts::Account,
    ids::{AccountId, ContactId, Id},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult};
use uuid::Uuid;

use crate::{error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

impl PgUnitOfWork {
    /// Locks a live row of a table against deletion, or against new references, and answers it.
    async fn lock_row(
        &self,
        select: &'static str,
        id: Uuid,
        lock: &'static str,
    ) -> Result<Option<QueryResult>, DbErr> {
        let mut sql = Sql::new(select);
        sql.push(" where company_id = ").value(self.company()).push(" and id = ").value(id);
        sql.push(" and deleted_at is null").push(lock);
        self.query_one_raw(sql.build()).await
    }
}

#[async_trait]
impl Accounts for PgUnitOfWork {
    async fn get(&self, id: AccountId) -> Result<Account> {
        let row = entity::Entity::find_by_id((self.company(), id.uuid()))
            .filter(entity::Column::DeletedAt.is_null())
            .one(self)
            .await
            .map_err(explain("reading an account"))?;
        Ok(Account::restore(rows::record(row.ok_or_else(Error::not_found)?)))
    }

    async fn lock_and_count_uses(&self, id: AccountId) -> Result<AccountUse> {
        // Whoever refers to the account holds its row FOR KEY SHARE until their commit: waiting for this
        // lock means seeing every reference, and holding it means that no new one comes.
        self.lock_row("select id from accounts", id.uuid(), " for update")
            .await
            .map_err(explain("locking an account"))?
            .ok_or_else(Error::not_found)?;
        let mut sql = Sql::new("select (select count(*) from contacts where company_id = ");
        sql.value(self.company()).push(" and account_id = ").value(id.uuid());
        sql.push(
            " and deleted_at is null) as contacts, (select count(*) from opportunities where company_id = ",
        );
        sql.value(self.company()).push(" and account_id = ").value(id.uuid());
        sql.push(" and deleted_at is null) as opportunities");
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
}

#[async_trait]
impl Contacts for PgUnitOfWork {
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
}
