//! What the sweep reads and writes.

use std::collections::HashMap;

use serde_json::json;
use stoa_store::{Db, StoreError, sql};
use stoa_types::{OperationId, Timestamp, WorkflowId};
use stoa_workflow::{NewWorkflow, RunnerHandle};

use super::rows::unreadable;
use crate::app::command::reported_key;
use crate::domain::OperationState;
use crate::provider::Record;

/// What our books say of an entry of the provider's list.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) state: OperationState,
    pub(crate) amount: i64,
    pub(crate) currency: String,
}

/// Why an entry cannot be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// We know no such reference.
    Stranger,
    /// Another amount or currency than ours.
    Amount,
    /// Declined there, succeeded here.
    Contradicted,
}

impl Problem {
    /// The word in the database and in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Stranger => "STRANGER",
            Self::Amount => "AMOUNT",
            Self::Contradicted => "CONTRADICTED",
        }
    }
}

/// An entry that cannot be explained.
#[derive(Clone, Debug)]
pub(crate) struct Discrepancy {
    pub(crate) position: i64,
    pub(crate) reference: String,
    pub(crate) problem: Problem,
}

/// How far the list was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    pub(crate) provider: &'static str,
    pub(crate) position: i64,
    pub(crate) at: Timestamp,
}

/// Makes the one row and the one workflow of a provider's sweep, unless they stand; says which.
pub(crate) async fn install(
    db: &Db,
    new: NewWorkflow,
    runner: RunnerHandle,
) -> Result<WorkflowId, StoreError> {
    db.write("payment.sweep.install", move |tx| {
        let new = new.clone();
        let runner = runner.clone();
        Box::pin(async move {
            let row = json!({
                "provider": new.subject,
                "workflow_id": new.id.hex(),
                "swept_at": new.due_at.micros(),
            });
            if tx.execute(sql!("sweep_install"), &row).await? > 0 {
                let id = new.id;
                stoa_workflow::insert(tx, &[new], &runner).await?;
                return Ok(id);
            }
            let row = tx
                .query_one(sql!("sweep_cursor"), &json!(new.subject))
                .await?;
            row.ok_or_else(|| unreadable("sweep.workflow_id"))?
                .get("workflow_id")
                .map(WorkflowId::from_uuid)
        })
    })
    .await
}

/// The last position that was read.
pub(crate) async fn cursor(db: &Db, provider: &str) -> Result<i64, StoreError> {
    let row = db.query_one(sql!("sweep_cursor"), &json!(provider)).await?;
    row.map_or(Ok(0), |row| row.get("position"))
}

/// Moves the cursor and keeps what could not be explained, in one transaction.
pub(crate) async fn advance(
    db: &Db,
    to: Cursor,
    found: Vec<Discrepancy>,
) -> Result<(), StoreError> {
    db.write("payment.sweep.advance", move |tx| {
        let found: Vec<_> = found
            .iter()
            .map(|entry| {
                json!({
                    "provider": to.provider,
                    "position": entry.position,
                    "reference": entry.reference,
                    "problem": entry.problem.name(),
                    "seen_at": to.at.micros(),
                })
            })
            .collect();
        Box::pin(async move {
            if !found.is_empty() {
                tx.execute(sql!("save_discrepancies"), &found).await?;
            }
            let cursor = json!({
                "provider": to.provider,
                "position": to.position,
                "swept_at": to.at.micros(),
            });
            tx.execute(sql!("sweep_advance"), &cursor).await?;
            Ok(())
        })
    })
    .await
}

/// Operations that were reserved before a time, have no result and no work of their own.
pub(crate) async fn stale(db: &Db, before: Timestamp) -> Result<Vec<OperationId>, StoreError> {
    db.query(sql!("stale_operations"), &json!(before.micros()))
        .await?
        .iter()
        .map(|row| row.get("id").map(OperationId::from_uuid))
        .collect()
}

/// What our books say of entries of the provider's list.
#[derive(Debug, Default)]
pub(crate) struct Ours {
    by_reference: HashMap<OperationId, Known>,
    by_key: HashMap<String, (OperationId, Known)>,
    provider: &'static str,
}

impl Ours {
    /// What they say of one: by its reference if that is ours, else by the provider's own id.
    pub(crate) fn of(&self, record: &Record) -> Option<(OperationId, &Known)> {
        if let Ok(id) = record.reference.parse::<OperationId>()
            && let Some(known) = self.by_reference.get(&id)
        {
            return Some((id, known));
        }
        let key = reported_key(self.provider, &record.provider_id);
        self.by_key.get(&key).map(|(id, known)| (*id, known))
    }
}

/// What our books say of a page of the provider's list.
pub(crate) async fn known(
    db: &Db,
    provider: &'static str,
    page: &[Record],
) -> Result<Ours, StoreError> {
    let ids: Vec<String> = page
        .iter()
        .filter_map(|record| record.reference.parse().ok())
        .map(OperationId::hex)
        .collect();
    let keys: Vec<String> = page
        .iter()
        .map(|record| reported_key(provider, &record.provider_id))
        .collect();
    let parameter = json!({ "ids": ids, "keys": keys });
    let mut ours = Ours {
        provider,
        ..Ours::default()
    };
    for row in &db.query(sql!("known_operations"), &parameter).await? {
        let state: String = row.get("state")?;
        let id = OperationId::from_uuid(row.get("id")?);
        let known = Known {
            state: OperationState::parse(&state).ok_or_else(|| unreadable("state"))?,
            amount: row.get("amount")?,
            currency: row.get("currency")?,
        };
        if row.get::<i64>("reported")? == 0 {
            ours.by_reference.insert(id, known);
        } else {
            ours.by_key.insert(row.get("create_key")?, (id, known));
        }
    }
    Ok(ours)
}
