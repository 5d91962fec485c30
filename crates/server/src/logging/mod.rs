//! Logs: JSON on stdout, pretty on a terminal. Whatever becomes of them, they end nothing and hold nobody up.

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

/// What libraries say of their own work is not what an operator wants to read, unless asked for. actix_http
/// calls it an error when a stranger sends something that isn't HTTP, and s3s when a signature is wrong; graphile_worker
/// says with each job what the worker says better, and prints its payload.
const QUIET: &str =
    "graphile_worker=off,sqlx=warn,sea_orm_migration=warn,actix_server=warn,actix_http=off,s3s=off";
/// What is said of lines that could not be written.
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
    // The configuration has checked the directives; the subscriber's lossy reading would print what it can't read.
    let filter = EnvFilter::try_new(format!("{QUIET},{}", logging.filter))
        .unwrap_or_else(|_unreadable| EnvFilter::new("info"));
    // Its own word about a line that can't be written is a print that panics.
    let plain = tracing_subscriber::fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_writer(move || output);
    let started = match logging.format {
        LogFormat::Json => plain.json().flatten_event(true).try_init(),
        LogFormat::Pretty => plain.compact().with_target(false).try_init(),
    };
    // A second start in one process (a test) keeps the first.
    drop(started);
}

/// Shows something that is no log line to whoever reads the log.
pub fn show(text: &str) {
    if let Some(output) = OUTPUT.get() {
        output.line(text.as_bytes());
    }
}

/// A log file at its limit (`ulimit -f`, `LimitFSIZE=`) is one that can't be written, no reason to be killed by a signal.
fn outlive_file_limits() {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
    let _context = runtime.enter();
    // Listening once replaces what the signal does for as long as the process runs.
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

/// The time as the subscriber writes it.
fn now() -> String {
    let mut text = String::new();
    // Without a time the notice is still worth saying.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}
