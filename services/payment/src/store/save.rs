//! The net effect of a batch, written set-based.

use serde_json::{Value, json};
use stoa_store::{Sql, StoreError, Tx, sql};
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
    let fresh: Vec<Value> = books
        .iter()
        .filter(|book| book.fresh)
        .map(|book| rows::new_payment(&book.payment))
        .collect();
    write(tx, sql!("insert_payments"), &fresh).await?;
    let changed: Vec<Value> = books
        .iter()
        .filter(|book| !book.fresh || !book.touched.is_empty())
        .map(|book| rows::changed_payment(&book.payment))
        .collect();
    write(tx, sql!("update_payments"), &changed).await?;
    let made: Vec<Value> = books
        .iter()
        .flat_map(|book| touched(book, true))
        .chain(marks)
        .map(rows::new_operation)
        .collect();
    write(tx, sql!("insert_operations"), &made).await?;
    let changed: Vec<Value> = books
        .iter()
        .flat_map(|book| touched(book, false))
        .map(rows::changed_operation)
        .collect();
    write(tx, sql!("update_operations"), &changed).await?;
    let entries: Vec<Value> = books.iter().flat_map(|book| entries(book, now)).collect();
    write(tx, sql!("insert_ledger"), &entries).await
}

async fn write(tx: &Tx, statement: Sql, rows: &[Value]) -> Result<(), StoreError> {
    if !rows.is_empty() {
        tx.execute(statement, rows).await?;
    }
    Ok(())
}

/// The operations to write: those made in this batch, or those that were there before.
fn touched(book: &Book, made: bool) -> impl Iterator<Item = &Operation> {
    book.operations
        .iter()
        .filter(|op| book.touched.contains(&op.id))
        .filter(move |op| book.made.contains(&op.id) == made)
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
                json!([
                    operation.hex(),
                    book.payment.id.hex(),
                    leg.account.name(),
                    book.payment.currency.code(),
                    leg.amount,
                    now.micros(),
                ])
            })
        })
        .collect()
}
