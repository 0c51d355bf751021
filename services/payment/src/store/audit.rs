//! What the doctor asks of the books.

use serde_json::{Value, json};
use stoa_store::{Db, Row, Sql, StoreError, Tx, sql};
use stoa_types::{CreditId, OperationId, OrderId, PaymentId, Timestamp, Uuid};

use super::rows::{self, unreadable};
use crate::domain::Payment;

/// One thing that breaks an invariant.
#[derive(Clone, Debug)]
pub(crate) struct Breach {
    pub(crate) subject: String,
    pub(crate) detail: String,
}

/// What was found of one invariant: all that break it, counted; the first hundred, listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) total: i64,
    pub(crate) breaches: Vec<Breach>,
}

impl Found {
    /// With what was found of others.
    pub(crate) fn add(&mut self, more: Self) {
        self.total += more.total;
        self.breaches.extend(more.breaches);
    }
}

/// How many things there are to examine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) payments: i64,
    pub(crate) operations: i64,
    pub(crate) entries: i64,
    /// Operations that stand in the ledger.
    pub(crate) moved: i64,
    pub(crate) authorized: i64,
}

impl Counts {
    /// With those of others.
    pub(crate) fn add(&mut self, more: Self) {
        self.payments += more.payments;
        self.operations += more.operations;
        self.entries += more.entries;
        self.moved += more.moved;
        self.authorized += more.authorized;
    }
}

/// The invariants that one statement each can check.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Invariant {
    LedgerZero,
    LedgerComplete,
    Sums,
    Excess,
    /// Operations made before the time have a result.
    Known(Timestamp),
    /// Reservations made before the time are gone.
    Lapsed(Timestamp),
    Explained,
}

impl Invariant {
    fn statement(self, payments: &[PaymentId]) -> (Sql, Value) {
        let of = || json!({ "payments": hex(payments) });
        match self {
            Self::LedgerZero => (sql!("audit_ledger_zero"), of()),
            Self::LedgerComplete => (sql!("audit_ledger_complete"), of()),
            Self::Sums => (sql!("audit_sums"), of()),
            Self::Excess => (sql!("audit_excess"), of()),
            Self::Known(before) => (sql!("audit_known"), json!({ "before": before.micros() })),
            Self::Lapsed(before) => (sql!("audit_lapsed"), json!({ "lapsed": before.micros() })),
            Self::Explained => (sql!("audit_explained"), json!({})),
        }
    }
}

/// Checks one invariant in a read transaction; what is an invariant of payments, of these.
pub(crate) async fn check(
    tx: &Tx,
    invariant: Invariant,
    payments: &[PaymentId],
) -> Result<Found, StoreError> {
    let (statement, parameter) = invariant.statement(payments);
    let mut found = Found::default();
    for row in tx.query(statement, &parameter).await? {
        found.total = row.get("total")?;
        found.breaches.push(Breach {
            subject: subject(&row)?,
            detail: row.get("detail")?,
        });
    }
    Ok(found)
}

fn subject(row: &Row) -> Result<String, StoreError> {
    let kind: String = row.get("kind")?;
    Ok(match kind.as_str() {
        "op" => OperationId::from_uuid(row.get("id")?).to_string(),
        "pay" => PaymentId::from_uuid(row.get("id")?).to_string(),
        _ => row.get("reference")?,
    })
}

/// Counts what there is of these payments.
pub(crate) async fn counts(tx: &Tx, payments: &[PaymentId]) -> Result<Counts, StoreError> {
    let wanted = json!({ "payments": hex(payments) });
    let row = tx.query_one(sql!("audit_counts_of"), &wanted).await?;
    let row = row.ok_or_else(|| unreadable("counts"))?;
    Ok(Counts {
        payments: i64::try_from(payments.len()).unwrap_or(i64::MAX),
        operations: row.get("operations")?,
        entries: row.get("entries")?,
        moved: row.get("moved")?,
        authorized: row.get("authorized")?,
    })
}

