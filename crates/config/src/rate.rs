//! A number of requests in a period.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::error::Problem;

/// A number of requests in a period, written `5/min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The requests allowed.
    pub requests: NonZeroU32,
    /// The time in which they are allowed: a second, a minute or an hour.
    pub period: Duration,
}

impl Rate {
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let parsed = text.split_once('/').and_then(|(requests, period)| {
            let period = match period.trim() {
                "s" => 1,
                "min" => 60,
                "h" => 3600,
                _ => return None,
            };
            let requests = requests.trim().parse().ok()?;
            Some(Self { requests, period: Duration::from_secs(period) })
        });
        // Zero would block everybody; RATE_LIMITS=off is the way to have no limit.
        parsed.ok_or_else(|| {
            Problem::new(
                format!("is {text:?}"),
                "write requests/period from 1 up, such as 20/s, 5/min or 10/h",
            )
        })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.period.as_secs();
        match seconds {
            1 => write!(f, "{}/s", self.requests),
            60 => write!(f, "{}/min", self.requests),
            3600 => write!(f, "{}/h", self.requests),
            _ => write!(f, "{}/{seconds}s", self.requests),
        }
    }
}
