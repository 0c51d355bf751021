//! What perf's samples say: a weight in nanoseconds of processor time for each stack, root first.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// Addresses from here on are the kernel's.
const KERNEL: u64 = 0xffff_8000_0000_0000;

/// The end of the name of a function of the kernel, as other tools for folded stacks know it.
pub(super) const OF_THE_KERNEL: &str = "_[k]";

/// The samples.
#[derive(Debug, Default)]
pub(super) struct Stacks(Vec<Sample>);

#[derive(Debug, PartialEq, Eq)]
struct Sample {
    pid: u32,
    thread: String,
    nanos: u64,
    /// Root first.
    frames: Vec<String>,
}

/// Nanoseconds by stack: process, thread, functions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Folded(pub(super) BTreeMap<Vec<String>, u64>);

impl Stacks {
    /// Reads what `perf script` printed: a line about the sample, one line for each frame, leaf first, and an empty line.
    pub(super) fn read(text: &str) -> Result<Self> {
        let mut samples = Vec::new();
        let mut open: Option<Sample> = None;
        for line in text.lines() {
            if line.trim().is_empty() {
                samples.extend(open.take().map(Sample::root_first));
            } else if let Some(sample) = &mut open {
                sample.frames.push(frame(line));
            } else {
                open = Some(Sample::begin(line)?);
            }
        }
        samples.extend(open.take().map(Sample::root_first));
        if samples.is_empty() {
            bail!("perf took no samples: the work was over too soon; more --seconds give it time");
        }
        Ok(Self(samples))
    }

    /// Adds up equal stacks; a process is called by its role.
    pub(super) fn fold(&self, roles: &BTreeMap<u32, String>) -> Folded {
        let mut folded = BTreeMap::new();
        for sample in &self.0 {
            let role = roles.get(&sample.pid).map_or("other", String::as_str);
            let mut stack = vec![role.to_owned(), thread(&sample.thread)];
            stack.extend(sample.frames.iter().cloned());
            *folded.entry(stack).or_insert(0) += sample.nanos;
        }
        Folded(folded)
    }
}

impl Sample {
    fn begin(line: &str) -> Result<Self> {
        let read = || {
            let (rest, period) = line.trim().trim_end_matches(':').rsplit_once(' ')?;
            let (thread, ids) = rest.trim_end().rsplit_once(' ')?;
            let (pid, _) = ids.split_once('/')?;
            Some(Self {
                pid: pid.parse().ok()?,
                thread: thread.trim().to_owned(),
                nanos: period.parse().ok()?,
                frames: Vec::new(),
            })
        };
        read().with_context(|| format!("perf printed something unexpected: {line}"))
    }

    fn root_first(mut self) -> Self {
        self.frames.reverse();
        self
    }
}

/// A line with an address and a symbol.
fn frame(line: &str) -> String {
    let (address, symbol) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let is_kernel = u64::from_str_radix(address, 16).is_ok_and(|it| it >= KERNEL);
    let symbol = without_hash(symbol.trim());
    let name = match symbol {
        "" | "[unknown]" => "unknown",
        known => known,
    };
    let mark = if is_kernel { OF_THE_KERNEL } else { "" };
    // A semicolon parts frames in the folded text.
    format!("{}{mark}", name.replace(';', ","))
}

/// A Rust symbol without the hash at its end.
fn without_hash(symbol: &str) -> &str {
    match symbol.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|it| it.is_ascii_hexdigit()) => {
            name
        }
        _ => symbol,
    }
}

/// Threads that do the same have names that differ in a number at the end.
fn thread(name: &str) -> String {
    let bare = name.trim_end_matches(|it: char| it.is_ascii_digit());
    let bare = bare.trim_end_matches(['-', '/', ' ']);
    if bare.is_empty() { name } else { bare }.to_owned()
}

impl Folded {
    /// All of it, in nanoseconds.
    pub(super) fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// One line for each stack, frames parted by semicolons, and its microseconds.
    pub(super) fn text(&self) -> String {
        self.0
            .iter()
            .map(|(stack, nanos)| format!("{} {}\n", stack.join(";"), nanos / 1_000))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "\
stoa-load    11/12     1000000
\tffffffff81aedfef do_fault
\t          9d76f8 stoa::cli::run::h0123456789abcdef
\t           27249 main

serve 1      21/23     2000000:
\t          9d76f8 [unknown]
\t           27249 start_thread

serve 0      21/24     500000
\t          9d76f8 [unknown]
\t           27249 start_thread
";

    fn roles() -> BTreeMap<u32, String> {
        [(11, "client".to_owned()), (21, "suite".to_owned())].into()
    }

    #[test]
    fn equal_stacks_are_added_up_root_first() {
        let folded = Stacks::read(SCRIPT).unwrap().fold(&roles());
        assert_eq!(
            folded.text(),
            "client;stoa-load;main;stoa::cli::run;do_fault_[k] 1000\n\
             suite;serve;start_thread;unknown 2500\n"
        );
        assert_eq!(folded.total(), 3_500_000);
    }

    #[test]
    fn a_process_that_nobody_knows_is_another() {
        let folded = Stacks::read(SCRIPT).unwrap().fold(&BTreeMap::new());
        assert!(folded.text().starts_with("other;serve;"));
    }

    #[test]
    fn no_samples_are_an_error_and_so_is_another_text() {
        assert!(Stacks::read("\n").is_err());
        assert!(Stacks::read("what is this\n").is_err());
    }
}
