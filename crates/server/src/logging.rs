//! Logs: JSON on stdout, pretty on a terminal.

use cartera_config::{LogFormat, Logging};
use tracing_subscriber::{EnvFilter, fmt};

/// What libraries say of their own work is not what an operator wants to read, unless asked for. actix_http
/// calls it an error when a stranger sends something that isn't HTTP, and s3s when a signature is wrong; graphile_worker
/// says with each job what the worker says better, and prints its payload.
const QUIET: &str =
    "graphile_worker=off,sqlx=warn,sea_orm_migration=warn,actix_server=warn,actix_http=off,s3s=off";

/// Starts logging, once per process. Commands that print results log to stderr instead.
pub fn start(logging: &Logging, to_stderr: bool) {
    let filter = EnvFilter::new(format!("{QUIET},{}", logging.filter));
    let started = match (logging.format, to_stderr) {
        (LogFormat::Json, false) => fmt().json().flatten_event(true).with_env_filter(filter).try_init(),
        (LogFormat::Json, true) => {
            fmt().json().flatten_event(true).with_writer(std::io::stderr).with_env_filter(filter).try_init()
        }
        (LogFormat::Pretty, false) => fmt().compact().with_target(false).with_env_filter(filter).try_init(),
        (LogFormat::Pretty, true) => {
            fmt().compact().with_target(false).with_writer(std::io::stderr).with_env_filter(filter).try_init()
        }
    };
    // A second start in one process (a test) keeps the first.
    drop(started);
}
