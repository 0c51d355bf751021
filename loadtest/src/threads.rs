//! The threads of the load: one current-thread runtime each, so that a call never moves between cores.

use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, bail};
use tokio::task::LocalSet;

use crate::load::{Call, Outcome};

/// Threads that a load runs on.
pub(crate) const THREADS: u64 = 2;

/// Runs `share` on each thread, told which one it is, and adds up what they saw. Blocks the thread that calls.
pub(crate) fn share<C, S>(call: &Arc<C>, threads: u64, share: S) -> Result<Outcome>
where
    C: Call,
    S: AsyncFn(Arc<C>, u64) -> Result<Outcome> + Send + Sync,
{
    let share = &share;
    thread::scope(|scope| {
        let mut running = Vec::new();
        for thread in 0..threads {
            let call = Arc::clone(call);
            let started = thread::Builder::new()
                .name(format!("load-{thread}"))
                .spawn_scoped(scope, move || {
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()
                        .context("cannot start a thread of the load")?;
                    LocalSet::new().block_on(&runtime, share(call, thread))
                });
            running.push(started.context("cannot start a thread of the load")?);
        }
        let mut outcome = Outcome::empty()?;
        for thread in running {
            match thread.join() {
                Ok(seen) => outcome.add(seen?)?,
                Err(_) => bail!("a thread of the load panicked"),
            }
        }
        Ok(outcome)
    })
}
