//! For how long it is remembered which events a consumer has applied whose order does not matter.
//!
//! LATEST and STRICT keep one row per aggregate, ANY one per event. An event comes again because a relay died between the
//! acknowledgement and its mark, which is a matter of seconds after the next start, or because an operator has it told
//! again: for that it is remembered for much longer than anybody waits to see that something was missed.

use std::time::Duration;

use serde::Serialize;
use stoa_store::{Db, Sql, StoreError, sql};

use crate::EventLog;

const FORGET: Sql = sql!("seen_forget");

/// How long it is remembered that an event was applied.
pub(crate) const KEEP: Duration = Duration::from_hours(90 * 24);
/// How often what is older is looked for; not before this time after a start, so that what was under way when the last
/// process died has been told again.
pub(crate) const EVERY: Duration = Duration::from_mins(10);
/// Rows that one transaction forgets at most.
const MOST: u64 = 1_000;
/// Such transactions in one round: with the pause between two rounds 160 events a second are forgotten.
const ROUNDS: usize = 100;

#[derive(Serialize)]
struct Forget {
    keep: u64,
    most: u64,
}

impl EventLog {
    /// Forgets which events were applied longer than `keep` ago, the oldest first, by the clock of the database: in small
    /// transactions, at most 100,000 events in one call. Says how many were forgotten.
    ///
    /// An event that is told again after that is applied again, by consumers in [`Mode::Any`](crate::Mode::Any) alone.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn forget_applied(db: &Db, keep: Duration) -> Result<u64, StoreError> {
        let keep = u64::try_from(keep.as_micros()).unwrap_or(u64::MAX);
        let mut forgotten = 0;
        for _ in 0..ROUNDS {
            let done = db
                .write("events.forget", move |tx| {
                    Box::pin(async move { tx.execute(FORGET, &Forget { keep, most: MOST }).await })
                })
                .await?;
            forgotten += done;
            if done < MOST {
                break;
            }
        }
        Ok(forgotten)
    }
}
