//! `cartera config`.

use std::path::Path;

use cartera_config::{env_example, markdown};

use super::{configuration, openapi::write_file, print};
use crate::error::StartError;

/// Prints the settings in force, or writes the generated tables of all settings.
///
/// # Errors
/// [`StartError`].
pub fn run(write: bool, root: &Path) -> Result<(), StartError> {
    if write {
        write_file(&root.join("docs/generated/configuration.md"), &markdown())?;
        return write_file(&root.join(".env.example"), &env_example());
    }
    let config = configuration()?;
    for setting in &config.effective {
        print(&format!("{}={}  # {}", setting.name, setting.shown, setting.source))?;
    }
    for warning in &config.warnings {
        print(&format!("# {}: {}", warning.variable, warning.message))?;
    }
    Ok(())
}
