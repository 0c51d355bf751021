//! The thread of a file's lane.
//!
//! Statements run where the lane runs, and a COMMIT waits for the disk there. On a runtime that others share, their tasks
//! would wait with it.

use std::io;
use std::thread::{self, ThreadId};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Runs `lane` on a thread of its own. What is returned ends with it; when the runtime of `spawner` ends before, so does
/// the lane, between two steps of its work.
pub(crate) fn spawn(
    name: &str,
    lane: impl Future<Output = ()> + Send + 'static,
    spawner: &Handle,
) -> io::Result<JoinHandle<()>> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let (end, ended) = oneshot::channel::<()>();
    let thread = thread::Builder::new()
        .name(format!("lane-{name}"))
        .spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    () = lane => {}
                    _ = stopped => {}
                }
            });
            drop(end);
        })?;
    let lane = Lane {
        id: thread.thread().id(),
        thread: Some(thread),
        stop: Some(stop),
    };
    Ok(spawner.spawn(async move {
        let _lane = lane;
        // Nothing is ever sent: it ends when the thread does.
        let _ = ended.await;
    }))
}

/// The running thread; dropped, it is told to stop and waited for.
struct Lane {
    id: ThreadId,
    thread: Option<thread::JoinHandle<()>>,
    stop: Option<oneshot::Sender<()>>,
}

impl Drop for Lane {
    fn drop(&mut self) {
        drop(self.stop.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A task of the runtime that ends may be dropped by the lane itself.
        if thread::current().id() != self.id && thread.join().is_err() {
            tracing::error!("the thread of a lane panicked");
        }
    }
}
