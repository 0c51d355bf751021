//! How a caller waits: for an order's next change, or for a piece of work to come to rest.
//!
//! Only a wake-up: what is true stands in the database and is read there after it. Another process's change is
//! not heard here, so whoever waits also looks for himself now and then.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use stoa_api::order::v1::Order;
use stoa_types::{OrderId, WorkflowId};
use tokio::sync::Notify;

/// Those who wait, by what they wait for. A key lives as long as somebody waits for it.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    orders: Bells<OrderId>,
    work: Bells<WorkflowId>,
}

impl Watchers {
    /// Wakes those who watch an order.
    pub(crate) fn changed(&self, order: &Order) {
        if let Ok(id) = order.order_id.parse() {
            self.orders.ring(&id);
        }
    }

    /// Wakes those who wait for a piece of work.
    pub(crate) fn at_rest(&self, id: WorkflowId) {
        self.work.ring(&id);
    }

    /// A bell that rings at each change of an order, also at one between this call and the wait.
    pub(crate) fn order(&self, id: OrderId) -> Arc<Notify> {
        self.orders.bell(id)
    }

    /// A bell that rings when a piece of work comes to rest.
    pub(crate) fn work(&self, id: WorkflowId) -> Arc<Notify> {
        self.work.bell(id)
    }
}

#[derive(Debug)]
struct Bells<K>(Mutex<HashMap<K, Vec<Weak<Notify>>>>);

impl<K> Default for Bells<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash> Bells<K> {
    fn bell(&self, key: K) -> Arc<Notify> {
        let bell = Arc::new(Notify::new());
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What nobody waits for any more is swept now and then, so the map stays as small as the waiters.
        if bells.len() >= 1_024 && bells.len().is_power_of_two() {
            bells.retain(|_, waiting| waiting.iter().any(|bell| bell.strong_count() > 0));
        }
        bells.entry(key).or_default().push(Arc::downgrade(&bell));
        bell
    }

    fn ring(&self, key: &K) {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = bells.get_mut(key) else {
            return;
        };
        // notify_one keeps one ring for a waiter that is not waiting at this moment.
        waiting.retain(|bell| {
            bell.upgrade().is_some_and(|bell| {
                bell.notify_one();
                true
            })
        });
        if waiting.is_empty() {
            bells.remove(key);
        }
    }
}
