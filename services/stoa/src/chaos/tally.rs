//! What was injected, what was answered, and what was promised by an answer.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stoa_api::order::v1::OrderState;
use tokio::time::Instant;

/// Everything that is counted, second by second where it matters.
#[derive(Debug)]
pub(super) struct Tally {
    started: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    injected: BTreeMap<String, u64>,
    answered: BTreeMap<String, u64>,
    seconds: BTreeMap<u64, Second>,
    promises: Vec<Promise>,
    broken: Vec<String>,
}

/// One second of the run.
#[derive(Clone, Debug, Default)]
pub(super) struct Second {
    /// Orders that were answered.
    pub(super) orders: u64,
    /// The latencies of their calls, in milliseconds.
    pub(super) latencies: Vec<u64>,
    /// Whether the suite was killed in it.
    pub(super) killed: bool,
}

/// What a customer was told.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    /// Whose order it is.
    pub(super) secret: String,
    /// The order.
    pub(super) order_id: String,
    /// As which it was last shown to him.
    pub(super) state: OrderState,
    /// Whether he, or the staff, asked for its end.
    pub(super) ending: bool,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            inner: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A misfortune was made.
    pub(super) fn inject(&self, what: &str) {
        *self.lock().injected.entry(what.to_owned()).or_default() += 1;
    }

    /// An answer came.
    pub(super) fn answer(&self, what: &str) {
        *self.lock().answered.entry(what.to_owned()).or_default() += 1;
    }

    /// An order was answered, after this time.
    pub(super) fn order(&self, took: Duration) {
        let now = self.now();
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let mut inner = self.lock();
        let second = inner.seconds.entry(now).or_default();
        second.orders += 1;
        second.latencies.push(took);
    }

    /// The suite was killed.
    pub(super) fn killed(&self) {
        let now = self.now();
        self.inject("suite killed");
        self.lock().seconds.entry(now).or_default().killed = true;
    }

    /// A promise was made.
    pub(super) fn promise(&self, promise: Promise) {
        self.lock().promises.push(promise);
    }

    /// Something is not as it was promised.
    pub(super) fn broke(&self, what: String) {
        self.lock().broken.push(what);
    }

    pub(super) fn injected(&self) -> BTreeMap<String, u64> {
        self.lock().injected.clone()
    }

    pub(super) fn answered(&self) -> BTreeMap<String, u64> {
        self.lock().answered.clone()
    }

    pub(super) fn seconds(&self) -> BTreeMap<u64, Second> {
        self.lock().seconds.clone()
    }

    pub(super) fn promises(&self) -> Vec<Promise> {
        self.lock().promises.clone()
    }

    pub(super) fn broken(&self) -> Vec<String> {
        self.lock().broken.clone()
    }

    fn now(&self) -> u64 {
        self.started.elapsed().as_secs()
    }
}
