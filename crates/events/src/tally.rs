//! How much a consumer has done, and how much it keeps aside.

use serde::Serialize;
use stoa_store::{Sql, StoreError, sql};

use crate::Subscription;

const TALLY: Sql = sql!("tally");

/// What a consumer has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Events of the last 90 days (ANY), or aggregates of which a state is recorded (LATEST, STRICT).
    pub recorded: i64,
    /// Letters that are kept and not given up.
    pub letters: i64,
}

#[derive(Serialize)]
struct Of<'a> {
    consumer: &'a str,
}

impl Subscription {
    /// How much this consumer has done; counts rows, so it is for an operator and not for a page of metrics.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tally(&self) -> Result<Tally, StoreError> {
        let of = Of {
            consumer: self.consumer().name(),
        };
        let row = self
            .db()
            .query_one(TALLY, &of)
            .await?
            .ok_or(StoreError::Contract("a count gives one row"))?;
        Ok(Tally {
            recorded: row.get("recorded")?,
            letters: row.get("letters")?,
        })
    }
}
