//! Medians, percentiles and ratios.

use std::time::Duration;

/// The middle of some values; of an even number of them, the mean of the two in the middle.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        count if count % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The value below which this share of all values lies, by the nearest rank.
pub fn percentile(values: &[Duration], percent: usize) -> Option<Duration> {
    let mut sorted = values.to_vec();
    sorted.sort();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// The median of the quotients of each round, so that a slow moment of the machine affects both sides.
pub fn ratio(above: &[f64], below: &[f64]) -> Option<f64> {
    let quotients: Vec<f64> = above
        .iter()
        .zip(below)
        .filter(|(_, below)| **below > 0.0)
        .map(|(above, below)| above / below)
        .collect();
    median(&quotients)
}

/// Nanoseconds over a number of requests, as microseconds a request.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub fn micros_each(nanos: u64, requests: u32) -> f64 {
    nanos as f64 / 1000.0 / f64::from(requests.max(1))
}

/// A number with this many digits, or more if it is small; a dash for `None`.
pub fn number(value: Option<f64>, digits: usize) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if digits > 0 && value > 0.0 && value < 0.1 => format!("{value:.4}"),
        Some(value) => format!("{value:.digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: Option<f64>, right: f64) {
        let left = left.expect("there is one");
        assert!((left - right).abs() < 1e-9, "{left} is not {right}");
    }

    #[test]
    fn medians_stand_in_the_middle() {
        close(median(&[9.0, 1.0, 2.0]), 2.0);
        close(median(&[4.0, 1.0, 2.0, 9.0]), 3.0);
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn percentiles_go_by_the_nearest_rank() {
        let values: Vec<_> = (1..=20).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&values, 50), Some(Duration::from_millis(10)));
        assert_eq!(percentile(&values, 95), Some(Duration::from_millis(19)));
        assert_eq!(percentile(&values[..1], 95), Some(Duration::from_millis(20)));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        // The machine was ten times slower in the second round, which affects both sides equally.
        close(ratio(&[2.0, 20.0, 2.2], &[1.0, 10.0, 1.0]), 2.0);
        assert_eq!(ratio(&[1.0], &[0.0]), None);
    }

    #[test]
    fn small_numbers_keep_their_digits() {
        assert_eq!(number(Some(12.345), 2), "12.35");
        assert_eq!(number(Some(0.00163), 2), "0.0016");
        assert_eq!(number(Some(0.4), 0), "0");
        assert_eq!(number(None, 2), "–");
    }

    #[test]
    fn time_is_shared_among_requests() {
        close(Some(micros_each(3_000_000, 4)), 750.0);
    }
}
