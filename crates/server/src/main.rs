//! The binary `cartera`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use cartera_server::{cli::Cli, error::chain, run};
use clap::Parser;
use mimalloc::MiMalloc;

/// glibc's allocator is slow in some threads with the 19 MiB of each password hash, and never returns memory
/// (`docs/adr/0021-an-allocator-that-gives-memory-back.md`).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    keep_pages_small();
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If stderr can't be written, the exit code still says it.
            drop(writeln!(io::stderr(), "cartera: {}", chain(&error)));
            ExitCode::FAILURE
        }
    }
}

/// Disables transparent huge pages. A huge page has 2 MiB and stays in memory as long as any of it is used: with them
/// the program holds twice as much memory (`docs/operations.md`). An embedded PostgreSQL inherits this, but its shared
/// memory uses other pages.
#[cfg(target_os = "linux")]
fn keep_pages_small() {
    // On a kernel without this call huge pages stay on, which only costs memory.
    rustix::thread::disable_transparent_huge_pages(true).ok();
}
