//! The net effect of a batch, written set-based.

use std::collections::HashSet;

use serde_json::{Value, json};
use stoa_store::{StoreError, Tx, sql};
use stoa_types::Timestamp;

use super::rows;
use crate::domain::{Book, Change, Operation};

/// Writes the books that changed, their operations, the marks and the ledger, in that order.
pub(crate) async fn save(
    tx: &Tx,
    books: &[&Book],
    marks: &[Operation],
    now: Timestamp,
) -> Result<(), StoreError> {
    let payments: Vec<Value> = books
        .iter()
        .map(|book| rows::of_payment(&book.payment))
        .collect();
    if !payments.is_empty() {
        tx.execute(sql!("save_payments"), &payments).await?;
    }
    let operations: Vec<Value> = books
        .iter()
        .flat_map(|book| touched(book))
        .chain(marks)
        .map(rows::of_operation)
        .collect();
    if !operations.is_empty() {
        tx.execute(sql!("save_operations"), &operations).await?;
    }
    let entries: Vec<Value> = books.iter().flat_map(|book| entries(book, now)).collect();
    if !entries.is_empty() {
        tx.execute(sql!("save_ledger"), &entries).await?;
    }
    Ok(())
}

fn touched(book: &Book) -> impl Iterator<Item = &Operation> {
    let ids: HashSet<_> = book.touched.iter().copied().collect();
    book.operations
        .iter()
        .filter(move |op| ids.contains(&op.id))
}

fn entries(book: &Book, now: Timestamp) -> Vec<Value> {
    book.changes
        .iter()
        .filter_map(|change| match change {
            Change::Moved(operation, legs) => Some((operation, legs)),
            _ => None,
        })
        .flat_map(|(operation, legs)| {
            legs.iter().map(|leg| {
                json!({
                    "operation_id": operation.hex(),
                    "payment_id": book.payment.id.hex(),
                    "account": leg.account.name(),
                    "currency": book.payment.currency.code(),
                    "amount": leg.amount,
                    "created_at": now.micros(),
                })
            })
        })
        .collect()
}
