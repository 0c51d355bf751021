//! Closing rows: what the ledger of closed payments comes to by account and currency, and how far the provider's list was
//! compared; each sealed.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stoa_chassis::seal;
use stoa_store::{Db, Row, Snapshot, Sql, StoreError, Tx, sql};
use stoa_types::{CreditId, OrderId, PaymentId, Uuid};

/// The account of the row that keeps the position in the provider's list.
const LIST: &str = "LIST";

/// Amount and number of entries by account and currency; of the provider's list the position.
pub(crate) type Sums = BTreeMap<(String, String), (i64, i64)>;

/// The closing rows that stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Closings {
    /// Without the provider's list.
    pub(crate) sums: Sums,
    /// The last position of a provider's list that was compared.
    lists: BTreeMap<String, i64>,
    /// Rows that are not as they were sealed.
    pub(crate) broken: Vec<String>,
    /// The seals of all of them.
    seals: Vec<String>,
}

impl Closings {
    /// Those that a reader sees.
    pub(crate) async fn load(db: &Db) -> Result<Self, StoreError> {
        Self::read(&db.query(sql!("closing_load"), &json!({})).await?)
    }

    async fn lock(tx: &Tx) -> Result<Self, StoreError> {
        Self::read(&tx.query(sql!("closing_lock"), &json!({})).await?)
    }

    fn read(rows: &[Row]) -> Result<Self, StoreError> {
        let mut closings = Self::default();
        for row in rows {
            let key = (
                row.get::<String>("account")?,
                row.get::<String>("currency")?,
            );
            let sum = (row.get("amount")?, row.get("entries")?);
            let seal: String = row.get("seal")?;
            let whole = seal == sealed(&key, sum);
            closings.seals.push(seal);
            if !whole {
                closings.broken.push(format!("{} {}", key.0, key.1));
            } else if key.0 == LIST {
                closings.lists.insert(key.1, sum.0);
            } else {
                closings.sums.insert(key, sum);
            }
        }
        Ok(closings)
    }

    /// How many there are.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.seals.len()).unwrap_or(i64::MAX)
    }

    /// How far the list of a provider was compared.
    pub(crate) fn list(&self, provider: &str) -> i64 {
        self.lists.get(provider).copied().unwrap_or(0)
    }
}

fn sealed(key: &(String, String), sum: (i64, i64)) -> String {
    seal(&[
        b"payment",
        key.0.as_bytes(),
        key.1.as_bytes(),
        &sum.0.to_be_bytes(),
        &sum.1.to_be_bytes(),
    ])
}

/// What the closing rows stand for, added up again: all of the ledger, so on a reader.
pub(crate) async fn sums(snapshot: &Snapshot) -> Result<Sums, StoreError> {
    read_sums(&snapshot.query(sql!("closing_sums"), &json!({})).await?)
}

/// The closing rows made again, for as long as nobody moves those that stand.
#[derive(Debug)]
pub(crate) struct Anew {
    /// The seals of those that stood.
    stood: Vec<String>,
    sums: Sums,
}

impl Anew {
    /// From the ledger.
    pub(crate) async fn made(db: &Db) -> Result<Self, StoreError> {
        let snapshot = db.snapshot().await?;
        let rows = snapshot.query(sql!("closing_load"), &json!({})).await?;
        Ok(Self {
            stood: Closings::read(&rows)?.seals,
            sums: sums(&snapshot).await?,
        })
    }
}

/// Why nothing was closed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Left {
    /// A closing row is not as it was sealed.
    Broken,
    /// Somebody moved the closing rows since they were made again.
    Moved,
}

fn read_sums(rows: &[Row]) -> Result<Sums, StoreError> {
    let mut sums = Sums::new();
    for row in rows {
        let key = (row.get("account")?, row.get("currency")?);
        sums.insert(key, (row.get("amount")?, row.get("entries")?));
    }
    Ok(sums)
}

/// A payment that may be closed.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) id: PaymentId,
    /// Its order or credit.
    pub(crate) subject: String,
    pub(crate) version: i64,
}

