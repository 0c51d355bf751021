//! Who waits for a commit that touched something, wakes when it happened.
//!
//! The event relay and the workflow runner would otherwise poll. A transaction names what it touched
//! ([`Tx::signal`](crate::Tx::signal)); after its commit, and only then, whoever listens to that name wakes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// A name that commits may touch; [`Signal::notified`] returns after a commit that did.
///
/// A commit between two calls is not missed: the next call returns at once. One listener per signal.
#[derive(Clone, Debug)]
pub struct Signal(Arc<Notify>);

impl Signal {
    /// Waits for the next commit that touched this name.
    pub async fn notified(&self) {
        self.0.notified().await;
    }
}

/// All names of one database.
#[derive(Debug, Default)]
pub(crate) struct Signals(Mutex<BTreeMap<&'static str, Arc<Notify>>>);

impl Signals {
    pub(crate) fn listen(&self, name: &'static str) -> Signal {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Signal(Arc::clone(names.entry(name).or_default()))
    }

    pub(crate) fn raise(&self, touched: &[&'static str]) {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for name in touched {
            if let Some(listener) = names.get(name) {
                listener.notify_one();
            }
        }
    }
}
