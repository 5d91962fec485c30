//! The store itself is no repository: nothing is read outside of a unit of work.

use cartera_application::records::Rows;
use cartera_domain::{accounts::AccountFields, ids::AccountId, record::Fields};
use cartera_infra_postgres::PgStore;

pub async fn read(store: &PgStore, id: AccountId) {
    let _ = Rows::find(store, AccountFields::TABLE, id.uuid()).await; //~ E0277 the trait bound `PgStore: Rows` is not satisfied
}
