//! What /proc says of processes: processor time, by thread too, bytes written, memory.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};

/// Clock ticks of the kernel per second, in /proc: fixed on Linux.
const TICKS: f64 = 100.0;

/// What processes have used since they began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage {
    /// Processor time in user and kernel mode, in microseconds.
    pub(crate) cpu_us: f64,
    /// Bytes that were handed to the disk.
    pub(crate) written_bytes: f64,
    /// Processor time of living threads by the name of their group, in microseconds.
    pub(crate) threads: BTreeMap<String, f64>,
}

impl Usage {
    /// Of one process.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let mut threads = BTreeMap::new();
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            let task = task?.path();
            // A thread may end between the listing and here; its time is in the process's own.
            let Ok(stat) = fs::read_to_string(task.join("stat")) else {
                continue;
            };
            let cpu_us = cpu_us(&stat)?;
            *threads.entry(group(&stat).to_owned()).or_insert(0.0) += cpu_us;
        }
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Ok(Self {
            cpu_us: cpu_us(&stat)?,
            written_bytes: written_bytes(pid).unwrap_or(0.0),
            threads,
        })
    }

    /// And that of another.
    pub(crate) fn add(&mut self, other: &Self) {
        self.cpu_us += other.cpu_us;
        self.written_bytes += other.written_bytes;
        for (name, cpu_us) in &other.threads {
            *self.threads.entry(name.clone()).or_insert(0.0) += cpu_us;
        }
    }
}

/// The name in a stat line, without the number that tells threads of one group apart.
fn group(stat: &str) -> &str {
    let name = stat
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(')'))
        .map_or("", |(name, _)| name);
    name.trim_end_matches(|last: char| last.is_ascii_digit() || last == '-' || last == '#')
}

/// Processor time in a stat line, in microseconds: utime and stime, the 12th and 13th fields behind the name.
fn cpu_us(stat: &str) -> Result<f64> {
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || -> Result<f64> {
        let field = fields.next().context("/proc/PID/stat is short")?;
        Ok(field.parse::<f64>()?)
    };
    Ok((ticks()? + ticks()?) * 1_000_000.0 / TICKS)
}

/// Bytes handed to the disk; another user's process shows them to root alone.
fn written_bytes(pid: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/io"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.context("no write_bytes")?.parse()?)
}

/// A field of /proc/PID/status that is given in kB, in bytes.
pub(crate) fn status_bytes(pid: u32, field: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.with_context(|| format!("no {field}"))?;
    let kib: u64 = kib
        .trim_start_matches(':')
        .trim_end_matches(" kB")
        .trim()
        .parse()?;
    Ok(kib * 1024)
}

/// The processes that a process has started.
pub(crate) fn children(pid: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let listed = fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        let listed = listed.split_whitespace();
        children.extend(listed.filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Ok(children)
}

/// The processes of a Postgres server that serve roles of this prefix, and the one that writes the log of all; checkpoints
/// are left out, because they write what others have changed.
pub(crate) fn postgres(prefix: &str) -> Result<Usage> {
    let mut usage = Usage::default();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // A process may end between the listing and here.
        let title = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let title = String::from_utf8_lossy(&title);
        let Some(title) = title.strip_prefix("postgres: ") else {
            continue;
        };
        let ours = title.starts_with(prefix) || title.starts_with("walwriter");
        if ours && let Ok(one) = Usage::of(pid) {
            usage.add(&one);
        }
    }
    Ok(usage)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{cpu_us, group};

    const STAT: &str =
        "42 (store-order-1) S 1 42 42 0 -1 4194304 9 0 0 0 150 50 0 0 20 0 9 0 100 1 1";

    #[test]
    fn a_thread_belongs_to_the_group_of_its_name_without_its_number() {
        assert_eq!(group(STAT), "store-order");
        assert_eq!(group("7 (a (b) 3) S 1"), "a (b) ");
    }

    #[test]
    fn user_and_kernel_time_are_added() {
        assert!((cpu_us(STAT).unwrap() - 2_000_000.0).abs() < f64::EPSILON);
        assert!(cpu_us("42 (x) S 1 2").is_err());
    }
}
