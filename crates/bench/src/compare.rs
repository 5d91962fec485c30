//! `cartera-bench compare`: two builds over the same data, side by side.

use std::{fmt::Write as _, io::Write as _, path::PathBuf};

use clap::Args;

use crate::{
    Options,
    error::{BenchError, Result},
    figures::{number, ratio},
    floor::{Captured, capture},
    load::Template,
    measure::{Subjects, Track},
    progress::say,
    requests::{CASES, Case},
    site::{Build, Site},
};

/// What to compare with.
#[derive(Debug, Clone, Args)]
pub struct Base {
    /// The other build's program `cartera`.
    #[arg(long = "base-program")]
    other: PathBuf,
    /// The folder of its migrations: the data is loaded by them, and brought up to date for the new build.
    #[arg(long = "base-migrations")]
    older: PathBuf,
    #[command(flatten)]
    options: Options,
}

/// One case by both builds.
struct Pair {
    case: &'static Case,
    base: Track,
    new: Track,
    captured: [Option<Captured>; 2],
}

/// Measures two builds alternately, and prints a comparison.
pub fn compare(Base { other, older, options }: &Base) -> Result<()> {
    let only = options.only.as_deref().filter(|only| !only.is_empty());
    let template = Template::of(&options.folder, older, other)?;
    let builds = [Build::new("the base", other), Build::new("the new build", &options.program)];
    let cases: Vec<&'static Case> = CASES.iter().filter(|case| case.is_chosen(only)).collect();
    let folder = |name: &str| options.folder.join(name);
    let [of_base, of_new] =
        [&builds[0], &builds[1]].map(|build| capture(build, &template, &folder("capture"), &cases));
    let mut pairs: Vec<_> = cases
        .into_iter()
        .zip(of_base?.into_iter().zip(of_new?))
        .map(|(case, (base, new))| Pair {
            case,
            base: Track::default(),
            new: Track::default(),
            captured: [base, new],
        })
        .collect();
    let mut base = Site::open(&builds[0], &template, &folder("base"))?;
    let mut new = Site::open(&builds[1], &template, &folder("run"))?;
    for round in 1..=options.rounds {
        say(&format!("round {round} of {}", options.rounds));
        let (of_base, of_new) = (Subjects::gather(&mut base)?, Subjects::gather(&mut new)?);
        let (mut base_caller, mut new_caller) = (base.caller(), new.caller());
        for Pair { case, base: base_track, new: new_track, captured: _ } in &mut pairs {
            base_track.measure(case, of_base.of(case.place), &mut base_caller, base.meter());
            new_track.measure(case, of_new.of(case.place), &mut new_caller, new.meter());
        }
    }
    base.close()?;
    new.close()?;
    std::io::stdout().write_all(table(&pairs).as_bytes()).map_err(BenchError::io("printing the comparison"))
}

fn table(pairs: &[Pair]) -> String {
    let mut text = "| request | CPU µs base | new | new ÷ base | statements | trips | p95 ms |\n\
                    | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for Pair { case, base, new, captured } in pairs {
        let counted = |what: fn(&Captured) -> u32| {
            let [base, new] = captured
                .each_ref()
                .map(|one| one.as_ref().map_or_else(|| "–".to_owned(), |one| what(one).to_string()));
            format!("{base} → {new}")
        };
        let quotient = base
            .series
            .cpu()
            .and(new.series.cpu())
            .and_then(|_| ratio(&new.series.total, &base.series.total));
        // Writing into a string can't fail.
        let _ = writeln!(
            text,
            "| {}: {} | {} | {} | {} | {} | {} | {} → {} |",
            case.family.word(),
            case.name,
            number(base.series.cpu(), 0),
            number(new.series.cpu(), 0),
            number(quotient, 2),
            counted(|captured| captured.statements),
            counted(|captured| captured.trips),
            number(base.series.time(95), 2),
            number(new.series.time(95), 2),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_both_and_their_quotient_unless_one_failed() {
        let pair = |failure: Option<&str>| {
            let (mut base, mut new) = (Track::default(), Track::default());
            base.series.total = vec![100.0, 200.0];
            new.series.total = vec![50.0, 100.0];
            new.series.failure = failure.map(str::to_owned);
            Pair { case: &CASES[0], base, new, captured: [None, None] }
        };
        assert!(table(&[pair(None)]).contains("| list: home | 150 | 75 | 0.50 | – → – |"));
        assert!(table(&[pair(Some("status 503"))]).contains("| list: home | 150 | – | – | – → – |"));
    }
}
