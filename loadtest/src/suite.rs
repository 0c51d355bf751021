//! The suite under test: a process of its own, with what it says of itself and what the kernel says of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use stoa_chassis::{Addresses, operator_token_path};
use tokio::process::{Child, Command};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};

/// How long a start may take.
const START: Duration = Duration::from_secs(30);

/// Connections that the load is spread over.
const CONNECTIONS: usize = 4;

/// Clock ticks of the kernel per second, in /proc: fixed on Linux.
const TICKS: u64 = 100;

/// A running suite.
#[derive(Debug)]
pub(crate) struct Suite {
    child: Child,
    pid: u32,
    addresses: Addresses,
    bearer: MetadataValue<Ascii>,
    channels: Vec<Channel>,
    http: reqwest::Client,
}

/// What is known of the suite at one moment.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Processor time used so far, in microseconds: of the suite, of the provider's stand-in, of this process.
    pub(crate) suite_cpu_us: u64,
    pub(crate) provider_cpu_us: u64,
    pub(crate) client_cpu_us: u64,
    /// The most memory that the suite's process has had resident, in bytes.
    pub(crate) peak_rss_bytes: u64,
    /// Committed transactions of the services' databases, and commands in them.
    pub(crate) commits: f64,
    pub(crate) commands: f64,
    pub(crate) batches: f64,
}

impl Suite {
    /// Starts it on free ports and waits until it is ready.
    pub(crate) async fn start(stoa: &Path, data: &Path) -> Result<Self> {
        fs::create_dir_all(data)?;
        let log = fs::File::create(data.with_extension("log"))?;
        let mut command = Command::new(stoa);
        command.arg("up").arg("--data").arg(data);
        for listener in ["--grpc", "--http", "--admin"] {
            command.args([listener, "127.0.0.1:0"]);
        }
        let child = command
            .env("STOA_TELEMETRY__FILTER", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", stoa.display()))?;
        let pid = child.id().context("the suite has ended already")?;
        let http = reqwest::Client::new();
        let addresses = ready(data, &http).await?;
        let token = fs::read_to_string(operator_token_path(data))?;
        let bearer = format!("Bearer {}", token.trim()).parse()?;
        let endpoint =
            Endpoint::from_shared(format!("http://{}", addresses.grpc))?.tcp_nodelay(true);
        Ok(Self {
            child,
            pid,
            addresses,
            bearer,
            channels: (0..CONNECTIONS).map(|_| endpoint.connect_lazy()).collect(),
            http,
        })
    }

    /// A connection, and what staff show on it.
    pub(crate) fn channel(&self, turn: usize) -> Result<Channel> {
        self.channels
            .get(turn % CONNECTIONS)
            .cloned()
            .context("no connection")
    }

    pub(crate) fn bearer(&self) -> MetadataValue<Ascii> {
        self.bearer.clone()
    }

    /// Stops the process for a while, as a debugger or a busy host would.
    pub(crate) async fn pause(&self, span: Duration) -> Result<()> {
        self.signal("-STOP").await?;
        tokio::time::sleep(span).await;
        self.signal("-CONT").await
    }

    async fn signal(&self, signal: &str) -> Result<()> {
        let done = Command::new("kill")
            .arg(signal)
            .arg(self.pid.to_string())
            .status()
            .await?;
        if !done.success() {
            bail!("cannot signal the suite");
        }
        Ok(())
    }

    /// What is known of it now.
    pub(crate) async fn reading(&self) -> Result<Reading> {
        let url = format!("http://{}/metrics", self.addresses.admin);
        let text = self.http.get(url).send().await?.text().await?;
        let sum = |name: &str| sum(&text, name);
        let children = children(self.pid)?;
        let mut provider_cpu_us = 0;
        for child in children {
            provider_cpu_us += cpu_us(child)?;
        }
        Ok(Reading {
            suite_cpu_us: cpu_us(self.pid)?,
            provider_cpu_us,
            client_cpu_us: cpu_us(std::process::id())?,
            peak_rss_bytes: peak_rss(self.pid)?,
            commits: sum("stoa_store_commits_total"),
            commands: sum("stoa_store_batch_size_sum"),
            batches: sum("stoa_store_batch_size_count"),
        })
    }

    /// Ends it in order.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.signal("-TERM").await?;
        self.child.wait().await?;
        Ok(())
    }
}

async fn ready(data: &Path, http: &reqwest::Client) -> Result<Addresses> {
    let started = Instant::now();
    loop {
        if let Ok(addresses) = Addresses::read(data) {
            let url = format!("http://{}/readyz", addresses.admin);
            if let Ok(answer) = http.get(url).send().await
                && answer.status().is_success()
            {
                return Ok(addresses);
            }
        }
        if started.elapsed() > START {
            let log: PathBuf = data.with_extension("log");
            bail!("the suite is not ready; its log is {}", log.display());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The sum of all series of one name.
fn sum(text: &str, name: &str) -> f64 {
    let value = |line: &str| {
        let rest = line.strip_prefix(name)?;
        let rest = rest.strip_prefix('{').map_or(Some(rest), |labels| {
            labels.rsplit_once('}').map(|(_, rest)| rest)
        })?;
        rest.trim().parse::<f64>().ok()
    };
    text.lines().filter_map(value).sum()
}

/// Processor time of a process in user and kernel, in microseconds.
fn cpu_us(pid: u32) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = |place: usize| -> Result<u64> {
        let field = fields.split_whitespace().nth(place);
        Ok(field.context("/proc/PID/stat is short")?.parse()?)
    };
    // utime and stime are the 14th and 15th fields, the 12th and 13th behind the name.
    Ok((ticks(11)? + ticks(12)?) * 1_000_000 / TICKS)
}

fn peak_rss(pid: u32) -> Result<u64> {
    let status: BTreeMap<String, String> = fs::read_to_string(format!("/proc/{pid}/status"))?
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
        .collect();
    let kib = status.get("VmHWM").context("no VmHWM")?;
    let kib: u64 = kib.trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

fn children(pid: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let listed = fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        children.extend(
            listed
                .split_whitespace()
                .filter_map(|pid| pid.parse::<u32>().ok()),
        );
    }
    Ok(children)
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn series_of_one_name_are_added_up_and_others_are_not() {
        let text = "# TYPE a counter\na_total{db=\"x\"} 2\na_total{db=\"y\",c=\"}\"} 3.5\na_total_more 9\nb 1\n";
        assert!((sum(text, "a_total") - 5.5).abs() < f64::EPSILON);
        assert!((sum(text, "b") - 1.0).abs() < f64::EPSILON);
    }
}
