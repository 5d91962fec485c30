//! `cartera seed`.

use super::{Workbench, configuration, runtime, tell};
use crate::{cli::Seed, demo, error::StartError};

/// Fills the embedded database with demo data.
///
/// # Errors
/// [`StartError::DemoRefused`] outside the embedded stack.
pub fn run(what: &Seed) -> Result<(), StartError> {
    let Seed::Demo = what;
    let config = configuration()?;
    if !config.database.is_embedded() {
        return Err(StartError::DemoRefused);
    }
    let runtime = runtime()?;
    let bench = Workbench::open(config, &runtime)?;
    let seeded = runtime.block_on(demo::seed(&bench.config, &bench.access, &bench.store));
    bench.close(&runtime)?;
    seeded?;
    tell(&demo::sign_ins());
    Ok(())
}
