//! Deserializes bytes into a wire type, with a JSON pointer to the first error.

use cartera_domain::input::Rule;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::{Problem, problem::escape, strict::Strict};

/// Parses a JSON object.
///
/// # Errors
/// `validation_failed`, with a pointer to the first value that can't be parsed.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let malformed = |expected| Problem::invalid("", Rule::Malformed { expected });
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::invalid("", Rule::Required));
    }
    let text = std::str::from_utf8(bytes).map_err(|_invalid| malformed("UTF-8"))?;
    // A byte order mark, which some clients send, may be ignored (RFC 8259, section 8.1).
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    // Checked here, because serde would report a type error at the root.
    if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        return Err(malformed("a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(Strict(&mut deserializer)).map_err(|error| {
        let path = error.path().clone();
        explain(&path, &error.into_inner())
    })?;
    deserializer.end().map_err(|_trailing| malformed("one JSON object and nothing after it"))?;
    Ok(value)
}

/// Converts a serde error into a violation. Serde errors are text, so the first words decide; an unknown text still
/// gives an error with the pointer.
fn explain(path: &Path, error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    if message.starts_with("number out of range") {
        // Well-formed: JSON does not limit numbers.
        return Problem::invalid(
            pointer(path),
            Rule::Malformed { expected: "within range: the number is too large" },
        );
    }
    if error.classify() != Category::Data {
        let deep = message.starts_with("recursion limit");
        let expected = if deep { "JSON of less depth" } else { "well-formed JSON" };
        return Problem::invalid("", Rule::Malformed { expected });
    }
    let pointer = pointer(path);
    if let Some((given, known)) = unknown("field", &message) {
        return Problem::invalid(beneath(&pointer, given), Rule::unknown(given, known));
    }
    if let Some((given, allowed)) = unknown("variant", &message) {
        return Problem::invalid(pointer, Rule::not_allowed(given, allowed));
    }
    let quoted = message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("missing field") {
        return Problem::invalid(beneath(&pointer, quoted), Rule::Required);
    }
    if message.starts_with("duplicate field") {
        return Problem::invalid(beneath(&pointer, quoted), Rule::Malformed { expected: "given only once" });
    }
    let expected = message.split("expected ").last().unwrap_or_default();
    Problem::invalid(pointer, Rule::Malformed { expected: in_words(expected) })
}

/// What is unknown according to a message of serde, and what is known. What was given may quote anything itself.
fn unknown<'a>(what: &str, message: &'a str) -> Option<(&'a str, impl Iterator<Item = &'a str> + use<'a>)> {
    let rest = message.strip_prefix(&format!("unknown {what} `"))?;
    let (given, known) = rest.rsplit_once("`, expected ").or_else(|| rest.rsplit_once("`, there are no "))?;
    Some((given, known.split('`').skip(1).step_by(2)))
}

/// The pointer to a field, whether or not serde's path already ends with it.
fn beneath(parent: &str, field: &str) -> String {
    let segment = format!("/{}", escape(field));
    if parent.ends_with(&segment) { parent.to_owned() } else { format!("{parent}{segment}") }
}

fn pointer(path: &Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escape(key)),
            Segment::Enum { variant } => format!("/{}", escape(variant)),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// The type that serde expected, in readable words.
fn in_words(expected: &str) -> &'static str {
    match expected.split([' ', ',']).next().unwrap_or_default() {
        "a" | "string" | "str" if expected.starts_with("a string") || expected.starts_with("str") => "text",
        "a" | "boolean" if expected.contains("bool") => "true or false",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number in range",
        "f32" | "f64" => "a number",
        "a" if expected.starts_with("a sequence") => "a list",
        "a" if expected.starts_with("a map") => "an object",
        "struct" => "an object",
        _ => "a value of the documented type",
    }
}
