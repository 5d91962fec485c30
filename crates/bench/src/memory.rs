//! The memory use of processes, with shared pages counted proportionally (PSS).

use std::fs;

use crate::{
    cpu::children,
    error::{BenchError, Result},
};

/// KiB per MiB.
const KIB_A_MIB: f64 = 1024.0;

/// The memory use of processes, in KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// The total.
    pub all: u64,
    /// The part that they allocated: heap and stacks.
    pub anonymous: u64,
    /// The part for pages of files: the programs themselves.
    pub files: u64,
    /// The part for shared memory: PostgreSQL's shared buffers.
    pub shared: u64,
}

/// The memory use of a process.
pub fn of_process(pid: u32) -> Result<Held> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&path).map_err(BenchError::io(format!("reading {path}")))?;
    parse(&text).ok_or_else(|| BenchError::Unexpected(format!("{path} has another form")))
}

/// The memory use of PostgreSQL beyond its shared buffers.
pub fn of_postgres(postmaster: u32) -> Result<Held> {
    let mut sum = Held::default();
    for pid in children(postmaster)?.into_iter().chain([postmaster]) {
        // A backend may have ended since the list was read.
        let Held { all, anonymous, files, shared } = of_process(pid).unwrap_or_default();
        sum.all += all - shared;
        sum.anonymous += anonymous;
        sum.files += files;
    }
    Ok(sum)
}

/// As MiB.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub fn mib(kib: u64) -> f64 {
    kib as f64 / KIB_A_MIB
}

fn parse(text: &str) -> Option<Held> {
    let figure = |name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(Held {
        all: figure("Pss:")?,
        anonymous: figure("Pss_Anon:")?,
        files: figure("Pss_File:")?,
        shared: figure("Pss_Shmem:")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_taken_by_name() {
        let text = "00400000-7fff [rollup]\nRss: 900 kB\nPss:   700 kB\nPss_Anon: 300 kB\n\
            Pss_File: 150 kB\nPss_Shmem:  250 kB\n";
        assert_eq!(parse(text), Some(Held { all: 700, anonymous: 300, files: 150, shared: 250 }));
        assert_eq!(parse("Rss: 900 kB\n"), None);
    }

    #[test]
    fn this_process_holds_some() {
        let held = of_process(std::process::id()).expect("it is there");
        assert!(held.anonymous > 0 && held.all >= held.anonymous, "{held:?}");
    }
}
