//! Whether what should be flat is flat. The first half of the time counts as settling: pools, caches and files find their
//! size there; what grows in the second half grows for ever.

use super::sample::Sample;
use crate::figures::{Figures, per};

/// What may be added in the second half, as a share of the mean, and what may be added whatever the mean is.
struct Allowance {
    name: &'static str,
    of: fn(&Sample) -> f64,
    share: f64,
    always: f64,
}

const FLAT: &[Allowance] = &[
    Allowance {
        name: "rss_mb",
        of: |sample| sample.rss_mb,
        share: 0.05,
        always: 4.0,
    },
    Allowance {
        name: "descriptors",
        of: |sample| sample.descriptors,
        share: 0.05,
        always: 3.0,
    },
    Allowance {
        name: "threads",
        of: |sample| sample.threads,
        share: 0.05,
        always: 2.0,
    },
    Allowance {
        name: "workflows",
        of: |sample| sample.workflows,
        share: 0.5,
        always: 20.0,
    },
];

/// By how much the bytes that an order adds to the files may differ between the halves.
const BYTES_PER_ORDER: f64 = 1.25;

/// The write-ahead logs may be as much larger in the second half than ever in the first, and so many MB always.
const WAL: (f64, f64) = (1.5, 8.0);

/// What was found.
#[derive(Debug)]
pub(super) struct Verdict {
    /// Growth per hour in the second half, by least squares.
    slopes: Vec<(&'static str, f64)>,
    /// Bytes that the files grew by for each order: first half, second half.
    bytes_per_order: (f64, f64),
    /// The most that the logs had, in MB: first half, second half.
    wal_mb: (f64, f64),
    /// What is not as it should be.
    pub(super) findings: Vec<String>,
}

impl Verdict {
    pub(super) fn of(samples: &[Sample]) -> Self {
        let (first, second) = samples.split_at(samples.len() / 2);
        let mut findings = Vec::new();
        let mut slopes = Vec::new();
        let span = span(second);
        for allowance in FLAT {
            let points: Vec<_> = second
                .iter()
                .map(|it| (it.at_s, (allowance.of)(it)))
                .collect();
            let slope = slope(&points);
            let mean = per(points.iter().map(|(_, value)| value).sum(), count(second));
            let grown = slope * span;
            if grown > allowance.always.max(mean * allowance.share) {
                findings.push(format!("{} grew by {grown:.1}", allowance.name));
            }
            slopes.push((allowance.name, slope * 3_600.0));
        }
        let bytes_per_order = (grown(first), grown(second));
        let ratio = per(bytes_per_order.1, bytes_per_order.0);
        if bytes_per_order.0 > 0.0 && ratio > BYTES_PER_ORDER {
            findings.push(format!(
                "an order added {ratio:.2} times the bytes to the files"
            ));
        }
        let most = |half: &[Sample]| half.iter().map(|it| it.wal_mb).fold(0.0, f64::max);
        let wal_mb = (most(first), most(second));
        if wal_mb.1 > WAL.1.max(wal_mb.0 * WAL.0) {
            findings.push("the write-ahead logs grew".to_owned());
        }
        if samples.len() < 8 {
            findings.push("too few samples to judge by".to_owned());
        }
        Self {
            slopes,
            bytes_per_order,
            wal_mb,
            findings,
        }
    }

    pub(super) fn figures(&self) -> Figures {
        let verdict = if self.findings.is_empty() {
            "flat".to_owned()
        } else {
            self.findings.join("; ")
        };
        let slopes = Figures::new();
        let slopes = self
            .slopes
            .iter()
            .fold(slopes, |slopes, (name, slope)| slopes.with(*name, *slope));
        Figures::new()
            .with("verdict", verdict.as_str())
            .with("growth_per_hour", slopes)
            .with("file_bytes_per_order_first_half", self.bytes_per_order.0)
            .with("file_bytes_per_order_second_half", self.bytes_per_order.1)
            .with("wal_mb_first_half", self.wal_mb.0)
            .with("wal_mb_second_half", self.wal_mb.1)
    }
}

fn count(samples: &[Sample]) -> f64 {
    f64::from(u32::try_from(samples.len()).unwrap_or(u32::MAX))
}

/// Seconds from the first to the last.
fn span(samples: &[Sample]) -> f64 {
    match (samples.first(), samples.last()) {
        (Some(first), Some(last)) => last.at_s - first.at_s,
        _ => 0.0,
    }
}

/// Bytes that the files grew by for each order from the first sample to the last.
fn grown(samples: &[Sample]) -> f64 {
    match (samples.first(), samples.last()) {
        (Some(first), Some(last)) => per(
            (last.files_mb - first.files_mb) * 1_000_000.0,
            last.orders - first.orders,
        ),
        _ => 0.0,
    }
}

/// The slope of the straight line nearest to the points.
fn slope(points: &[(f64, f64)]) -> f64 {
    let number = f64::from(u32::try_from(points.len()).unwrap_or(u32::MAX));
    let mean = |of: fn(&(f64, f64)) -> f64| per(points.iter().map(of).sum(), number);
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let rise: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let run: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.0 - x))
        .sum();
    per(rise, run)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An hour of a suite that is flat, one sample a minute; `change` is told the minute.
    fn hour(change: impl Fn(f64, &mut Sample)) -> Vec<Sample> {
        (0..60)
            .map(|minute| {
                let minute = f64::from(minute);
                let mut sample = Sample {
                    at_s: minute * 60.0,
                    orders: minute * 6_000.0,
                    rss_mb: 150.0 + (minute % 3.0),
                    descriptors: 60.0,
                    threads: 12.0,
                    workflows: 40.0,
                    files_mb: minute * 72.0,
                    wal_mb: 4.0,
                };
                change(minute, &mut sample);
                sample
            })
            .collect()
    }

    fn findings(change: impl Fn(f64, &mut Sample)) -> Vec<String> {
        Verdict::of(&hour(change)).findings
    }

    #[test]
    fn what_settles_in_the_first_half_is_flat() {
        assert_eq!(findings(|_, _| {}), [""; 0]);
        let settles = findings(|minute, sample| sample.rss_mb = 150.0 + minute.min(30.0) * 2.0);
        assert_eq!(settles, [""; 0]);
    }

    #[test]
    fn what_goes_on_growing_is_found_each_by_its_name() {
        let leak = findings(|minute, sample| sample.rss_mb = 150.0 + minute);
        assert_eq!(leak, ["rss_mb grew by 29.0"]);
        let leak = findings(|minute, sample| sample.descriptors = 60.0 + minute);
        assert_eq!(leak, ["descriptors grew by 29.0"]);
        let wal = findings(|minute, sample| sample.wal_mb = minute);
        assert_eq!(wal, ["the write-ahead logs grew"]);
        let files = findings(|minute, sample| sample.files_mb = minute * minute);
        assert_eq!(files.len(), 1, "{files:?}");
        assert!(files[0].starts_with("an order added 3.0"), "{files:?}");
    }

    #[test]
    fn a_run_that_was_too_short_is_no_proof() {
        assert_eq!(Verdict::of(&[]).findings, ["too few samples to judge by"]);
    }

    #[test]
    fn the_slope_is_that_of_the_nearest_line() {
        let points = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)];
        assert!((slope(&points) - 2.0).abs() < 1e-9);
        assert!(slope(&[(1.0, 1.0)]).abs() < 1e-9);
    }
}