/// Which payments are looked at: all, or those that have changed since they were found in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    Open,
}

/// A payment and whose it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of {
    pub(crate) id: PaymentId,
    pub(crate) order: Option<OrderId>,
    pub(crate) credit: Option<CreditId>,
}

/// Up to `limit` payments by id after `after`.
pub(crate) async fn payments_after(
    tx: &Tx,
    which: Which,
    after: Option<PaymentId>,
    limit: usize,
) -> Result<Vec<Of>, StoreError> {
    let after = after.map(PaymentId::hex).unwrap_or_default();
    let statement = match which {
        Which::All => sql!("audit_ids"),
        Which::Open => sql!("audit_open_ids"),
    };
    let wanted = json!({ "after": after, "limit": limit });
    let rows = tx.query(statement, &wanted).await?;
    rows.iter()
        .map(|row| {
            let order: Option<Uuid> = row.get("order_id")?;
            let credit: Option<Uuid> = row.get("credit_id")?;
            Ok(Of {
                id: PaymentId::from_uuid(row.get("id")?),
                order: order.map(OrderId::from_uuid),
                credit: credit.map(CreditId::from_uuid),
            })
        })
        .collect()
}

/// What we asked for of these payments, and the provider did before a time.
pub(crate) async fn succeeded_of(
    db: &Db,
    payments: &[PaymentId],
    before: Timestamp,
) -> Result<Vec<OperationId>, StoreError> {
    let wanted = json!({ "payments": hex(payments), "before": before.micros() });
    let rows = db.query(sql!("audit_succeeded_of"), &wanted).await?;
    rows.iter()
        .map(|row| row.get("id").map(OperationId::from_uuid))
        .collect()
}

fn hex(payments: &[PaymentId]) -> Vec<String> {
    payments.iter().map(|id| id.hex()).collect()
}

/// Operations that succeeded before a time, a thousand at most, by id after `after`.
pub(crate) async fn succeeded(
    db: &Db,
    before: Timestamp,
    after: Option<OperationId>,
) -> Result<Vec<OperationId>, StoreError> {
    let after = after.map(OperationId::hex).unwrap_or_default();
    let parameter = json!({ "before": before.micros(), "after": after });
    let rows = db.query(sql!("audit_succeeded"), &parameter).await?;
    rows.iter()
        .map(|row| row.get("id").map(OperationId::from_uuid))
        .collect()
}

/// Orders that have payments, by id after `after` (hex).
pub(crate) async fn orders(db: &Db, after: &str, limit: usize) -> Result<Vec<OrderId>, StoreError> {
    let parameter = json!({ "after": after, "limit": limit });
    let rows = db.query(sql!("fact_orders"), &parameter).await?;
    ids(&rows).map(|ids| ids.into_iter().map(OrderId::from_uuid).collect())
}

/// Credits that have payments, by id after `after` (hex).
pub(crate) async fn credits(
    db: &Db,
    after: &str,
    limit: usize,
) -> Result<Vec<CreditId>, StoreError> {
    let parameter = json!({ "after": after, "limit": limit });
    let rows = db.query(sql!("fact_credits"), &parameter).await?;
    ids(&rows).map(|ids| ids.into_iter().map(CreditId::from_uuid).collect())
}

fn ids(rows: &[Row]) -> Result<Vec<Uuid>, StoreError> {
    rows.iter().map(|row| row.get("id")).collect()
}

/// All payments of these orders and credits.
pub(crate) async fn payments(
    db: &Db,
    orders: &[OrderId],
    credits: &[CreditId],
) -> Result<Vec<Payment>, StoreError> {
    let parameter = json!({
        "orders": orders.iter().map(|id| id.hex()).collect::<Vec<_>>(),
        "credits": credits.iter().map(|id| id.hex()).collect::<Vec<_>>(),
    });
    let rows = db.query(sql!("payments_of_subjects"), &parameter).await?;
    rows.iter().map(rows::payment).collect()
}
