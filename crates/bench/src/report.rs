//! `docs/benchmarks.md`.

use std::fmt::Write as _;

use crate::{
    cases::Measured,
    figures::number,
    machine::Machine,
    memory::{Held, mib},
    neighbours::{Neighbours, Observed},
    requests::{Family, Place},
};

/// How much more anything may cost in a company thirty times as large.
const GROWTH: f64 = 1.5;
/// How much longer a neighbour's requests may take, at the 95th percentile.
const NEIGHBOUR: f64 = 2.0;
/// The memory limits of the program, and of PostgreSQL beyond its shared buffers, in MiB.
const PROGRAM: f64 = 50.0;
const POSTGRES: f64 = 200.0;

/// The memory use of the program and of PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// The program without its worker, before its first request.
    pub fresh: Held,
    /// The same after all rounds.
    pub without_worker: Held,
    /// The program with its worker, after some load.
    pub with_worker: Held,
    /// PostgreSQL beyond its shared buffers.
    pub postgres: Held,
    /// The size of the program's file, in KiB.
    pub file: u64,
}

/// All results.
pub struct Report<'a> {
    /// The revision of the build.
    pub revision: &'a str,
    /// How often everything was measured.
    pub rounds: u32,
    /// The machine.
    pub machine: &'a Machine,
    /// Each case.
    pub measured: &'a [Measured],
    /// The cost of committing, in microseconds.
    pub commit: f64,
    /// The effect on a neighbour, if measured.
    pub neighbours: Option<&'a Neighbours>,
    /// The memory use, if measured.
    pub memory: Option<&'a Memory>,
}

/// The limits of a family: how many times its floor a request may cost, and whether its growth is limited.
const fn bars(family: Family) -> (f64, bool) {
    match family {
        Family::List | Family::Board | Family::Search => (2.5, true),
        // 45 % of the floor, and 55 % for writes.
        Family::Report => (2.2, true),
        Family::Get => (2.2, false),
        Family::Write => (1.8, false),
    }
}

/// Whether a limit is met, in a word.
fn verdict(value: Option<f64>, bar: f64) -> &'static str {
    match value {
        None => "not measured",
        // As it is printed, with two digits.
        Some(value) if (value * 100.0).round() <= bar * 100.0 => "met",
        Some(_) => "**not met**",
    }
}

/// The report in Markdown.
pub fn text(report: &Report<'_>) -> String {
    let mut text = String::new();
    // Writing into a string can't fail.
    let _ = write(&mut text, report);
    text
}

fn write(text: &mut String, report: &Report<'_>) -> std::fmt::Result {
    let Report { revision, rounds, machine, measured, commit, neighbours, memory } = report;
    let Machine { cores, processor, postgres, settings, load } = machine;
    write!(
        text,
        "# Benchmarks\n\n<!-- Written by `make bench`. Don't edit. -->\n\n\
         Build {revision}, {rounds} rounds, on {cores} × {processor}, shared with PostgreSQL {postgres} and the caller; load \
         average at the start {load}. Ratios are what counts: the same machine is now quick and now slow.\n\n\
         **Method.** One company of 300,000 opportunities (*large*), one of 10,000, twenty of 4,000, and one of 20,000 in which \
         all accounts have the same wins. Its own cluster on disk: fsync on, {settings}. `cartera serve --no-worker`, one \
         caller over a kept connection, rate limits off. Blocks of 0.2 s (at least 2 requests), all of them in turn, round \
         after round; medians of rounds, ratios round by round.\n\
         - **CPU**: µs a request of the server and of all processes of PostgreSQL, by the scheduler's count in `/proc`.\n\
         - **Growth**: CPU in the large company ÷ CPU in the one of 10,000.\n\
         - **Floor**: the server's own statements (PostgreSQL's log of one request, with its values), replayed as the API's \
         role by `pgbench -M prepared` in one pipeline; CPU of pgbench and PostgreSQL, + 10 µs (lists, boards, searches + 20). \
         A write is rolled back in the replay, and a commit ({commit:.0} µs) added. **× floor**: CPU ÷ floor.\n\
         - **Statements** and **trips**: by the same log, and by a forwarder that counts how often the server waits for the \
         database; `begin` and `commit` are trips, too.\n\n"
    )?;
    if !measured.is_empty() {
        summary(text, measured, *commit)?;
        table(text, measured, *commit)?;
    }
    if let Some(neighbours) = neighbours {
        write_neighbours(text, neighbours)?;
    }
    if let Some(memory) = memory {
        write_memory(text, memory)?;
    }
    Ok(())
}

