//! So many callers, each of whom calls again when he has his answer: what can be taken at most, and by how many.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::load::{Call, Outcome};
use crate::threads::{self, THREADS};

/// Lets `callers` call for `span`. Blocks the thread that calls.
pub(crate) fn run<C: Call>(call: &Arc<C>, callers: u64, span: Duration) -> Result<Outcome> {
    let threads = THREADS.min(callers.max(1));
    threads::share(call, threads, async |call: Arc<C>, thread| {
        let client = Rc::new(call.client().await?);
        let started = Instant::now();
        let end = started + span;
        let mut all = JoinSet::new();
        for caller in (thread..callers).step_by(usize::try_from(threads)?) {
            let client = Rc::clone(&client);
            all.spawn_local(async move {
                let mut outcome = Outcome::empty()?;
                let mut number = caller;
                loop {
                    let began = Instant::now();
                    if began >= end {
                        return Ok::<_, anyhow::Error>(outcome);
                    }
                    let answer = C::call(&client, number).await;
                    outcome.record(answer, began.elapsed());
                    number += callers;
                }
            });
        }
        let mut outcome = Outcome::empty()?;
        while let Some(seen) = all.join_next().await {
            outcome.add(seen??)?;
        }
        outcome.took = started.elapsed();
        Ok(outcome)
    })
}
