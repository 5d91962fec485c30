//! A contact's id finds no account.

use cartera_application::ports::UnitOfWork;
use cartera_domain::ids::ContactId;

pub async fn read(tx: &dyn UnitOfWork, id: ContactId) {
    let _ = tx.accounts().get(id).await; //~ E0308 mismatched types
}
