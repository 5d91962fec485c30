//! A company's id in the place of the grant.

use cartera_application::{accounts::AccountField, lists::ListQuery, ports::AccountQueries};
use cartera_domain::ids::CompanyId;
use cartera_infra_postgres::PgStore;

pub async fn read(store: &PgStore, company: CompanyId, query: &ListQuery<AccountField>) {
    let _ = AccountQueries::list(store, &company, query).await; //~ E0308 mismatched types
}
