//! Progress messages on standard error, so that standard output has only the results.

use std::io::{Write, stderr};

/// Prints a line.
pub fn say(line: &str) {
    // If standard error is closed, nobody needs it.
    drop(writeln!(stderr(), "bench: {line}"));
}
