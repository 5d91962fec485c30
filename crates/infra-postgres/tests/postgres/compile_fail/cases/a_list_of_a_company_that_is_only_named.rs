//! A company's id in the place of the grant.

use cartera_application::{lists::ListQuery, records::RecordLists};
use cartera_domain::{accounts::AccountFields, ids::CompanyId, record::Fields};
use cartera_infra_postgres::PgStore;

pub async fn read(store: &PgStore, company: CompanyId, query: &ListQuery) {
    let _ = RecordLists::list(store, &company, AccountFields::TABLE, query).await; //~ E0308 mismatched types
}
