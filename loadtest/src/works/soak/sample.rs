//! What is looked at every few seconds: the process, its work and its files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::figures::float;
use crate::suite::Suite;

/// A figure's name, and how it is read from a sample.
pub(super) type Series = (&'static str, fn(&Sample) -> f64);

/// One look.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sample {
    /// Seconds since the beginning.
    pub(super) at_s: f64,
    /// Orders that were decided so far.
    pub(super) orders: f64,
    pub(super) rss_mb: f64,
    pub(super) descriptors: f64,
    pub(super) threads: f64,
    /// Workflows that are not done.
    pub(super) workflows: f64,
    /// The databases' files, their write-ahead logs apart; 0 on a server.
    pub(super) files_mb: f64,
    /// The write-ahead logs.
    pub(super) wal_mb: f64,
}

impl Sample {
    /// Each of its figures with the name that it is reported under.
    pub(super) const SERIES: &[Series] = &[
        ("orders", |sample| sample.orders),
        ("rss_mb", |sample| sample.rss_mb),
        ("descriptors", |sample| sample.descriptors),
        ("threads", |sample| sample.threads),
        ("workflows", |sample| sample.workflows),
        ("files_mb", |sample| sample.files_mb),
        ("wal_mb", |sample| sample.wal_mb),
    ];

    pub(super) fn take(suite: &Suite, at: Duration) -> Result<Self> {
        let process = format!("/proc/{}", suite.pid());
        let entries = |folder: &str| -> Result<f64> {
            let count = fs::read_dir(format!("{process}/{folder}"))?.count();
            Ok(float(u64::try_from(count)?))
        };
        let metrics = suite.metrics()?;
        let (files, wal) = files(suite.data())?;
        Ok(Self {
            at_s: at.as_secs_f64(),
            orders: metrics.sum("stoa_order_orders_total"),
            rss_mb: float(suite.rss()?) / 1_000_000.0,
            descriptors: entries("fd")?,
            threads: entries("task")?,
            workflows: metrics.sum("stoa_workflow_rows"),
            files_mb: float(files) / 1_000_000.0,
            wal_mb: float(wal) / 1_000_000.0,
        })
    }
}

/// Bytes of the databases' files of a folder and of their write-ahead logs.
fn files(folder: &Path) -> Result<(u64, u64)> {
    let (mut files, mut wal) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".db") {
            files += entry.metadata()?.len();
        } else if name.ends_with(".db-wal") {
            wal += entry.metadata()?.len();
        }
    }
    Ok((files, wal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_their_logs_are_counted_apart_and_others_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        for (name, length) in [
            ("a.db", 3),
            ("b.db", 4),
            ("a.db-wal", 50),
            ("a.db-shm", 600),
        ] {
            fs::write(folder.path().join(name), vec![0_u8; length]).unwrap();
        }
        assert_eq!(files(folder.path()).unwrap(), (7, 50));
    }
}
