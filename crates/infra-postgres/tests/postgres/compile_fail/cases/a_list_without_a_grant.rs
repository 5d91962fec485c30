//! Lists and reports take a grant, too.

use cartera_application::{accounts::AccountField, lists::ListQuery, ports::AccountQueries};
use cartera_infra_postgres::PgStore;

pub async fn read(store: &PgStore, query: &ListQuery<AccountField>) {
    let _ = AccountQueries::list(store, query).await; //~ E0061 this function takes 3 arguments but 2 arguments were supplied
}
