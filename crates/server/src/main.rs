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
    #[cfg(target_os = "linux")]
    keep_pages_small();
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The exit code says it as well, where nobody reads.
            drop(writeln!(io::stderr(), "cartera: {}", chain(&error)));
            ExitCode::FAILURE
        }
    }
}

/// A huge page has 2 MiB, and is held as long as any of it is used: with them the program holds twice as much
/// (`docs/operations.md`). An embedded PostgreSQL inherits this, and shares its memory by other pages.
#[cfg(target_os = "linux")]
fn keep_pages_small() {
    // A kernel that does not know it keeps them, which costs memory and nothing else.
    rustix::thread::disable_transparent_huge_pages(true).ok();
}
