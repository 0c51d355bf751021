//! What was answered to a request id before.
//!
//! A key is taken first, in the transaction of its effect, so there is no state "in flight" and nothing to
//! clean up after a crash. What is stored is the name of a resource or a refusal, never a response body.
//!
//! On a server the key is taken by inserting it: another transaction that wants it waits. In a file there is one writer,
//! so whoever finds a key free may leave it so until he knows what is to stand under it, and write its row once.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use stoa_types::{RequestKey, Timestamp};

use crate::{Db, Engine, Sql, StoreError, Tx, sql};

const CLAIM: Sql = sql!(postgres "keys_claim");
const FIND: Sql = sql!("keys_find");
const SETTLE: Sql = sql!(postgres "keys_settle");
const FREE: Sql = sql!(postgres "keys_free");
const KEEP: Sql = sql!(sqlite "keys_keep");
const PRUNE: Sql = sql!("keys_prune");

/// The least time for which a key is remembered.
pub const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// What a committed key holds.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) fingerprint: [u8; 32],
    pub(crate) contract: [u8; 32],
    pub(crate) resource: Option<String>,
    pub(crate) refusal: Option<String>,
}

/// What is to stand under a key from now on.
#[derive(Debug)]
pub(crate) enum Settled {
    /// The name of what was made or changed.
    Resource(String),
    /// The record of a refusal.
    Refusal(String),
    /// Nothing: the key stays free.
    Free,
}

#[derive(Serialize)]
struct ClaimRow<'a> {
    scope: &'a str,
    method: &'a str,
    request_id: &'a str,
    fingerprint: String,
    contract: String,
    created_at: i64,
}

#[derive(Serialize)]
struct SettleRow<'a> {
    scope: &'a str,
    method: &'a str,
    request_id: &'a str,
    resource: Option<&'a str>,
    refusal: Option<&'a str>,
}

/// Takes the keys; for each that a committed transaction has used, what it holds.
pub(crate) async fn claim(
    tx: &Tx,
    keys: &[Option<&RequestKey>],
    now: Timestamp,
) -> Result<Vec<Option<Stored>>, StoreError> {
    let mut rows: Vec<ClaimRow<'_>> = keys
        .iter()
        .copied()
        .flatten()
        .map(|key| ClaimRow {
            scope: &key.scope,
            method: key.method,
            request_id: &key.id,
            fingerprint: hex::encode(key.fingerprint),
            contract: hex::encode(key.contract),
            created_at: now.micros(),
        })
        .collect();
    if rows.is_empty() || inserts_all(tx, &mut rows).await? {
        return Ok(keys.iter().map(|_| None).collect());
    }
    let mut found = find(tx, &rows).await?;
    Ok(keys
        .iter()
        .map(|key| {
            let key = (*key)?;
            found.remove(&(key.scope.clone(), key.method.to_owned(), key.id.clone()))
        })
        .collect())
}

/// On a server: inserts the keys, sorted; whether none of them was used.
async fn inserts_all(tx: &Tx, rows: &mut [ClaimRow<'_>]) -> Result<bool, StoreError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(false);
    }
    rows.sort_by_key(|row| (row.scope, row.method, row.request_id));
    let wanted = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok(tx.execute(CLAIM, rows).await? == wanted)
}

type Found = HashMap<(String, String, String), Stored>;

async fn find(tx: &Tx, rows: &[ClaimRow<'_>]) -> Result<Found, StoreError> {
    let mut found = Found::new();
    for row in tx.query(FIND, rows).await? {
        let name = (
            row.get("scope")?,
            row.get("method")?,
            row.get("request_id")?,
        );
        let stored = Stored {
            fingerprint: row.get("fingerprint")?,
            contract: row.get("contract")?,
            resource: row.get("resource")?,
            refusal: row.get("refusal")?,
        };
        found.insert(name, stored);
    }
    Ok(found)
}

/// Writes what was decided under the keys that [`claim`] took in this transaction.
pub(crate) async fn settle(
    tx: &Tx,
    settled: &[(&RequestKey, Settled)],
    now: Timestamp,
) -> Result<(), StoreError> {
    if tx.engine() == Engine::Sqlite {
        return keep(tx, settled, now).await;
    }
    let mut rows = Vec::with_capacity(settled.len());
    let mut free = Vec::new();
    for (key, decided) in settled {
        let (resource, refusal) = match decided {
            Settled::Resource(name) => (Some(name.as_str()), None),
            Settled::Refusal(record) => (None, Some(record.as_str())),
            Settled::Free => (None, None),
        };
        let row = SettleRow {
            scope: &key.scope,
            method: key.method,
            request_id: &key.id,
            resource,
            refusal,
        };
        if matches!(decided, Settled::Free) {
            free.push(row);
        } else {
            rows.push(row);
        }
    }
    if !rows.is_empty() {
        tx.execute(SETTLE, &rows).await?;
    }
    if !free.is_empty() {
        tx.execute(FREE, &free).await?;
    }
    Ok(())
}

/// In a file: the rows of the keys that do not stay free.
async fn keep(
    tx: &Tx,
    settled: &[(&RequestKey, Settled)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let kept = |(key, decided): &(&RequestKey, Settled)| {
        let (resource, refusal) = match decided {
            Settled::Resource(name) => (Some(name.clone()), None),
            Settled::Refusal(record) => (None, Some(record.clone())),
            Settled::Free => return None,
        };
        Some((
            key.scope.clone(),
            key.method,
            key.id.clone(),
            hex::encode(key.fingerprint),
            hex::encode(key.contract),
            resource,
            refusal,
            now.micros(),
        ))
    };
    let rows: Vec<_> = settled.iter().filter_map(kept).collect();
    if !rows.is_empty() {
        tx.execute(KEEP, &rows).await?;
    }
    Ok(())
}

/// Keys that one pruning transaction forgets at most.
const PRUNED_AT_ONCE: u64 = 1_000;

#[derive(Serialize)]
struct Prune {
    before: i64,
    most: u64,
}

/// Forgets the keys that were made before `before`, in small transactions of the lower lane; how many.
///
/// `before` is brought back to [`REMEMBERED`] ago when it is later than that: natural keys stand behind the
/// table for good, but a client may repeat itself for a day.
///
/// # Errors
/// When the database does not take it.
pub async fn prune(db: &Db, before: Timestamp) -> Result<u64, StoreError> {
    let before = before.min(db.now().minus(REMEMBERED)).micros();
    let mut sum = 0;
    loop {
        let pruned = db
            .write("store.idempotency.prune", move |tx| {
                Box::pin(async move {
                    let most = PRUNED_AT_ONCE;
                    tx.execute(PRUNE, &Prune { before, most }).await
                })
            })
            .await?;
        sum += pruned;
        if pruned < PRUNED_AT_ONCE {
            return Ok(sum);
        }
    }
}

/// How often [`keep_pruned`] looks.
const ROUND: Duration = Duration::from_secs(60 * 60);

/// Forgets keys of the day before, once an hour, until the database closes. It may be dropped at any moment.
pub async fn keep_pruned(db: Db) {
    loop {
        match prune(&db, db.now()).await {
            Ok(0) => {}
            Ok(pruned) => {
                tracing::debug!(db = db.name(), pruned, "old idempotency keys are forgotten")
            }
            Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::warn!(db = db.name(), %error, "idempotency keys were not pruned; the next round tries again");
            }
        }
        tokio::time::sleep(ROUND).await;
    }
}
