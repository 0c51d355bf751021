//! Calls arrive at a fixed rate whatever becomes of them; a latency counts from when its call was meant to begin.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::load::{Call, Outcome};
use crate::threads::{self, THREADS};

/// A call that begins later than this after its moment is a late start: the load itself could not keep up.
const LATE: Duration = Duration::from_millis(10);

/// Calls of one thread that may be under way at once; beyond it the run is far over what can be taken, and ends.
const UNDER_WAY: usize = 10_000;

/// A load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Calls that arrive per second.
    pub(crate) rate: u32,
    /// For how long they arrive.
    pub(crate) span: Duration,
}

/// Lets calls arrive and waits for the last answer. Blocks the thread that calls.
pub(crate) fn run<C: Call>(call: &Arc<C>, load: Load) -> Result<Outcome> {
    let rate = u64::from(load.rate);
    let count = rate * u64::try_from(load.span.as_millis()).unwrap_or(0) / 1_000;
    let threads = THREADS.min(count.max(1));
    threads::share(call, threads, async |call: Arc<C>, thread| {
        let client = Rc::new(call.client().await?);
        let seen = Rc::new(Seen::new()?);
        let started = Instant::now();
        for number in (thread..count).step_by(usize::try_from(threads)?) {
            let moment = started + Duration::from_nanos(number * 1_000_000_000 / rate);
            if moment > Instant::now() {
                sleep_until(moment).await;
            }
            if !seen.begin(moment) {
                break;
            }
            let (client, seen) = (Rc::clone(&client), Rc::clone(&seen));
            #[expect(
                clippy::disallowed_methods,
                reason = "an open loop waits for no call; `Seen` joins them"
            )]
            tokio::task::spawn_local(async move {
                let outcome = C::call(&client, number).await;
                seen.end(outcome, moment.elapsed());
            });
        }
        seen.all(started).await
    })
}

/// What one thread has seen so far.
struct Seen {
    state: RefCell<(Outcome, usize)>,
    last: Notify,
}

impl Seen {
    fn new() -> Result<Self> {
        Ok(Self {
            state: RefCell::new((Outcome::empty()?, 0)),
            last: Notify::new(),
        })
    }

    /// Whether one more may begin.
    fn begin(&self, moment: Instant) -> bool {
        let (outcome, under_way) = &mut *self.state.borrow_mut();
        if moment.elapsed() > LATE {
            outcome.late_starts += 1;
        }
        if *under_way >= UNDER_WAY {
            outcome.failed += 1;
            outcome
                .first_failure
                .get_or_insert_with(|| format!("{UNDER_WAY} calls were under way"));
            return false;
        }
        *under_way += 1;
        true
    }

    fn end(&self, ended: Result<(), String>, took: Duration) {
        let (outcome, under_way) = &mut *self.state.borrow_mut();
        outcome.record(ended, took);
        *under_way -= 1;
        if *under_way == 0 {
            self.last.notify_one();
        }
    }

    async fn all(&self, started: Instant) -> Result<Outcome> {
        while self.state.borrow().1 > 0 {
            self.last.notified().await;
        }
        let (outcome, _) = self.state.replace((Outcome::empty()?, 0));
        Ok(Outcome {
            took: started.elapsed(),
            ..outcome
        })
    }
}