fn summary(text: &mut String, measured: &[Measured], commit: f64) -> std::fmt::Result {
    writeln!(text, "| bar | met |\n| --- | --- |")?;
    let families = [Family::List, Family::Board, Family::Search, Family::Report, Family::Get, Family::Write];
    for family in families {
        let of: Vec<_> = measured.iter().filter(|measured| measured.case.family == family).collect();
        if of.is_empty() {
            continue;
        }
        let (floor, grows) = bars(family);
        let count = |bar: f64, value: &dyn Fn(&Measured) -> Option<f64>| {
            of.iter().filter(|measured| verdict(value(measured), bar) == "met").count()
        };
        let all = of.len();
        if grows {
            let met = count(GROWTH, &Measured::growth);
            writeln!(text, "| {}: growth ≤ {GROWTH} × | {met} of {all} |", family.word())?;
        }
        let met = count(floor, &|measured| measured.times_floor(commit));
        writeln!(text, "| {}: ≤ {floor} × floor | {met} of {all} |", family.word())?;
    }
    writeln!(text)
}

fn table(text: &mut String, measured: &[Measured], commit: f64) -> std::fmt::Result {
    writeln!(
        text,
        "| request | CPU | of it server | at 10,000 | growth | floor | × floor | statements | trips | p50 ms | p95 ms | bars |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )?;
    for one in measured {
        let Measured { case, main, middling, captured, floor } = one;
        let (bar, grows) = bars(case.family);
        let mut missed = Vec::new();
        if grows && verdict(one.growth(), GROWTH) != "met" {
            missed.push("growth");
        }
        if verdict(one.times_floor(commit), bar) != "met" {
            missed.push("floor");
        }
        let failure = main.series.failure.as_ref().or(middling.series.failure.as_ref());
        let bars = match (failure, &floor.failure) {
            (Some(failure), _) => format!("failed: {}", short(failure)),
            (None, Some(failure)) => format!("no floor: {}", short(failure)),
            (None, None) if missed.is_empty() => "met".to_owned(),
            (None, None) => format!("**not met**: {}", missed.join(", ")),
        };
        let place = if case.place == Place::Tied { " (of 20,000)" } else { "" };
        writeln!(
            text,
            "| {}: {}{place} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {bars} |",
            case.family.word(),
            case.name,
            number(main.series.cpu(), 0),
            number(main.series.server_cpu(), 0),
            number(middling.series.cpu(), 0),
            number(one.growth(), 2),
            number(one.floor(commit), 0),
            number(one.times_floor(commit), 2),
            captured.as_ref().map_or_else(|| "–".to_owned(), |captured| captured.statements.to_string()),
            captured.as_ref().map_or_else(|| "–".to_owned(), |captured| captured.trips.to_string()),
            number(main.series.time(50), 2),
            number(main.series.time(95), 2),
        )?;
    }
    writeln!(text)
}

fn write_neighbours(text: &mut String, neighbours: &Neighbours) -> std::fmt::Result {
    let Neighbours { quiet, held, flooded } = neighbours;
    writeln!(
        text,
        "**Neighbours**: one opportunity by id, asked for a hundred times a second in a company of 4,000 while something \
         befalls the large one; how long it took counts from when it was due.\n\n| situation | requests | not answered 200 | p95 ms | × quiet | bar ≤ {NEIGHBOUR} |\n\
         | --- | --- | --- | --- | --- | --- |"
    )?;
    for (situation, observed) in [
        ("quiet", quiet),
        ("its `companies` and `company_sequences` rows are held for 5 s, 24 creates wait", held),
        ("16 callers ask for its home list without a pause", flooded),
    ] {
        let ratio = times(observed, quiet);
        // Refusals may be fast, so failures never meet the limit.
        let bar = if observed.failures > 0 { "**not met**" } else { verdict(ratio, NEIGHBOUR) };
        let (count, failures) = (observed.count(), observed.failures);
        writeln!(
            text,
            "| {situation} | {count} | {failures} | {} | {} | {bar} |",
            number(observed.p95(), 2),
            number(ratio, 2)
        )?;
    }
    writeln!(text)
}

fn times(observed: &Observed, quiet: &Observed) -> Option<f64> {
    Some(observed.p95()? / quiet.p95().filter(|p95| *p95 > 0.0)?)
}

fn write_memory(text: &mut String, memory: &Memory) -> std::fmt::Result {
    let Memory { fresh, without_worker, with_worker, postgres, file } = memory;
    writeln!(
        text,
        "**Memory**: PSS in MiB, and of it what was asked for (heap, stacks) and pages of the program's file, which has \
         {:.0} MiB.\n\n| of | MiB | asked for | file | bar |\n| --- | --- | --- | --- | --- |",
        mib(*file)
    )?;
    for (of, held, bar) in [
        ("the program without its worker, before its first request", fresh, PROGRAM),
        ("the same after all rounds", without_worker, PROGRAM),
        ("the program with its worker, after 5 s of load by 8 callers", with_worker, PROGRAM),
        ("PostgreSQL beyond its shared buffers, then", postgres, POSTGRES),
    ] {
        let Held { all, anonymous, files, shared: _ } = *held;
        let (all, anonymous, files) = (mib(all), mib(anonymous), mib(files));
        let met = verdict(Some(all), bar - 0.01);
        writeln!(text, "| {of} | {all:.0} | {anonymous:.0} | {files:.0} | < {bar}: {met} |")?;
    }
    Ok(())
}

/// The beginning of a long text, without characters that would end a table cell.
fn short(text: &str) -> String {
    text.chars().take(80).map(|letter| if "|\n".contains(letter) { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::chosen;

    #[test]
    fn bars_are_judged_by_what_is_printed() {
        assert_eq!(verdict(Some(1.504), 1.5), "met");
        assert_eq!(verdict(Some(1.506), 1.5), "**not met**");
        assert_eq!(verdict(None, 1.5), "not measured");
    }

    #[test]
    fn the_report_has_a_row_for_each_case_and_says_what_failed() {
        let mut measured = chosen(Some("get"));
        measured[0].main.series.failure = Some("status 503: | and\nmore".to_owned());
        let machine = Machine {
            cores: 2,
            processor: "CPU".to_owned(),
            postgres: "15".to_owned(),
            settings: "a = b".to_owned(),
            load: "0.10".to_owned(),
        };
        let held = |all: u64| Held { all, anonymous: 20 * 1024, files: 5 * 1024, shared: 0 };
        let memory = Memory {
            fresh: held(30 * 1024),
            without_worker: held(50 * 1024 - 20),
            with_worker: held(50 * 1024),
            postgres: held(120 * 1024),
            file: 54 * 1024,
        };
        let text = text(&Report {
            revision: "abc",
            rounds: 1,
            machine: &machine,
            measured: &measured,
            commit: 40.0,
            neighbours: None,
            memory: Some(&memory),
        });
        assert_eq!(text.lines().filter(|line| line.starts_with("| get: ")).count(), measured.len() + 1);
        assert!(text.contains("| failed: status 503:   and more |"), "{text}");
        assert!(text.contains("| get: ≤ 2.2 × floor | 0 of 3 |"), "{text}");
        assert!(text.contains("after all rounds | 50 | 20 | 5 | < 50: met |"), "{text}");
        assert!(text.contains("by 8 callers | 50 | 20 | 5 | < 50: **not met** |"), "{text}");
    }
}