/// The payments of these orders and credits.
pub(crate) async fn candidates(
    tx: &Tx,
    orders: &[OrderId],
    credits: &[CreditId],
) -> Result<Vec<Candidate>, StoreError> {
    let wanted = json!({
        "orders": orders.iter().map(|id| id.hex()).collect::<Vec<_>>(),
        "credits": credits.iter().map(|id| id.hex()).collect::<Vec<_>>(),
    });
    let rows = tx.query(sql!("closing_payments"), &wanted).await?;
    rows.iter()
        .map(|row| {
            let order: Option<Uuid> = row.get("order_id")?;
            let credit: Option<Uuid> = row.get("credit_id")?;
            let order = order.map(|id| OrderId::from_uuid(id).to_string());
            let credit = credit.map(|id| CreditId::from_uuid(id).to_string());
            Ok(Candidate {
                id: PaymentId::from_uuid(row.get("id")?),
                subject: order.or(credit).unwrap_or_default(),
                version: row.get("version")?,
            })
        })
        .collect()
}

/// Closes payments: their entries go into the closing rows, and the provider's list is compared up to a position.
pub(crate) async fn close(
    tx: &Tx,
    payments: &[PaymentId],
    (provider, position): (&str, i64),
    anew: Option<&Anew>,
) -> Result<Result<(), Left>, StoreError> {
    let mut closings = Closings::lock(tx).await?;
    match anew {
        Some(anew) if anew.stood != closings.seals => return Ok(Err(Left::Moved)),
        Some(anew) => {
            tx.execute(sql!("closing_drop"), &json!({})).await?;
            closings.sums.clone_from(&anew.sums);
        }
        None if !closings.broken.is_empty() => return Ok(Err(Left::Broken)),
        None => {}
    }
    if !payments.is_empty() {
        let ids: Vec<String> = payments.iter().map(|id| id.hex()).collect();
        let wanted = json!({ "payments": ids });
        let rows = tx.query(sql!("closing_entries"), &wanted).await?;
        for (key, (amount, entries)) in read_sums(&rows)? {
            let sum = closings.sums.entry(key).or_default();
            *sum = (sum.0 + amount, sum.1 + entries);
        }
        tx.execute(sql!("close_payments"), &wanted).await?;
    }
    let list = ((LIST.to_owned(), provider.to_owned()), (position, 0));
    let rows: Vec<Value> = closings.sums.into_iter().chain([list]).map(row).collect();
    tx.execute(SAVE, &rows).await?;
    Ok(Ok(()))
}

const SAVE: Sql = sql!("closing_save");

fn row((key, sum): ((String, String), (i64, i64))) -> Value {
    json!({
        "account": key.0,
        "currency": key.1,
        "amount": sum.0,
        "entries": sum.1,
        "seal": sealed(&key, sum),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use stoa_types::SystemClock;

    use super::*;

    async fn closed(db: &Db, position: i64, anew: Option<Anew>) -> Result<(), Left> {
        let anew = anew.map(Arc::new);
        let ended = db.write("test.close", move |tx| {
            let anew = anew.clone();
            Box::pin(async move { close(tx, &[], ("sandbox", position), anew.as_deref()).await })
        });
        ended.await.unwrap()
    }

    #[tokio::test]
    async fn what_was_made_anew_counts_for_as_long_as_nobody_else_closes() {
        let folder = tempfile::tempdir().unwrap();
        let migrations = [stoa_events::MIGRATIONS, &super::super::MIGRATIONS];
        let config = stoa_testdb::config("payment", folder.path());
        let db = stoa_testdb::open(config, migrations.concat(), Arc::new(SystemClock)).await;
        closed(&db, 1, None).await.unwrap();
        let old = Anew::made(&db).await.unwrap();
        closed(&db, 2, None).await.unwrap();
        let refused = closed(&db, 3, Some(old)).await;
        assert!(matches!(refused, Err(Left::Moved)), "{refused:?}");
        let stands = Closings::load(&db).await.unwrap();
        assert_eq!((stands.list("sandbox"), stands.rows()), (2, 1));
        let fresh = Anew::made(&db).await.unwrap();
        closed(&db, 3, Some(fresh)).await.unwrap();
        assert_eq!(Closings::load(&db).await.unwrap().list("sandbox"), 3);
    }
}
