//! The store itself is no repository: nothing is read outside of a unit of work.

use cartera_application::ports::Accounts;
use cartera_domain::ids::AccountId;
use cartera_infra_postgres::PgStore;

pub async fn read(store: &PgStore, id: AccountId) {
    let _ = Accounts::get(store, id).await; //~ E0277 the trait bound `PgStore: Accounts` is not satisfied
}
