//! What ghz found, method by method: one table, or one object.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

/// What of ghz's own report is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Raw {
    count: u64,
    rps: f64,
    #[serde(default)]
    status_code_distribution: BTreeMap<String, u64>,
    #[serde(default)]
    latency_distribution: Option<Vec<Share>>,
}

/// So much of the calls took no longer than that.
#[derive(Debug, Deserialize)]
struct Share {
    percentage: u64,
    /// In nanoseconds.
    latency: f64,
}

/// One method.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) method: String,
    pub(super) calls: u64,
    pub(super) calls_per_s: f64,
    pub(super) p50_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
    /// Answers that were not meant, by code.
    pub(super) errors: BTreeMap<String, u64>,
    /// The code that is meant, when it is not OK.
    pub(super) intended: Option<String>,
}

/// All of them.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    pub(super) rps: u64,
    pub(super) seconds: u64,
    pub(super) methods: Vec<Row>,
}

impl Row {
    /// A method whose calls are meant to be answered with `intended`.
    pub(super) fn new(method: String, raw: &Raw, intended: &str) -> Self {
        let percentile = |wanted: u64| {
            let shares = raw.latency_distribution.iter().flatten();
            let mut shares = shares.filter(|share| share.percentage == wanted);
            shares.next().map(|share| share.latency / 1_000_000.0)
        };
        let errors = raw.status_code_distribution.iter();
        Self {
            method,
            calls: raw.count,
            calls_per_s: raw.rps,
            p50_ms: percentile(50),
            p99_ms: percentile(99),
            errors: errors
                .filter(|(code, _)| *code != intended)
                .map(|(code, count)| (code.clone(), *count))
                .collect(),
            intended: (intended != "OK").then(|| intended.to_owned()),
        }
    }
}

impl Table {
    /// How many methods were answered with something that was not meant.
    pub(super) fn broken(&self) -> usize {
        let broken = self.methods.iter().filter(|row| !row.errors.is_empty());
        broken.count()
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:60} {:>7} {:>9} {:>9} {:>9}  ERRORS",
            "METHOD", "CALLS", "CALLS/S", "P50 ms", "P99 ms"
        )?;
        let shown =
            |span: Option<f64>| span.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.2}"));
        for row in &self.methods {
            write!(
                f,
                "{:60} {:>7} {:>9.1} {:>9} {:>9} ",
                row.method,
                row.calls,
                row.calls_per_s,
                shown(row.p50_ms),
                shown(row.p99_ms)
            )?;
            for (code, count) in &row.errors {
                write!(f, " {code} {count}")?;
            }
            if let Some(intended) = &row.intended {
                write!(f, " (meant: {intended})")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// As ghz 0.93 writes it.
    const RAW: &str = r#"{"count": 100, "total": 2000000000, "rps": 49.9,
        "statusCodeDistribution": {"NotFound": 98, "Unavailable": 2}, "errorDistribution": {"rpc error": 100},
        "latencyDistribution": [{"percentage": 50, "latency": 1500000}, {"percentage": 99, "latency": 2000000}]}"#;

    #[test]
    fn only_what_was_not_meant_is_an_error() {
        let raw: Raw = serde_json::from_str(RAW).unwrap();
        let row = Row::new("a.B/C".to_owned(), &raw, "NotFound");
        assert_eq!(row.errors, BTreeMap::from([("Unavailable".to_owned(), 2)]));
        assert_eq!(row.p50_ms, Some(1.5));
        let table = Table {
            rps: 50,
            seconds: 2,
            methods: vec![row, Row::new("a.B/D".to_owned(), &raw, "OK")],
        };
        assert_eq!(table.broken(), 2);
        assert!(
            table
                .to_string()
                .contains("Unavailable 2 (meant: NotFound)"),
            "{table}"
        );
    }
}
