//! What the suite's `/metrics` and the kernel say at one moment, and what came between two of them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::kernel::{self, Usage};
use super::{Suite, get};

/// One moment.
#[derive(Debug)]
pub(crate) struct Reading {
    at: Instant,
    metrics: Metrics,
    suite: Usage,
    provider: Usage,
    client: Usage,
    /// The server's processes that serve this suite, and those that write for all.
    database: Usage,
}

impl Suite {
    /// What is known of it now.
    pub(crate) fn reading(&self) -> Result<Reading> {
        let mut provider = Usage::default();
        for child in kernel::children(self.pid())? {
            provider.add(&Usage::of(child)?);
        }
        let database = match self.databases() {
            Some(databases) => kernel::postgres(databases.prefix())?,
            None => Usage::default(),
        };
        Ok(Reading {
            at: Instant::now(),
            metrics: self.metrics()?,
            suite: Usage::of(self.pid())?,
            provider,
            client: Usage::of(std::process::id())?,
            database,
        })
    }

    /// Its figures about itself.
    pub(crate) fn metrics(&self) -> Result<Metrics> {
        get(self.addresses.admin, "/metrics").map(Metrics)
    }

    /// The most memory that its process has had resident, in bytes.
    pub(crate) fn peak_rss(&self) -> Result<u64> {
        kernel::status_bytes(self.pid(), "VmHWM")
    }

    /// The memory that its process has resident now, in bytes.
    pub(crate) fn rss(&self) -> Result<u64> {
        kernel::status_bytes(self.pid(), "VmRSS")
    }
}

/// What came between two moments.
#[derive(Debug)]
pub(crate) struct Between<'a> {
    before: &'a Reading,
    after: &'a Reading,
}

impl Reading {
    /// What came since an earlier one.
    pub(crate) fn since<'a>(&'a self, before: &'a Self) -> Between<'a> {
        Between {
            before,
            after: self,
        }
    }
}

impl Between<'_> {
    /// How long it was.
    pub(crate) fn took(&self) -> Duration {
        self.after.at - self.before.at
    }

    /// Processor time in microseconds: of the suite, of the provider's stand-in, of the load itself, of the database server.
    pub(crate) fn suite_cpu_us(&self) -> f64 {
        self.after.suite.cpu_us - self.before.suite.cpu_us
    }

    pub(crate) fn provider_cpu_us(&self) -> f64 {
        self.after.provider.cpu_us - self.before.provider.cpu_us
    }

    pub(crate) fn client_cpu_us(&self) -> f64 {
        self.after.client.cpu_us - self.before.client.cpu_us
    }

    pub(crate) fn database_cpu_us(&self) -> f64 {
        self.after.database.cpu_us - self.before.database.cpu_us
    }

    /// Bytes that the suite, and its database server, handed to the disk.
    pub(crate) fn written_bytes(&self) -> f64 {
        self.after.suite.written_bytes - self.before.suite.written_bytes
            + self.after.database.written_bytes
            - self.before.database.written_bytes
    }

    /// Processor time of the suite by group of threads, in microseconds: a thread's name without its number.
    pub(crate) fn cpu_us_by_thread(&self) -> BTreeMap<String, f64> {
        let before = &self.before.suite.threads;
        let grown = self.after.suite.threads.iter().map(|(name, after)| {
            let before = before.get(name).copied().unwrap_or(0.0);
            (name.clone(), (after - before).max(0.0))
        });
        grown.collect()
    }

    /// By how much all series of one name grew.
    pub(crate) fn grown(&self, name: &str) -> f64 {
        self.after.metrics.sum(name) - self.before.metrics.sum(name)
    }

    /// The same for each value of a label.
    pub(crate) fn grown_by(&self, name: &str, label: &str) -> BTreeMap<String, f64> {
        let before = self.before.metrics.sum_by(name, label);
        let mut grown = self.after.metrics.sum_by(name, label);
        for (value, sum) in &mut grown {
            *sum -= before.get(value).copied().unwrap_or(0.0);
        }
        grown
    }
}

/// A page in Prometheus text format.
#[derive(Debug)]
pub(crate) struct Metrics(String);

impl Metrics {
    /// A page as it was rendered.
    pub(crate) fn page(text: String) -> Self {
        Self(text)
    }

    /// The sum of all series of one name.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.series(name).map(|(_, value)| value).sum()
    }

    /// The sums by the value of a label.
    pub(crate) fn sum_by(&self, name: &str, label: &str) -> BTreeMap<String, f64> {
        let mut sums = BTreeMap::new();
        for (labels, value) in self.series(name) {
            let key = label_value(labels, label).unwrap_or_default();
            *sums.entry(key.to_owned()).or_insert(0.0) += value;
        }
        sums
    }

    /// Labels and value of each series of a name.
    fn series<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.0.lines().filter_map(move |line| {
            let rest = line.strip_prefix(name)?;
            let (labels, value) = match rest.strip_prefix('{') {
                Some(labelled) => labelled.rsplit_once('}')?,
                None => ("", rest.strip_prefix(' ')?),
            };
            Some((labels, value.trim().parse().ok()?))
        })
    }
}

fn label_value<'a>(labels: &'a str, label: &str) -> Option<&'a str> {
    labels.split("\",").find_map(|pair| {
        let (name, value) = pair.split_once("=\"")?;
        (name == label).then(|| value.trim_end_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn series_of_one_name_are_added_up_and_others_are_not() {
        let text = "# TYPE a counter\na_total{db=\"x\"} 2\na_total{db=\"y\",c=\"}\"} 3.5\na_total_more 9\nb 1\n";
        let page = Metrics(text.to_owned());
        assert!((page.sum("a_total") - 5.5).abs() < f64::EPSILON);
        assert!((page.sum("b") - 1.0).abs() < f64::EPSILON);
        let by: Vec<(String, f64)> = page.sum_by("a_total", "db").into_iter().collect();
        assert_eq!(by, [("x".to_owned(), 2.0), ("y".to_owned(), 3.5)]);
    }
}
