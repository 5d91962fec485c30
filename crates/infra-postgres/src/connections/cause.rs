//! Finds out why a pool can't open a connection. sqlx retries until the timeout and then reports only the timeout.

use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _, PgPool};
use tokio::time::timeout;

/// Timeout of the one extra attempt. A port that nobody listens on refuses at once.
const PATIENCE: Duration = Duration::from_millis(500);

/// Replaces a pool's timeout by its cause, where that can be found out. A pool that has opened all its connections
/// timed out because they are in use.
pub(crate) async fn cause(pool: &PgPool, error: sqlx::Error) -> sqlx::Error {
    let in_use = pool.size() >= pool.options().get_max_connections();
    if in_use || !matches!(error, sqlx::Error::PoolTimedOut) {
        return error;
    }
    match timeout(PATIENCE, pool.connect_options().connect()).await {
        Ok(Err(cause)) => cause,
        Ok(Ok(connection)) => {
            // The connection was only a test, so an error while closing it doesn't matter.
            drop(connection.close().await);
            error
        }
        Err(_elapsed) => error,
    }
}
