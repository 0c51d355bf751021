//! How far a tool is, on stderr: a bar on a terminal, else a line now and then.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is written where there is no terminal.
const PAUSE: Duration = Duration::from_secs(5);

/// Counts things done of a known number, and says how fast it goes and how long it still takes.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    total: u64,
    done: AtomicU64,
    started: Instant,
    said: Mutex<Instant>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// `total` things (`orders`, `products`) are to be done.
    #[must_use]
    pub fn new(what: &'static str, total: u64) -> Self {
        let style =
            ProgressStyle::with_template("{msg:10} {bar:30} {pos}/{len}  {per_sec}  {eta} left");
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total).with_message(what);
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        let now = Instant::now();
        Self {
            what,
            total,
            done: AtomicU64::new(0),
            started: now,
            said: Mutex::new(now),
            bar,
        }
    }

    /// So many more are done.
    pub fn add(&self, more: u64) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        if let Some(bar) = &self.bar {
            bar.inc(more);
            return;
        }
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.elapsed() >= PAUSE {
            *said = Instant::now();
            drop(said);
            self.say(done);
        }
    }

    /// How many are done.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Says something in passing, without tearing the bar.
    pub fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| to_stderr(text)),
            None => to_stderr(text),
        }
    }

    /// Ends: says the last numbers.
    pub fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.say(self.done());
    }

    #[expect(clippy::as_conversions, reason = "a rate for a person to read")]
    fn say(&self, done: u64) {
        let seconds = self.started.elapsed().as_secs_f64();
        let rate = done as f64 / seconds.max(0.001);
        let left = self.total.saturating_sub(done) as f64 / rate.max(0.001);
        let (what, total) = (self.what, self.total);
        if done >= total {
            to_stderr(&format!("{what}: {done} in {seconds:.1} s, {rate:.0}/s"));
        } else {
            to_stderr(&format!(
                "{what}: {done} of {total}, {rate:.0}/s, {left:.0} s left"
            ));
        }
    }
}

fn to_stderr(text: &str) {
    // A closed stderr is no reason to stop working.
    let _ignored = writeln!(io::stderr().lock(), "{text}");
}
