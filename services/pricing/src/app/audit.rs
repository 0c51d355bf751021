//! What the doctor is told: the invariants that pricing can check alone.

use async_trait::async_trait;
use serde::Serialize;
use stoa_api::ops::v1::{
    CheckInvariantsRequest, CheckInvariantsResponse, InvariantCheck, Violation,
};
use stoa_chassis::Audit;
use stoa_errors::Error;
use stoa_store::{Db, Sql, StoreError, Tx};
use stoa_types::Ctx;

use crate::store::audit::{BOOKS, PRICES};

/// Things looked at by one statement.
const CHUNK: usize = 1_000;
/// Violations that are listed; all are counted.
const LISTED: usize = 100;

/// An invariant: its statement gives, behind a place `after` and in its order, the place `at` of each thing, whether it
/// is `ok`, and what it is called.
struct Check {
    name: &'static str,
    sql: Sql,
    detail: &'static str,
}

const CHECKS: [Check; 2] = [
    Check {
        name: "prices_in_currency",
        sql: PRICES,
        detail: "the price is negative, or not in the currency of its book and channels",
    },
    Check {
        name: "books_have_channels",
        sql: BOOKS,
        detail: "no channel sells from the price book, or one of another currency does",
    },
];

/// Pricing's part of the audit; it knows nothing about orders.
#[derive(Debug)]
pub(crate) struct PricingAudit {
    db: Db,
}

impl PricingAudit {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Audit for PricingAudit {
    async fn check_invariants(
        &self,
        _: &Ctx,
        _: CheckInvariantsRequest,
    ) -> Result<CheckInvariantsResponse, Error> {
        let mut checks = Vec::with_capacity(CHECKS.len());
        for check in CHECKS {
            let snapshot = self.db.snapshot().await?;
            checks.push(run(&snapshot, &check).await?);
        }
        Ok(CheckInvariantsResponse { checks })
    }
}

#[derive(Serialize)]
struct Chunk {
    after: String,
    limit: usize,
}

async fn run(snapshot: &Tx, check: &Check) -> Result<InvariantCheck, StoreError> {
    let mut found = InvariantCheck {
        name: check.name.to_owned(),
        ..InvariantCheck::default()
    };
    let mut after = String::new();
    loop {
        let limit = CHUNK;
        let rows = snapshot.query(check.sql, &Chunk { after, limit }).await?;
        after = match rows.last() {
            Some(last) => last.get("at")?,
            None => return Ok(found),
        };
        for row in &rows {
            found.examined += 1;
            if row.get::<bool>("ok")? {
                continue;
            }
            found.violation_count += 1;
            if found.violations.len() < LISTED {
                found.violations.push(Violation {
                    subject: row.get("subject")?,
                    detail: check.detail.to_owned(),
                    repair: String::new(),
                });
            }
        }
    }
}
