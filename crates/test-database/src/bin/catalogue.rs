//! Writes the catalogue of a freshly migrated database to the file it is given (`make generate`), unless the file holds
//! it already: a newer file of the same content would build every crate anew that includes it.

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
    let text = snapshot::text(&lines);
    if fs::read_to_string(&path).is_ok_and(|current| current == text) {
        return Ok(());
    }
    fs::write(path, text)
}
