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

/// Orders that were accepted and whose work has not begun, at most; for one that finds no room the row is read.
const FRESH: usize = 4_096;

/// Those who wait, by what they wait for. A key lives as long as somebody waits for it.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    orders: Bells<OrderId>,
    work: Bells<WorkflowId>,
    fresh: Mutex<HashMap<OrderId, Arc<Order>>>,
}

/// What somebody who waits holds.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    notify: Notify,
    last: Mutex<Option<Arc<Order>>>,
}

impl Bell {
    /// Waits for the next ring, or one that came since the last wait.
    pub(crate) async fn notified(&self) {
        self.notify.notified().await;
    }

    /// The order as it was committed when the bell rang, if that was told.
    pub(crate) fn last(&self) -> Option<Arc<Order>> {
        lock(&self.last).take()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watchers {
    /// Wakes those who watch an order.
    pub(crate) fn changed(&self, order: &Order) {
        if let Ok(id) = order.order_id.parse() {
            self.orders.ring(&id, None);
        }
    }

    /// Wakes those who wait for a piece of work, with the order as its last commit left it.
    pub(crate) fn at_rest(&self, id: WorkflowId, order: Option<&Arc<Order>>) {
        self.work.ring(&id, order);
    }

    /// Keeps an order that was accepted a moment ago, so that its work need not read it.
    pub(crate) fn accepted(&self, id: OrderId, order: Arc<Order>) {
        let mut fresh = lock(&self.fresh);
        if fresh.len() < FRESH {
            fresh.insert(id, order);
        }
    }

    /// What [`Watchers::accepted`] kept, once. It may have changed since: whatever is decided on it is decided again
    /// on the row.
    pub(crate) fn take_accepted(&self, id: OrderId) -> Option<Arc<Order>> {
        lock(&self.fresh).remove(&id)
    }

    /// A bell that rings at each change of an order, also at one between this call and the wait.
    pub(crate) fn order(&self, id: OrderId) -> Arc<Bell> {
        self.orders.bell(id)
    }

    /// A bell that rings when a piece of work comes to rest.
    pub(crate) fn work(&self, id: WorkflowId) -> Arc<Bell> {
        self.work.bell(id)
    }
}

#[derive(Debug)]
struct Bells<K>(Mutex<HashMap<K, Vec<Weak<Bell>>>>);

impl<K> Default for Bells<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash> Bells<K> {
    fn bell(&self, key: K) -> Arc<Bell> {
        let bell = Arc::new(Bell::default());
        let mut bells = lock(&self.0);
        // What nobody waits for any more is swept now and then, so the map stays as small as the waiters.
        if bells.len() >= 1_024 && bells.len().is_power_of_two() {
            bells.retain(|_, waiting| waiting.iter().any(|bell| bell.strong_count() > 0));
        }
        bells.entry(key).or_default().push(Arc::downgrade(&bell));
        bell
    }

    fn ring(&self, key: &K, order: Option<&Arc<Order>>) {
        let mut bells = lock(&self.0);
        let Some(waiting) = bells.get_mut(key) else {
            return;
        };
        // notify_one keeps one ring for a waiter that is not waiting at this moment.
        waiting.retain(|bell| {
            bell.upgrade().is_some_and(|bell| {
                *lock(&bell.last) = order.map(Arc::clone);
                bell.notify.notify_one();
                true
            })
        });
        if waiting.is_empty() {
            bells.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use stoa_types::{Ids, SystemIds};

    use super::*;

    fn work() -> WorkflowId {
        WorkflowId::from_uuid(SystemIds.uuid())
    }

    #[tokio::test]
    async fn a_ring_before_the_wait_is_not_missed_and_everybody_hears_it() {
        let watchers = Watchers::default();
        let id = work();
        let (one, two) = (watchers.work(id), watchers.work(id));
        let other = watchers.work(work());
        let order = Arc::new(Order {
            revision: 3,
            ..Order::default()
        });
        watchers.at_rest(id, Some(&order));
        one.notified().await;
        two.notified().await;
        assert_eq!(one.last().unwrap().revision, 3);
        assert_eq!(two.last().unwrap().revision, 3);
        assert!(other.last().is_none());
    }

    #[test]
    fn who_waits_no_more_is_forgotten() {
        let watchers = Watchers::default();
        for _ in 0..10_000 {
            drop(watchers.work(work()));
        }
        assert!(lock(&watchers.work.0).len() <= 1_024);
        let id = work();
        drop(watchers.work(id));
        watchers.at_rest(id, None);
        assert!(!lock(&watchers.work.0).contains_key(&id));
    }

    #[test]
    fn an_accepted_order_is_kept_once() {
        let watchers = Watchers::default();
        let id = OrderId::new(&SystemIds);
        watchers.accepted(id, Arc::default());
        assert!(watchers.take_accepted(id).is_some());
        assert!(watchers.take_accepted(id).is_none());
    }
}
