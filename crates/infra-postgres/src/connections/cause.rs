//! Why a pool opens no connection. sqlx tries again until the time is up, and then tells only that.

use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _, PgPool};
use tokio::time::timeout;

/// How long the one more try may take. A port that nobody listens on refuses at once.
const PATIENCE: Duration = Duration::from_millis(500);

/// What stands behind an error of a pool, where it can be found out: a pool that holds all its connections has timed
/// out because they are in use.
pub(crate) async fn cause(pool: &PgPool, error: sqlx::Error) -> sqlx::Error {
    let in_use = pool.size() >= pool.options().get_max_connections();
    if in_use || !matches!(error, sqlx::Error::PoolTimedOut) {
        return error;
    }
    match timeout(PATIENCE, pool.connect_options().connect()).await {
        Ok(Err(cause)) => cause,
        Ok(Ok(connection)) => {
            // It was opened to no purpose, and how it ends is nobody's concern.
            drop(connection.close().await);
            error
        }
        Err(_elapsed) => error,
    }
}
