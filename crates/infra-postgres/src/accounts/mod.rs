//! Which records refer to an account.

use async_trait::async_trait;
use cartera_application::{
    Error, Result,
    ports::{AccountUse, AccountUses},
};
use cartera_domain::ids::AccountId;
use sea_orm::DbErr;

use crate::{error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

#[async_trait]
impl AccountUses for PgUnitOfWork {
    async fn lock_and_count(&self, id: AccountId) -> Result<AccountUse> {
        // A writer that adds a reference to the account holds its row FOR KEY SHARE until it commits. So getting this
        // lock means that every reference is visible, and holding it keeps new ones out.
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
        // Opportunities that belong to the account only through one of its contacts.
        sql.push(
            " + (select count(*) from contacts c join opportunities o \
             on o.company_id = c.company_id and o.contact_id = c.id where c.company_id = ",
        );
        sql.value(company).push(" and c.account_id = ").value(id);
        sql.push(
            " and c.deleted_at is null and o.account_id is null and o.deleted_at is null) as opportunities",
        );
        let count = async || -> Result<AccountUse, DbErr> {
            let row = self.first(sql).await?;
            let row = row.ok_or_else(|| DbErr::RecordNotFound("counts".into()))?;
            Ok(AccountUse { contacts: row.get("contacts")?, opportunities: row.get("opportunities")? })
        };
        count().await.map_err(explain("counting what uses an account"))
    }
}
