//! What is read: one payment, lists, the ledger. Finders of a customer's own take the owner.

use serde_json::json;
use stoa_store::{Db, Row, StoreError, sql};
use stoa_types::{Currency, OperationId, OrderId, PaymentId, Timestamp};

use super::rows::{self, unreadable};
use crate::domain::{Account, Operation, Payment, PaymentState};

/// One leg as it stands in the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) position: i64,
    pub(crate) operation_id: OperationId,
    pub(crate) payment_id: PaymentId,
    pub(crate) account: Account,
    pub(crate) currency: Currency,
    pub(crate) amount: i64,
    pub(crate) created_at: Timestamp,
}

/// What one account holds in one currency.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Balance {
    pub(crate) account: Account,
    pub(crate) currency: Currency,
    pub(crate) amount: i64,
}

/// Which payments staff look for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Search {
    pub(crate) order_id: Option<OrderId>,
    pub(crate) state: Option<PaymentState>,
}

/// The payment `id`, whoever owns it.
pub(crate) async fn payment(db: &Db, id: PaymentId) -> Result<Option<Payment>, StoreError> {
    let row = db.query_one(sql!("get_payment"), &json!(id.hex())).await?;
    row.as_ref().map(rows::payment).transpose()
}

/// The payments of `owner`, newest first, after (that is, older than) `before`.
pub(crate) async fn own_payments(
    db: &Db,
    owner: &str,
    before: Option<PaymentId>,
    limit: usize,
) -> Result<Vec<Payment>, StoreError> {
    let parameter = json!({ "owner": owner, "before": newest(before), "limit": limit });
    let found = db.query(sql!("list_own_payments"), &parameter).await?;
    found.iter().map(rows::payment).collect()
}

/// The payments that staff look for, newest first.
pub(crate) async fn search(
    db: &Db,
    search: Search,
    before: Option<PaymentId>,
    limit: usize,
) -> Result<Vec<Payment>, StoreError> {
    let parameter = json!({
        "order_id": search.order_id.map(OrderId::hex),
        "state": search.state.map(PaymentState::name),
        "before": newest(before),
        "limit": limit,
    });
    let statement = if search.order_id.is_some() {
        sql!("list_order_payments")
    } else {
        sql!("list_payments")
    };
    let found = db.query(statement, &parameter).await?;
    found.iter().map(rows::payment).collect()
}

/// The operations of a payment, oldest first.
pub(crate) async fn operations(
    db: &Db,
    payment: PaymentId,
    after: Option<OperationId>,
    limit: usize,
) -> Result<Vec<Operation>, StoreError> {
    let after = after.map(OperationId::hex).unwrap_or_default();
    let parameter = json!({ "payment": payment.hex(), "after": after, "limit": limit });
    let found = db.query(sql!("list_operations"), &parameter).await?;
    found.iter().map(rows::operation).collect()
}

/// The ledger after a position, of one payment or of all.
pub(crate) async fn ledger(
    db: &Db,
    payment: Option<PaymentId>,
    after: i64,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let parameter = json!({
        "payment": payment.map(PaymentId::hex),
        "after": after,
        "limit": limit,
    });
    let statement = if payment.is_some() {
        sql!("list_payment_ledger")
    } else {
        sql!("list_ledger")
    };
    let found = db.query(statement, &parameter).await?;
    found.iter().map(entry).collect()
}

/// What each account holds, by currency.
pub(crate) async fn balances(
    db: &Db,
    currency: Option<Currency>,
) -> Result<Vec<Balance>, StoreError> {
    let parameter = json!({ "currency": currency.map(|currency| currency.code()) });
    let found = db.query(sql!("ledger_balances"), &parameter).await?;
    found
        .iter()
        .map(|row| {
            Ok(Balance {
                account: account(row)?,
                currency: self::currency(row)?,
                amount: row.get("amount")?,
            })
        })
        .collect()
}

fn newest(before: Option<PaymentId>) -> String {
    before.map_or_else(|| "ff".repeat(16), PaymentId::hex)
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        position: row.get("position")?,
        operation_id: OperationId::from_uuid(row.get("operation_id")?),
        payment_id: PaymentId::from_uuid(row.get("payment_id")?),
        account: account(row)?,
        currency: currency(row)?,
        amount: row.get("amount")?,
        created_at: row.get("created_at")?,
    })
}

fn account(row: &Row) -> Result<Account, StoreError> {
    let name: String = row.get("account")?;
    Account::parse(&name).ok_or_else(|| unreadable("account"))
}

fn currency(row: &Row) -> Result<Currency, StoreError> {
    let code: String = row.get("currency")?;
    Currency::parse(&code).map_err(|_| unreadable("currency"))
}
