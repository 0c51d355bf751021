//! Which operations this process is sending at this moment, so that a repeated call waits for the
//! same answer instead of reporting PENDING.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stoa_types::OperationId;
use tokio::sync::watch;

use super::operate::Told;

/// What waits for an operation that is being sent: it changes when there is an answer, and closes
/// when there is none.
pub(crate) type Waiting = watch::Receiver<Option<Told>>;

/// The operations that are being sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inflight(Arc<Mutex<HashMap<OperationId, Waiting>>>);

/// Held while an operation is being sent.
#[derive(Debug)]
pub(crate) struct Sending {
    table: Inflight,
    id: OperationId,
    done: watch::Sender<Option<Told>>,
}

impl Inflight {
    /// Notes that an operation is being sent, until the guard is dropped.
    pub(crate) fn begin(&self, id: OperationId) -> (Sending, Waiting) {
        let (done, waiting) = watch::channel(None);
        self.lock().insert(id, waiting.clone());
        let sending = Sending {
            table: self.clone(),
            id,
            done,
        };
        (sending, waiting)
    }

    /// What waits for `id`, if it is being sent here.
    pub(crate) fn get(&self, id: OperationId) -> Option<Waiting> {
        self.lock().get(&id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OperationId, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sending {
    /// Tells all who wait what is known now.
    pub(crate) fn end(self, told: Told) {
        self.table.lock().remove(&self.id);
        self.done.send_replace(Some(told));
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.table.lock().remove(&self.id);
    }
}
