//! `cartera migrate`.

use super::{configuration, runtime, tell};
use crate::{
    database::{DatabaseAccess, WhenInUse},
    error::StartError,
};

/// Applies pending migrations.
///
/// # Errors
/// [`StartError`].
pub fn run() -> Result<(), StartError> {
    let access = DatabaseAccess::open(&configuration()?, WhenInUse::Attach)?;
    let applied = runtime()?.block_on(access.migrate())?;
    access.close()?;
    match applied {
        0 => tell("The database is up to date."),
        count => tell(&format!("{count} migration(s) applied: the database is up to date.")),
    }
    Ok(())
}
