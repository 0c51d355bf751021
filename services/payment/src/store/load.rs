//! The books that a batch of commands needs, loaded by two statements.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use stoa_store::{Row, StoreError, Tx, sql};
use stoa_types::{OperationId, PaymentId};

use super::rows;
use crate::domain::{Book, Operation};

/// What to load: payments by id, by one of their operations, by the key that made either.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Wanted {
    pub(crate) payments: Vec<String>,
    pub(crate) operations: Vec<String>,
    pub(crate) keys: Vec<String>,
}

/// The loaded books and where to find what in them.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) books: HashMap<PaymentId, Book>,
    /// The payment of each operation.
    pub(crate) homes: HashMap<OperationId, PaymentId>,
    /// What each key has made, or marked as undone before it was seen.
    pub(crate) keys: HashMap<String, Made>,
}

/// What a key made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    Payment(PaymentId),
    Operation(OperationId),
    /// It was undone before it was seen.
    Mark,
}

impl Shelf {
    /// The book that an operation stands in.
    pub(crate) fn home(&mut self, operation: OperationId) -> Option<&mut Book> {
        let payment = self.homes.get(&operation)?;
        self.books.get_mut(payment)
    }

    fn place(&mut self, operation: Operation) {
        let made = match operation.payment_id {
            None => Made::Mark,
            Some(payment) => {
                self.homes.insert(operation.id, payment);
                Made::Operation(operation.id)
            }
        };
        self.keys.insert(operation.create_key.clone(), made);
        if let Some(book) = operation
            .payment_id
            .and_then(|payment| self.books.get_mut(&payment))
        {
            book.operations.push(operation);
        }
    }
}

/// Loads the books as the transaction sees them, to be read.
pub(crate) async fn load(tx: &Tx, wanted: &Wanted) -> Result<Shelf, StoreError> {
    let payments = tx.query(sql!("load_payments"), wanted).await?;
    shelve(tx, wanted, &payments).await
}

/// Loads the books and keeps them to the end of the transaction: nobody else decides on them meanwhile.
pub(crate) async fn lock(tx: &Tx, wanted: Wanted) -> Result<Shelf, StoreError> {
    let mut wanted = wanted;
    loop {
        let payments = tx.query(sql!("lock_payments"), &wanted).await?;
        let shelf = shelve(tx, &wanted, &payments).await?;
        // What a key made while we waited for others stands in a book that is not ours yet.
        let strange = shelf.homes.values();
        let strange: HashSet<PaymentId> = strange
            .filter(|id| !shelf.books.contains_key(*id))
            .copied()
            .collect();
        if strange.is_empty() {
            return Ok(shelf);
        }
        wanted
            .payments
            .extend(strange.into_iter().map(PaymentId::hex));
    }
}

async fn shelve(tx: &Tx, wanted: &Wanted, payments: &[Row]) -> Result<Shelf, StoreError> {
    let mut shelf = books(payments)?;
    let of = Wanted {
        payments: shelf.books.keys().map(|id| id.hex()).collect(),
        operations: Vec::new(),
        keys: wanted.keys.clone(),
    };
    for row in tx.query(sql!("load_operations"), &of).await? {
        shelf.place(rows::operation(&row)?);
    }
    Ok(shelf)
}

fn books(rows: &[Row]) -> Result<Shelf, StoreError> {
    let mut shelf = Shelf::default();
    for row in rows {
        let payment = rows::payment(row)?;
        shelf
            .keys
            .insert(payment.create_key.clone(), Made::Payment(payment.id));
        shelf
            .books
            .insert(payment.id, Book::new(payment, Vec::new()));
    }
    Ok(shelf)
}
