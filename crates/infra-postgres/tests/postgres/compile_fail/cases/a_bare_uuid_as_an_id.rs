//! A UUID that came from anywhere is no id yet: somebody has to say of what.

use cartera_application::ports::UnitOfWork;
use uuid::Uuid;

pub async fn read(tx: &dyn UnitOfWork, id: Uuid) {
    let _ = tx.contacts().get(id).await; //~ E0308 mismatched types
}
