//! Measures the processor time of processes in nanoseconds, as the scheduler counts it.

use std::{collections::BTreeMap, fs};

use crate::error::{BenchError, Result};

/// A tick of `/proc/<pid>/stat` in nanoseconds: the same on every Linux that Rust supports.
const TICK: u64 = 10_000_000;

/// Processor time of a server and of a PostgreSQL cluster.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    /// The server.
    pub server: u32,
    /// PostgreSQL's first process. Its children are included, even those that ended.
    pub postmaster: u32,
}

/// A reading of the meter, in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    server: BTreeMap<u32, u64>,
    backends: BTreeMap<u32, u64>,
    /// The lifetime total of PostgreSQL's processes that ended.
    ended: u64,
}

/// Processor time between two readings, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// By the server.
    pub server: u64,
    /// By PostgreSQL.
    pub postgres: u64,
}

impl Used {
    /// Of both.
    pub fn total(self) -> u64 {
        self.server + self.postgres
    }
}

impl Meter {
    /// Reads the meter.
    pub fn read(self) -> Result<Reading> {
        let mut backends = tasks(self.postmaster)?;
        for child in children(self.postmaster)? {
            // A process that has ended since the list was read is included in `ended`.
            backends.extend(tasks(child).unwrap_or_default());
        }
        Ok(Reading { server: tasks(self.server)?, backends, ended: of_ended_children(self.postmaster)? })
    }
}

impl Reading {
    /// The time used since an earlier reading.
    pub fn since(&self, earlier: &Self) -> Used {
        let grown = |now: &BTreeMap<u32, u64>, before: &BTreeMap<u32, u64>| -> u64 {
            now.iter().map(|(task, used)| used.saturating_sub(before.get(task).copied().unwrap_or(0))).sum()
        };
        // A process that ended in between is counted with its whole life, so the time it had used by the earlier
        // reading is subtracted.
        let gone: u64 = earlier
            .backends
            .iter()
            .filter(|(task, _)| !self.backends.contains_key(task))
            .map(|(_, used)| *used)
            .sum();
        let ended = (self.ended - earlier.ended).saturating_sub(gone);
        Used {
            server: grown(&self.server, &earlier.server),
            postgres: grown(&self.backends, &earlier.backends) + ended,
        }
    }
}

/// The processor time of every thread of a process.
pub fn tasks(pid: u32) -> Result<BTreeMap<u32, u64>> {
    let folder = format!("/proc/{pid}/task");
    let entries = fs::read_dir(&folder).map_err(BenchError::io(format!("reading {folder}")))?;
    let mut used = BTreeMap::new();
    for task in entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        // The file of a thread that has just ended is gone.
        let text = fs::read_to_string(format!("{folder}/{task}/schedstat")).unwrap_or_default();
        if let Some(time) = on_processor(&text) {
            used.insert(task, time);
        }
    }
    Ok(used)
}

/// The children of a process, which has one thread.
pub fn children(pid: u32) -> Result<Vec<u32>> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let text = fs::read_to_string(&path).map_err(BenchError::io(format!("reading {path}")))?;
    Ok(text.split_whitespace().filter_map(|child| child.parse().ok()).collect())
}

fn of_ended_children(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).map_err(BenchError::io(format!("reading {path}")))?;
    ticks_of_children(&text)
        .map(|ticks| ticks * TICK)
        .ok_or_else(|| BenchError::Unexpected(format!("{path} has another form")))
}

/// `/proc/<pid>/task/<tid>/schedstat`: time on a processor, time in the queue, turns.
fn on_processor(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().next()?.parse().ok()
}

/// `cutime` and `cstime` of `/proc/<pid>/stat`, the 16th and 17th field. The second field is a name with arbitrary
/// characters.
fn ticks_of_children(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(13);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(server: &[(u32, u64)], backends: &[(u32, u64)], ended: u64) -> Reading {
        let map = |pairs: &[(u32, u64)]| pairs.iter().copied().collect();
        Reading { server: map(server), backends: map(backends), ended }
    }

    #[test]
    fn figures_are_taken_from_their_fields() {
        assert_eq!(on_processor("91215 1917144 2\n"), Some(91_215));
        assert_eq!(on_processor(""), None);
        let stat = "12 (post) gres) S 1 12 12 0 -1 4194560 3 4 5 6 70 80 90 100 20 0 1 0 11 22 33";
        assert_eq!(ticks_of_children(stat), Some(190));
        assert_eq!(ticks_of_children("12 (x) S 1"), None);
    }

    #[test]
    fn what_is_used_is_the_growth_of_each_task_and_all_of_new_ones() {
        let before = reading(&[(1, 100)], &[(10, 1000), (11, 500)], 0);
        let after = reading(&[(1, 150), (2, 5)], &[(10, 1300), (11, 500), (12, 40)], 0);
        assert_eq!(after.since(&before), Used { server: 55, postgres: 340 });
        assert_eq!(after.since(&before).total(), 395);
    }

    #[test]
    fn a_backend_that_ended_is_counted_for_what_it_used_since() {
        let before = reading(&[], &[(10, 30 * TICK)], 7 * TICK);
        let after = reading(&[], &[], 42 * TICK);
        assert_eq!(after.since(&before), Used { server: 0, postgres: 5 * TICK });
    }

    #[test]
    fn this_process_has_used_some() {
        let tasks = tasks(std::process::id()).expect("it is there");
        assert!(tasks.values().sum::<u64>() > 0, "{tasks:?}");
    }
}
