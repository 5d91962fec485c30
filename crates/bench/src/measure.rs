//! Measures the cost of requests in short blocks, interleaved in rounds, so that a slow moment of the machine affects
//! all of them.

use std::time::{Duration, Instant};

use crate::{
    cpu::{Meter, Used},
    error::{BenchError, Result},
    figures::{median, micros_each, percentile},
    http::Caller,
    progress::say,
    requests::{Case, Place, Requests, Subject},
    site::Site,
};

/// How long requests of one kind are sent without a break.
const BLOCK: Duration = Duration::from_millis(200);
/// The least and the most requests of a block.
const REQUESTS: std::ops::Range<u32> = 2..400;

/// The measurements of one subject, round by round, in microseconds of processor time per request.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Of server and PostgreSQL.
    pub total: Vec<f64>,
    /// Of the server alone.
    pub server: Vec<f64>,
    /// How long each request took.
    pub times: Vec<Duration>,
    /// Why it could not be measured.
    pub failure: Option<String>,
}

impl Series {
    /// Adds a block's figures, or reports the failure.
    pub fn add(&mut self, case: &Case, block: Result<Block>) {
        match block {
            Ok(Block { used, requests, times }) => {
                self.total.push(micros_each(used.total(), requests));
                self.server.push(micros_each(used.server, requests));
                self.times.extend(times);
            }
            Err(error) => {
                say(&format!("{}: {}: {}", case.family.word(), case.name, error.chain()));
                self.failure = Some(error.chain());
            }
        }
    }

    /// The median of the rounds; `None` if a request failed.
    pub fn cpu(&self) -> Option<f64> {
        if self.failure.is_some() { None } else { median(&self.total) }
    }

    /// The median of the rounds, of the server alone.
    pub fn server_cpu(&self) -> Option<f64> {
        if self.failure.is_some() { None } else { median(&self.server) }
    }

    /// A percentile of the times of all requests, in milliseconds.
    pub fn time(&self, percent: usize) -> Option<f64> {
        percentile(&self.times, percent).map(|time| time.as_secs_f64() * 1000.0)
    }
}

/// A block of requests of one kind.
#[derive(Debug)]
pub struct Block {
    used: Used,
    requests: u32,
    times: Vec<Duration>,
}

impl Block {
    /// The time that this many requests used, and how long each took if known.
    pub fn new(used: Used, requests: u32, times: Vec<Duration>) -> Self {
        Self { used, requests, times }
    }

    /// Microseconds a request, of both.
    pub fn micros(&self) -> f64 {
        micros_each(self.used.total(), self.requests)
    }
}

/// One case in one company of one site, over all rounds.
#[derive(Default)]
pub struct Track {
    requests: Option<Requests>,
    path: Option<String>,
    turn: usize,
    /// The measurements.
    pub series: Series,
}

impl Track {
    /// Makes the requests for the next round, and sends two of them unmeasured.
    fn prepare(&mut self, case: &Case, subject: &Subject, caller: &mut Caller) -> Result<()> {
        let requests = case.prepare(subject, caller, &mut self.path)?;
        // The subject was gathered again with the current state of its records.
        self.turn = 0;
        for _ in 0..2 {
            let answer = caller.send(&requests.turn(self.turn))?;
            self.turn += 1;
            answer.json()?;
        }
        self.requests = Some(requests);
        Ok(())
    }

    /// Measures a block.
    pub fn measure(&mut self, case: &Case, subject: &Subject, caller: &mut Caller, meter: Meter) {
        if self.series.failure.is_some() {
            return;
        }
        let block = self.prepare(case, subject, caller).and_then(|()| self.block(caller, meter));
        self.series.add(case, block);
    }

    fn block(&mut self, caller: &mut Caller, meter: Meter) -> Result<Block> {
        let Some(requests) = &self.requests else {
            return Err(BenchError::Unexpected("nothing was prepared".to_owned()));
        };
        let mut times = Vec::new();
        let mut count = 0;
        let before = meter.read()?;
        let began = Instant::now();
        while count < REQUESTS.start || (began.elapsed() < BLOCK && count < REQUESTS.end) {
            let answer = caller.send(&requests.turn(self.turn))?;
            self.turn += 1;
            count += 1;
            times.push(answer.took);
            if !(200..300).contains(&answer.status) {
                answer.json()?;
            }
        }
        let used = meter.read()?.since(&before);
        Ok(Block { used, requests: count, times })
    }
}

/// The companies of a site, their owners signed in.
pub struct Subjects {
    large: Subject,
    tied: Subject,
    middling: Subject,
}

impl Subjects {
    /// Signs everybody in.
    pub fn gather(site: &mut Site) -> Result<Self> {
        let companies = site.companies.clone();
        Ok(Self {
            large: site.subject(&companies.large)?,
            tied: site.subject(&companies.tied)?,
            middling: site.subject(&companies.middling)?,
        })
    }

    /// The company of a case.
    pub fn of(&self, place: Place) -> &Subject {
        match place {
            Place::Large => &self.large,
            Place::Tied => &self.tied,
        }
    }

    /// The company of 10,000.
    pub fn middling(&self) -> &Subject {
        &self.middling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_the_median_of_its_rounds_unless_something_failed() {
        let case = &crate::requests::CASES[0];
        let mut series = Series::default();
        for micros in [300, 100, 200] {
            series.add(
                case,
                Ok(Block {
                    used: Used { server: micros * 1000, postgres: micros * 3000 },
                    requests: 2,
                    times: vec![Duration::from_millis(micros)],
                }),
            );
        }
        assert_eq!(series.cpu().map(f64::round), Some(400.0));
        assert_eq!(series.server_cpu().map(f64::round), Some(100.0));
        assert_eq!(series.time(95).map(f64::round), Some(300.0));
        series.add(case, Err(BenchError::Unexpected("status 503".to_owned())));
        assert_eq!((series.cpu(), series.failure.as_deref()), (None, Some("status 503")));
    }
}
