//! Moving the write-ahead log into the tables, beside the writer.
//!
//! The writer never checkpoints by itself (it would make callers wait); this task does so after commits, at
//! most once a second, on a connection of its own. A log that grows all the same, because there is always a
//! writer, gets one short moment without one: the committer runs a checkpoint between two batches, and since
//! almost everything has been moved by then, the log is begun anew.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sea_orm::DatabaseConnection;

use crate::commit::Committer;
use crate::engine::Checkpointer;

/// Pages (2 KiB each, in a file of before 4) in the log from which on it is begun anew: 32 MiB.
const LONG: i64 = 16_384;

/// Runs until the committer is closed.
pub(crate) async fn run(committer: Arc<Committer>, own: DatabaseConnection, every: Duration) {
    loop {
        committer.lane.written.notified().await;
        if committer.is_closing() {
            break;
        }
        let connections = committer.lane.connections();
        match connections.checkpoint(Checkpointer::Own(&own)).await {
            Ok(progress) if progress.log >= LONG => {
                let left = progress.log.saturating_sub(progress.moved);
                tracing::debug!(
                    db = committer.lane.name(),
                    log = progress.log,
                    left,
                    "the log is long"
                );
                committer.pause.store(true, Ordering::Release);
                committer.wake();
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(db = committer.lane.name(), %error, "a checkpoint failed; the log grows");
            }
        }
        let _ = tokio::time::timeout(every, committer.end.notified()).await;
    }
    if let Err(error) = own.close().await {
        tracing::debug!(%error, "the checkpoint connection did not close");
    }
}
