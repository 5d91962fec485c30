//! The pool is not handed out: what it opens sees no company.

use cartera_infra_postgres::PgStore;

pub fn pool(store: &PgStore) {
    let _ = store.connections(); //~ E0624 method `connections` is private
}
