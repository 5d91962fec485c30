//! What was committed is over: its company is not entered any more.

use cartera_application::{Result, ports::UnitOfWork};
use cartera_domain::ids::AccountId;

pub async fn read(tx: Box<dyn UnitOfWork>, id: AccountId) -> Result<()> {
    tx.commit().await?;
    tx.accounts().get(id).await?; //~ E0382 borrow of moved value: `tx`
    Ok(())
}
