//! `cartera-bench`: what requests cost, and how that grows with a company.
//!
//! `make bench` loads 22 companies into a PostgreSQL cluster of its own below `target/bench`, drives a release build of
//! `cartera serve` over loopback HTTP and writes `docs/benchmarks.md`.
//! - `load`: creates the data by the API and SQL; it is kept as a template.
//! - `requests`: the table of requests.
//! - `measure`: blocks of requests; `cases`: all of them in rounds; `cpu`: the meter; `figures`: medians and ratios.
//! - `floor`: the statements of a request, captured and replayed by pgbench.
//! - `neighbours`, `memory`: how one company's load affects another; memory use.
//! - `run` and `report`, `compare`: the commands.
//!
//! Linux only: the meter reads `/proc`.

mod cases;
mod cluster;
mod compare;
mod cpu;
mod error;
mod figures;
mod floor;
mod http;
mod load;
mod machine;
mod measure;
mod memory;
mod neighbours;
mod progress;
mod report;
mod requests;
mod run;
mod server;
mod site;
mod superuser;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use compare::Base;
use run::Options;

/// What requests cost, and how that grows with a company.
#[derive(Debug, Parser)]
#[command(name = "cartera-bench")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure one build.
    Run(Options),
    /// Measure two builds side by side.
    Compare(Base),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Compare(base) => compare::compare(&base),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress::say(&error.chain());
            ExitCode::FAILURE
        }
    }
}
