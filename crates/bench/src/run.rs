//! `cartera-bench run`: one build, everything, the report.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use clap::Args;

use crate::{
    cases::{Commits, Measured, chosen},
    error::{BenchError, Result},
    floor::{Replay, capture},
    http::{Caller, Request},
    load::Template,
    machine::Machine,
    measure::Subjects,
    memory::{self, Held},
    neighbours,
    progress::say,
    report::{self, Memory, Report},
    requests::Subject,
    site::{Build, Site},
};

/// How long the server with its worker is under load before its memory is measured, and the number of callers.
const BUSY: Duration = Duration::from_secs(5);
const CALLERS: usize = 8;

/// What to measure, and where.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The program under measurement: a release build of `cartera`.
    #[arg(long)]
    pub program: PathBuf,
    /// The folder of that build's migrations, by which the data is kept.
    #[arg(long, default_value = "migrations/src")]
    pub migrations: PathBuf,
    /// Where data is kept.
    #[arg(long, default_value = "target/bench")]
    pub folder: PathBuf,
    /// Only what has one of these words in its name or family; `neighbours` and `memory` are words, too.
    #[arg(long)]
    pub only: Option<String>,
    /// How often everything is measured.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// What the build is made from, for the report.
    #[arg(long, default_value = "unknown")]
    pub revision: String,
    /// Where the report is written; without it, it is printed.
    #[arg(long)]
    pub report: Option<PathBuf>,
}

/// Measures one build, and reports what it found.
pub fn run(options: &Options) -> Result<()> {
    let only = options.only.as_deref().filter(|only| !only.is_empty());
    let template = Template::of(&options.folder, &options.migrations, &options.program)?;
    let build = Build::new("this build", &options.program);
    let mut measured = chosen(only);
    let cases: Vec<_> = measured.iter().map(|measured| measured.case).collect();
    let captured = if cases.is_empty() {
        Vec::new()
    } else {
        capture(&build, &template, &options.folder.join("capture"), &cases)?
    };
    for (measured, captured) in measured.iter_mut().zip(captured) {
        measured.captured = captured;
    }
    let folder = options.folder.join("run");
    let mut site = Site::open(&build, &template, &folder)?;
    let machine = Machine::read(&site.cluster)?;
    let fresh = memory::of_process(site.server.pid())?;
    let commits = if measured.is_empty() {
        Commits::default()
    } else {
        rounds(&mut site, &mut measured, options.rounds, &folder)?
    };
    let neighbours = if is_part(only, "neighbours") { Some(neighbours::watch(&mut site)?) } else { None };
    let memory = if is_part(only, "memory") { Some(held(&mut site, &build, fresh)?) } else { None };
    site.close()?;
    let report = Report {
        revision: &options.revision,
        rounds: options.rounds,
        machine: &machine,
        measured: &measured,
        commit: commits.micros(),
        neighbours: neighbours.as_ref(),
        memory: memory.as_ref(),
    };
    publish(&report, options.report.as_deref())
}

/// Whether a part that is not a request is selected: with everything, or by its name.
fn is_part(only: Option<&str>, name: &str) -> bool {
    only.is_none_or(|only| only.split(',').any(|word| word.trim() == name))
}

fn publish(report: &Report<'_>, file: Option<&Path>) -> Result<()> {
    let text = report::text(report);
    match file {
        Some(file) => {
            fs::write(file, &text).map_err(BenchError::io(format!("writing {}", file.display())))?;
            say(&format!("wrote {}", file.display()));
            Ok(())
        }
        None => std::io::stdout().write_all(text.as_bytes()).map_err(BenchError::io("printing the report")),
    }
}

/// All cases in turn, round after round.
fn rounds(site: &mut Site, measured: &mut [Measured], rounds: u32, folder: &Path) -> Result<Commits> {
    let replay = Replay::new(&site.cluster, folder);
    let writes = measured.iter().any(|measured| measured.case.family == crate::requests::Family::Write);
    let mut commits = Commits::default();
    for round in 1..=rounds {
        say(&format!("round {round} of {rounds}"));
        // Tokens are valid for 15 minutes only.
        let subjects = Subjects::gather(site)?;
        let (mut caller, meter) = (site.caller(), site.meter());
        for one in measured.iter_mut() {
            one.round(&subjects, &mut caller, meter, &replay);
        }
        if writes {
            commits.round(&site.companies.large.id, &replay)?;
        }
    }
    Ok(commits)
}

/// Measures the memory of a server with its worker after some load, and of its PostgreSQL.
fn held(site: &mut Site, build: &Build, fresh: Held) -> Result<Memory> {
    say("memory");
    let without_worker = memory::of_process(site.server.pid())?;
    site.restart_as(Build { arguments: &[], ..build.clone() })?;
    let company = site.companies.large.clone();
    let subject = site.subject(&company)?;
    keep_busy(site, &subject)?;
    let program = fs::metadata(&build.program).map_err(BenchError::io("looking at the program"))?;
    Ok(Memory {
        fresh,
        without_worker,
        with_worker: memory::of_process(site.server.pid())?,
        postgres: memory::of_postgres(site.cluster.postmaster())?,
        file: program.len() / 1024,
    })
}

fn keep_busy(site: &Site, subject: &Subject) -> Result<()> {
    let paths = [
        "/opportunities/{opportunity}",
        "/opportunities?accountId={account}",
        "/reports/pipeline",
        "/contacts",
    ];
    let requests: Vec<_> = paths
        .into_iter()
        .map(|path| Ok(Request::new("GET", &subject.fill(path)?, Some(&subject.token), None)))
        .collect::<Result<_>>()?;
    let address = site.server.address;
    let end = Instant::now() + BUSY;
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                let mut caller = Caller::new(address);
                for request in requests.iter().cycle().take_while(|_| Instant::now() < end) {
                    // Only the load matters here, not the answers.
                    drop(caller.send(request));
                }
            });
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_chosen_by_their_whole_name() {
        assert!(is_part(None, "memory"));
        assert!(is_part(Some("home, memory"), "memory"));
        assert!(!is_part(Some("home"), "memory"));
    }
}
