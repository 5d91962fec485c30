//! The binary `cartera`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use cartera_server::{cli::Cli, error::chain, run};
use clap::Parser;
use mimalloc::MiMalloc;

/// With the 19 MiB of each password hash, glibc's allocator is slow in some threads, and gives nothing back
/// (`docs/adr/0021-an-allocator-that-gives-memory-back.md`).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The exit code says it as well, where nobody reads.
            drop(writeln!(io::stderr(), "cartera: {}", chain(&error)));
            ExitCode::FAILURE
        }
    }
}
