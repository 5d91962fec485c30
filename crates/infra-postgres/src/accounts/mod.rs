//! What uses accounts.

use async_trait::async_trait;
use cartera_application::{
    Error, Result,
    ports::{AccountUse, AccountUses},
};
use cartera_domain::ids::AccountId;
use sea_orm::{ConnectionTrait, DbErr};

use crate::{error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

#[async_trait]
impl AccountUses for PgUnitOfWork {
    async fn lock_and_count(&self, id: AccountId) -> Result<AccountUse> {
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
}
