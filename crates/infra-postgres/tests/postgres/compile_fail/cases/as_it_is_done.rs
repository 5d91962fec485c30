//! As it is done: an actor is authorized, the grant opens a unit of work, its repositories take ids of their kind.

use cartera_application::{
    Result,
    ports::{Store, UnitOfWork},
    security::{Actor, Grant},
};
use cartera_domain::{
    accounts::Account,
    identity::Permission,
    ids::{AccountId, CompanyId},
};
use cartera_infra_postgres::PgStore;

pub async fn read(store: &PgStore, actor: &Actor, id: AccountId) -> Result<Account> {
    let grant: Grant = actor.authorize(Permission::AccountsRead)?;
    let _company: CompanyId = grant.company_id();
    let tx: Box<dyn UnitOfWork> = store.begin(&grant).await?;
    let account = tx.accounts().get(id).await?;
    tx.commit().await?;
    Ok(account)
}
