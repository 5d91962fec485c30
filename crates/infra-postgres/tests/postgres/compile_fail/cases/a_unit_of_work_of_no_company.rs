//! There is no unit of work without a company.

use cartera_application::ports::Store;
use cartera_infra_postgres::PgStore;

pub async fn open(store: &PgStore) {
    let _ = store.begin().await; //~ E0061 this method takes 1 argument but 0 arguments were supplied
}
