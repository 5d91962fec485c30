//! Renders the document as text in a deterministic order, because it is committed and compared.
//!
//! utoipa keeps extensions in a hash map, so its own rendering changes from run to run.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use utoipa::openapi::OpenApi;

/// As JSON, names sorted.
///
/// # Errors
/// The document can't be rendered.
pub fn json(document: &OpenApi) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(&sorted(serde_json::to_value(document)?))?;
    text.push('\n');
    Ok(text)
}

/// As YAML, names sorted.
///
/// # Errors
/// The document can't be rendered.
pub fn yaml(document: &OpenApi) -> serde_json::Result<String> {
    let mut text = String::new();
    write_yaml(&mut text, &sorted(serde_json::to_value(document)?), 0)?;
    Ok(text)
}

/// Sorts all names, whether or not `serde_json` was built with `preserve_order`.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(Map::from_iter(fields))
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        plain => plain,
    }
}

/// Writes block style, with every string in JSON syntax, which is also valid as a double-quoted YAML string.
fn write_yaml(text: &mut String, value: &Value, depth: usize) -> serde_json::Result<()> {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = serde_json::to_string(name)?;
                write_entry(text, &format!("{indent}{name}:"), value, depth)?;
            }
        }
        Value::Array(items) => {
            for item in items {
                write_entry(text, &format!("{indent}-"), item, depth)?;
            }
        }
        plain => {
            // Writing to a `String` can't fail.
            let _ = writeln!(text, "{indent}{plain}");
        }
    }
    Ok(())
}

fn write_entry(text: &mut String, head: &str, value: &Value, depth: usize) -> serde_json::Result<()> {
    let nested = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    // Writing to a `String` can't fail.
    if nested {
        let _ = writeln!(text, "{head}");
        write_yaml(text, value, depth + 1)
    } else {
        let _ = writeln!(text, "{head} {value}");
        Ok(())
    }
}
