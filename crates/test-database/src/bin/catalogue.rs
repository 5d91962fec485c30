//! Writes the catalogue of a freshly migrated database to the file it is given (`make generate`).

use std::{env, fs, io};

use cartera_migrations::catalogue::snapshot;
use cartera_test_database::TestDatabase;
use sqlx::Connection;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let path = env::args().nth(1).ok_or_else(|| io::Error::other("say where to write it"))?;
    let database = TestDatabase::create().await;
    let mut connection = database.behind_the_walls().await;
    let lines = snapshot::read(&mut connection).await.map_err(io::Error::other)?;
    connection.close().await.map_err(io::Error::other)?;
    fs::write(path, snapshot::text(&lines))
}
