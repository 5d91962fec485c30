//! All cases of a run, each with its measurements.

use crate::{
    cpu::Meter,
    error::Result,
    figures::{median, ratio},
    floor::{Captured, Replay, commit_scripts},
    http::Caller,
    measure::{Block, Series, Subjects, Track},
    requests::{CASES, Case, Family},
};

/// A case with its measurements.
pub struct Measured {
    /// The case.
    pub case: &'static Case,
    /// In the large company, or in the one where accounts tie.
    pub main: Track,
    /// In the middling company.
    pub middling: Track,
    /// Its statements.
    pub captured: Option<Captured>,
    /// The cost of its statements alone, run by pgbench, without the cost of committing.
    pub floor: Series,
}

/// The cases that a pattern chooses.
pub fn chosen(only: Option<&str>) -> Vec<Measured> {
    let chosen = CASES.iter().filter(|case| case.is_chosen(only));
    chosen
        .map(|case| Measured {
            case,
            main: Track::default(),
            middling: Track::default(),
            captured: None,
            floor: Series::default(),
        })
        .collect()
}

impl Measured {
    /// Measures a block of each: the case's company, the middling one, and the floor.
    pub fn round(&mut self, subjects: &Subjects, caller: &mut Caller, meter: Meter, replay: &Replay) {
        let Self { case, main, middling, captured, floor } = self;
        main.measure(case, subjects.of(case.place), caller, meter);
        middling.measure(case, subjects.middling(), caller, meter);
        if let Some(captured) = captured
            && floor.failure.is_none()
        {
            // The first time, the cost of the whole request serves as the estimate for its statements.
            let about = floor.cpu().or_else(|| main.series.cpu()).unwrap_or(1000.0);
            floor.add(self.case, replay.measure(&captured.script, about));
        }
    }

    /// How much more it costs in the large company than in the middling one.
    pub fn growth(&self) -> Option<f64> {
        self.quotient(&self.middling.series.total)
    }

    /// The floor, including the family's allowance and, for a write, `commit`.
    pub fn floor(&self, commit: f64) -> Option<f64> {
        self.floor.cpu().map(|floor| floor + self.beyond(commit))
    }

    /// How many times its floor it costs.
    pub fn times_floor(&self, commit: f64) -> Option<f64> {
        self.floor.cpu()?;
        let floors: Vec<f64> = self.floor.total.iter().map(|floor| floor + self.beyond(commit)).collect();
        self.quotient(&floors)
    }

    fn beyond(&self, commit: f64) -> f64 {
        self.case.family.allowance() + if self.case.family == Family::Write { commit } else { 0.0 }
    }

    fn quotient(&self, below: &[f64]) -> Option<f64> {
        self.main.series.cpu()?;
        ratio(&self.main.series.total, below)
    }
}

/// The cost of committing, round by round: a minimal write that is committed, minus one that is rolled back.
#[derive(Debug, Default)]
pub struct Commits(Vec<f64>);

impl Commits {
    /// Measures both once more.
    pub fn round(&mut self, company: &str, replay: &Replay) -> Result<()> {
        let [committed, rolled_back] = commit_scripts(company);
        let micros = |script| replay.measure(script, 150.0).map(|block: Block| block.micros());
        self.0.push(micros(&committed)? - micros(&rolled_back)?);
        Ok(())
    }

    /// The median.
    pub fn micros(&self) -> f64 {
        median(&self.0).unwrap_or(0.0).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::Used;

    fn block(micros: u64) -> Block {
        Block::new(Used { server: 0, postgres: micros * 1000 }, 1, Vec::new())
    }

    fn case(family: Family) -> Measured {
        let mut all = chosen(None);
        all.retain(|measured| measured.case.family == family);
        let mut measured = all.pop().expect("there is one");
        for (main, middling, floor) in [(300, 100, 90), (400, 200, 140)] {
            measured.main.series.add(measured.case, Ok(block(main)));
            measured.middling.series.add(measured.case, Ok(block(middling)));
            measured.floor.add(measured.case, Ok(block(floor)));
        }
        measured
    }

    fn rounded(value: Option<f64>) -> Option<i64> {
        #[expect(clippy::cast_possible_truncation, reason = "small")]
        value.map(|value| (value * 100.0).round() as i64)
    }

    #[test]
    fn growth_and_floor_are_quotients_of_rounds() {
        let read = case(Family::Get);
        assert_eq!(rounded(read.growth()), Some(250));
        // 300 / (90 + 10) and 400 / (140 + 10).
        assert_eq!(rounded(read.times_floor(50.0)), Some(283));
        assert_eq!(rounded(read.floor(50.0)), Some(12_500));
    }

    #[test]
    fn only_writes_pay_for_a_commit() {
        let write = case(Family::Write);
        // 300 / (90 + 10 + 50) and 400 / (140 + 10 + 50).
        assert_eq!(rounded(write.times_floor(50.0)), Some(200));
        assert_eq!(rounded(write.floor(50.0)), Some(17_500));
    }

    #[test]
    fn what_failed_has_no_quotient() {
        let mut read = case(Family::Get);
        read.floor.failure = Some("pgbench ended".to_owned());
        assert_eq!(read.times_floor(0.0), None);
        assert!(read.growth().is_some());
        read.main.series.failure = Some("status 503".to_owned());
        assert_eq!(read.growth(), None);
    }
}
