//! What the benchmark says while it runs: on standard error, so that its results stand alone.

use std::io::{Write, stderr};

/// Says a line.
pub fn say(line: &str) {
    // Whoever does not listen has no use for it.
    drop(writeln!(stderr(), "bench: {line}"));
}
