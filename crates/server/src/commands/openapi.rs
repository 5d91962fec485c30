//! `cartera openapi`: the contract and the other tables that are generated from the code.

use std::{fs, path::Path};

use cartera_api_http::{
    edge::errors_markdown, events::events_markdown, openapi, roles::permissions_markdown,
};

use super::{print, tell};
use crate::error::StartError;

/// Prints the OpenAPI document, or writes it with the tables of errors, permissions and events in `docs/generated`.
///
/// # Errors
/// [`StartError`] when a file can't be written.
pub fn run(write: bool, yaml: bool, root: &Path) -> Result<(), StartError> {
    let document = openapi::document();
    let as_json = || openapi::json(&document).map_err(unprintable);
    let as_yaml = || openapi::yaml(&document).map_err(unprintable);
    if !write {
        return print(&if yaml { as_yaml()? } else { as_json()? });
    }
    let docs = root.join("docs");
    write_file(&docs.join("openapi.json"), &format!("{}\n", as_json()?))?;
    write_file(&docs.join("openapi.yaml"), &as_yaml()?)?;
    write_file(&docs.join("generated/errors.md"), &errors_markdown())?;
    write_file(&docs.join("generated/permissions.md"), &permissions_markdown())?;
    write_file(&docs.join("generated/events.md"), &events_markdown())
}

fn unprintable(error: serde_json::Error) -> StartError {
    StartError::Io { what: "printing the OpenAPI document".to_owned(), cause: error.into() }
}

/// Writes a generated file, leaving one that is current as it is.
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), StartError> {
    let failed = |cause| StartError::Io { what: format!("writing {}", path.display()), cause };
    if fs::read_to_string(path).is_ok_and(|current| current == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)?;
    tell(&format!("wrote {}", path.display()));
    Ok(())
}
