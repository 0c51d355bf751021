//! The process's own figures, read from `/proc` when the page is asked for.

use std::fs;
use std::sync::OnceLock;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

/// Where the number of allocations so far is known, if anybody counts them.
static ALLOCATIONS: OnceLock<fn() -> u64> = OnceLock::new();

/// Shows the number of allocations that the process has made so far, as its allocator counts them. To be called before
/// anything is measured; the first caller stays.
pub fn count_allocations(counted: fn() -> u64) {
    let _ = ALLOCATIONS.set(counted);
}

/// What `/proc/self` says about this process at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Resident memory in bytes (`VmRSS`).
    pub resident_bytes: u64,
    /// The highest resident memory so far in bytes (`VmHWM`).
    pub peak_resident_bytes: u64,
    /// CPU time in user and in kernel mode so far, in seconds.
    pub cpu_seconds: f64,
    /// Threads that live now.
    pub threads: u64,
    /// File descriptors that are open now.
    pub open_fds: u64,
}

/// Reads the figures; what cannot be read (no `/proc`) is zero.
#[must_use]
pub fn usage() -> Usage {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let open_fds = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    Usage {
        resident_bytes: kibibytes(&status, "VmRSS:"),
        peak_resident_bytes: kibibytes(&status, "VmHWM:"),
        cpu_seconds: cpu_seconds(&stat),
        threads: number(&status, "Threads:"),
        open_fds: u64::try_from(open_fds).unwrap_or(u64::MAX),
    }
}

/// Registers the figures as observable instruments.
pub(crate) fn observe(meter: &Meter) {
    let gauge = |name: &'static str, unit: &'static str, what: &'static str| {
        meter
            .u64_observable_gauge(name)
            .with_unit(unit)
            .with_description(what)
    };
    let none: &[KeyValue] = &[];
    gauge("process.resident_memory", "By", "Resident memory.")
        .with_callback(move |seen| seen.observe(usage().resident_bytes, none))
        .build();
    gauge(
        "process.peak_resident_memory",
        "By",
        "The highest resident memory so far.",
    )
    .with_callback(move |seen| seen.observe(usage().peak_resident_bytes, none))
    .build();
    gauge("process.threads", "", "Threads that live now.")
        .with_callback(move |seen| seen.observe(usage().threads, none))
        .build();
    gauge(
        "process.open_fds",
        "",
        "File descriptors that are open now.",
    )
    .with_callback(move |seen| seen.observe(usage().open_fds, none))
    .build();
    meter
        .f64_observable_counter("process.cpu")
        .with_unit("s")
        .with_description("CPU time in user and in kernel mode.")
        .with_callback(move |seen| seen.observe(usage().cpu_seconds, none))
        .build();
    if let Some(counted) = ALLOCATIONS.get() {
        meter
            .u64_observable_counter("process.allocations")
            .with_description("Allocations and reallocations of memory.")
            .with_callback(move |seen| seen.observe(counted(), none))
            .build();
    }
}

fn number(status: &str, key: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

fn kibibytes(status: &str, key: &str) -> u64 {
    number(status, key).saturating_mul(1024)
}

/// Fields 14 and 15 of `/proc/self/stat`, in ticks of 1/100 s (`USER_HZ`, 100 on every architecture that we build for). The
/// second field is the command in brackets and may hold spaces, so counting starts behind its closing bracket.
fn cpu_seconds(stat: &str) -> f64 {
    let ticks: u32 = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u32>().ok())
        .fold(0, u32::saturating_add);
    f64::from(ticks) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_lines_it_needs() {
        let status = "Name:\tstoa\nVmHWM:\t  2048 kB\nVmRSS:\t    1024 kB\nThreads:\t7\n";
        assert_eq!(kibibytes(status, "VmRSS:"), 1024 * 1024);
        assert_eq!(kibibytes(status, "VmHWM:"), 2048 * 1024);
        assert_eq!(number(status, "Threads:"), 7);
        let stat = "1 (a b) c) S 0 1 1 0 -1 4194560 1 0 0 0 250 150 0 0 20 0 1 0 1 1 1";
        assert!((cpu_seconds(stat) - 4.0).abs() < f64::EPSILON);
    }

    #[test]
    fn sees_this_process() {
        let usage = usage();
        assert!(usage.resident_bytes > 1_000_000, "{usage:?}");
        assert!(
            usage.peak_resident_bytes >= usage.resident_bytes / 2,
            "{usage:?}"
        );
        assert!(usage.threads >= 1 && usage.open_fds >= 1, "{usage:?}");
    }
}
