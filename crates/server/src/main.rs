//! The binary `cartera`.

use std::process::ExitCode;

use cartera_server::{cli::Cli, error::chain, run};
use clap::Parser;

#[expect(clippy::print_stderr, reason = "the last word of a failed command is for the terminal")]
fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cartera: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}
