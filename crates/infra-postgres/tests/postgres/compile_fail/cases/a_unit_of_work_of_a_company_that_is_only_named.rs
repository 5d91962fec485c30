//! A company's id is no proof of anything: only a grant opens a unit of work.

use cartera_application::ports::Store;
use cartera_domain::ids::CompanyId;
use cartera_infra_postgres::PgStore;

pub async fn open(store: &PgStore, company: CompanyId) {
    let _ = store.begin(&company).await; //~ E0308 mismatched types
}
