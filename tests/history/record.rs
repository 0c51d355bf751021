//! What callers write down: when a call began, when its answer came, and what the answer says about each sku.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::checker::{self, Call, Violation};
use crate::stock::{Answer, Stock};

/// The calls of one round, written down by all callers together; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Record(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    beginning: Instant,
    calls: Mutex<BTreeMap<String, Vec<Call>>>,
    broken: Mutex<Vec<String>>,
}

/// A call that has begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began(u64);

/// What is wrong with a round.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// No order of the calls explains an answer about this sku.
    History(String, Box<Violation>),
    /// Answers that are wrong whatever else happened.
    Answers(Vec<String>),
}

impl Record {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            beginning: Instant::now(),
            calls: Mutex::default(),
            broken: Mutex::default(),
        }))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.beginning.elapsed().as_nanos()).unwrap()
    }

    /// A call begins.
    pub(crate) fn begin(&self) -> Began {
        Began(self.now())
    }

    /// It is answered, and this is what the answer says about each of these skus.
    pub(crate) fn end<'s>(
        &self,
        began: Began,
        who: &str,
        answers: impl IntoIterator<Item = (&'s str, Answer)>,
    ) {
        let ended = Some(self.now());
        let mut calls = self.0.calls.lock().unwrap();
        for (sku, answer) in answers {
            calls.entry(sku.to_owned()).or_default().push(Call {
                who: who.to_owned(),
                began: began.0,
                ended,
                answer,
            });
        }
    }

    /// An answer that is wrong by itself.
    pub(crate) fn broken(&self, what: String) {
        self.0.broken.lock().unwrap().push(what);
    }

    /// How many calls are written down.
    pub(crate) fn len(&self) -> usize {
        self.0.calls.lock().unwrap().values().map(Vec::len).sum()
    }

    /// Judges the round, which began with this stock.
    pub(crate) fn judge(&self, beginning: &BTreeMap<String, Stock>) -> Result<(), Wrong> {
        for (sku, calls) in self.0.calls.lock().unwrap().iter() {
            checker::check(beginning[sku], calls)
                .map_err(|violation| Wrong::History(sku.clone(), violation))?;
        }
        let broken = self.0.broken.lock().unwrap();
        if broken.is_empty() {
            return Ok(());
        }
        Err(Wrong::Answers(broken.clone()))
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::History(sku, violation) => write!(f, "the history of {sku} is {violation}"),
            Self::Answers(broken) => {
                writeln!(f, "{} answers are wrong by themselves", broken.len())?;
                broken
                    .iter()
                    .take(8)
                    .try_for_each(|what| writeln!(f, "  {what}"))
            }
        }
    }
}

/// For how long a long run runs: `STOA_LONG_SECONDS`; 30 s in CI, else 5 s.
pub(crate) fn length() -> Duration {
    let named = std::env::var("STOA_LONG_SECONDS").ok();
    let usual = if std::env::var_os("CI").is_some() {
        30
    } else {
        5
    };
    Duration::from_secs(named.map_or(usual, |seconds| seconds.parse().unwrap()))
}
