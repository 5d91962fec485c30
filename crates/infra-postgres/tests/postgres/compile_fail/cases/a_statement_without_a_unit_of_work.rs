//! The store runs no statement.

use cartera_infra_postgres::PgStore;

pub async fn run(store: &PgStore) {
    let _ = sqlx::query("select * from accounts").execute(store).await; //~ E0277 the trait bound `&PgStore: Executor
}
