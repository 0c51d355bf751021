//! What the doctor is told: the invariants that the catalogue can check alone.

use async_trait::async_trait;
use serde::Serialize;
use stoa_api::ops::v1::{
    CheckInvariantsRequest, CheckInvariantsResponse, InvariantCheck, Violation,
};
use stoa_chassis::Audit;
use stoa_errors::Error;
use stoa_store::{Db, Sql, StoreError, Tx};
use stoa_types::Ctx;

use crate::store::audit::{PRODUCTS, STOCK, VARIANTS};

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

const CHECKS: [Check; 3] = [
    Check {
        name: "variants_have_products",
        sql: VARIANTS,
        detail: "the variant's product does not exist",
    },
    Check {
        name: "variants_agree_with_stock",
        sql: STOCK,
        detail: "in_stock is not what the levels last heard of come to",
    },
    Check {
        name: "products_agree_with_variants",
        sql: PRODUCTS,
        detail: "the product has no variant, or its in_stock is not that of its variants",
    },
];

/// The catalogue's part of the audit; it knows nothing about orders.
#[derive(Debug)]
pub(crate) struct CatalogAudit {
    db: Db,
}

impl CatalogAudit {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Audit for CatalogAudit {
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
