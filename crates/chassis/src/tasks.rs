//! The only place that starts tasks: each has a name and is joined at shutdown.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Starts tasks on one runtime and knows which of them still run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tasks {
    handle: Handle,
    tracker: TaskTracker,
    running: Arc<Mutex<Vec<(u64, &'static str)>>>,
    next: Arc<std::sync::atomic::AtomicU64>,
}

impl Tasks {
    /// Tasks on the runtime of `handle`.
    #[must_use]
    pub fn new(handle: Handle) -> Self {
        Self {
            handle,
            tracker: TaskTracker::new(),
            running: Arc::default(),
            next: Arc::default(),
        }
    }

    /// The runtime on which they run: for what takes a handle (the store, the workflow runner).
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Starts `task` under `name`. It must end soon after the shutdown token is cancelled; a panic in it is logged and ends
    /// the task alone.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let id = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.lock().push((id, name));
        let tasks = self.clone();
        let span = tracing::info_span!("task", otel.name = name, task.name = name);
        let watched = async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                tracing::error!(task.name = name, "a task panicked");
            }
            tasks.lock().retain(|(running, _)| *running != id);
        };
        self.handle
            .spawn(self.tracker.track_future(watched.instrument(span)));
    }

    /// Waits until every task has ended, up to `limit`; names those that have not.
    pub async fn join(&self, limit: Duration) {
        self.tracker.close();
        if tokio::time::timeout(limit, self.tracker.wait())
            .await
            .is_err()
        {
            let names: Vec<&str> = self.lock().iter().map(|(_, name)| *name).collect();
            tracing::warn!(tasks = ?names, "tasks did not end in time");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(u64, &'static str)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
