//! The composition root: the binary `cartera`.
//!
//! [`cli`] declares the commands, [`commands`] has one module for each. [`database`] connects to the database
//! (configured, or embedded and started here), [`wiring`] connects ports to adapters, [`serve`] runs the API until it
//! is told to stop, [`worker`] runs the background jobs. No crate below this one knows the environment, the command
//! line or a signal.

pub mod cli;
pub mod commands;
pub mod database;
pub mod demo;
pub mod drain;
pub mod error;
pub mod health;
pub mod logging;
pub mod metric_table;
pub mod operations;
pub mod secrets;
pub mod serve;
pub mod stop;
pub mod wiring;
pub mod worker;

use cli::{Cli, Command};
use error::StartError;

/// Runs one command to completion.
///
/// # Errors
/// [`StartError`] says what went wrong and what to do.
pub fn run(cli: Cli) -> Result<(), StartError> {
    match cli.command {
        Command::Serve { demo, no_worker } => serve::run(demo, !no_worker),
        Command::Worker => commands::worker::run(),
        Command::Migrate => commands::migrate::run(),
        Command::Seed { what } => commands::seed::run(&what),
        Command::Admin { what } => commands::admin::run(what),
        Command::Mail { what } => commands::mail::run(what),
        Command::Openapi { write, yaml, root } => commands::openapi::run(write, yaml, &root),
        Command::Config { write, root } => commands::config::run(write, &root),
        Command::Doctor { fix } => commands::doctor::run(fix),
        Command::Healthcheck { worker } => commands::healthcheck::run(worker),
    }
}
