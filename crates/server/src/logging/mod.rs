//! Logs: JSON on stdout, pretty on a terminal. A failing log neither ends the program nor blocks it.

mod output;

use std::sync::OnceLock;

use cartera_config::{LogFormat, Logging};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        format::Writer,
        time::{FormatTime, SystemTime},
    },
};

pub use output::lost_lines;
use output::{Output, Standard};

/// Levels for libraries whose logs an operator doesn't want, unless asked for. actix_http logs an error when a client
/// sends something that isn't HTTP, and s3s when a signature is wrong. graphile_worker repeats for each job what the
/// worker logs better, and prints its payload.
const QUIET: &str =
    "graphile_worker=off,sqlx=warn,sea_orm_migration=warn,actix_server=warn,actix_http=off,s3s=off";
/// A library that logs the values of statements, password hashes among them: nobody can ask for that.
const SILENT: &str = "tokio_postgres";
/// The notice about lines that could not be written.
const LOST: &str = "log lines could not be written";

/// Where the log of this process goes.
static OUTPUT: OnceLock<Output<Standard>> = OnceLock::new();

/// Starts logging, once per process. Commands that print results log to stderr instead.
pub fn start(logging: &Logging, to_stderr: bool) {
    let device = if to_stderr { Standard::Error } else { Standard::Output };
    let notice = match logging.format {
        LogFormat::Json => notice_as_json,
        LogFormat::Pretty => notice_for_people,
    };
    let output = OUTPUT.get_or_init(|| Output::new(device, notice));
    outlive_file_limits();
    // Its own error output is off: it reports a failed write by a print that panics.
    let plain = tracing_subscriber::fmt()
        .log_internal_errors(false)
        .with_env_filter(filter(&logging.filter))
        .with_writer(move || output);
    let started = match logging.format {
        LogFormat::Json => plain.json().flatten_event(true).try_init(),
        LogFormat::Pretty => plain.compact().with_target(false).try_init(),
    };
    // A second start in one process (a test) keeps the first.
    drop(started);
}

/// What is logged: what these directives ask for, but for what is quiet unless named and what is never told.
fn filter(asked: &str) -> EnvFilter {
    let asked = asked.split(',').filter(|directive| !directive.trim_start().starts_with(SILENT));
    let directives = format!("{QUIET},{},{SILENT}=off", asked.collect::<Vec<_>>().join(","));
    // The configuration has checked the directives; the subscriber's lossy parser would print what it can't parse.
    EnvFilter::try_new(directives).unwrap_or_else(|_unreadable| EnvFilter::new(format!("info,{SILENT}=off")))
}

/// Prints text that is not a log line to the log's output.
pub fn show(text: &str) {
    if let Some(output) = OUTPUT.get() {
        output.line(text.as_bytes());
    }
}

/// Makes a log file at its size limit (`ulimit -f`, `LimitFSIZE=`) a write error; otherwise a signal would kill the
/// process.
fn outlive_file_limits() {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
    let _context = runtime.enter();
    // One call to `signal` replaces the signal's default action for the life of the process.
    drop(signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())));
}

fn notice_as_json(lost: u64) -> String {
    let line =
        json!({ "timestamp": now(), "level": "WARN", "message": LOST, "lines": lost, "target": "cartera" });
    line.to_string()
}

fn notice_for_people(lost: u64) -> String {
    format!("{}  WARN {LOST} lines={lost}", now())
}

/// The time in the subscriber's format.
fn now() -> String {
    let mut text = String::new();
    // The notice is worth writing even without a time.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn the_values_of_statements_are_logged_for_nobody() {
        for asked in ["trace", "tokio_postgres=debug", "info, tokio_postgres::query=trace", "sqlx=warn,debug"]
        {
            let told = filter(asked).to_string();
            let about: Vec<_> =
                told.split(',').filter(|directive| directive.contains("tokio_postgres")).collect();
            assert_eq!(about, ["tokio_postgres=off"], "{asked}: {told}");
        }
    }

    #[test]
    fn what_is_asked_for_is_logged() {
        let told = filter("warn,sqlx=debug").to_string();
        assert!(told.contains("sqlx=debug") && told.contains("s3s=off") && told.ends_with("warn"), "{told}");
    }
}
