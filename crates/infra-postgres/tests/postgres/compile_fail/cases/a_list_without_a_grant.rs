//! Lists and reports take a grant, too.

use cartera_application::{lists::ListQuery, records::RecordLists};
use cartera_domain::{accounts::AccountFields, record::Fields};
use cartera_infra_postgres::PgStore;

pub async fn read(store: &PgStore, query: &ListQuery) {
    let _ = RecordLists::list(store, AccountFields::TABLE, query).await; //~ E0061 this function takes 4 arguments but 3 arguments were supplied
}
