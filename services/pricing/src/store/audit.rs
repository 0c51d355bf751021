//! The statements of the audit: each gives the things behind a place, with the place, its name, and whether it is in order.

use stoa_store::{Sql, sql};

/// A price is not negative, and in the currency of its book and of every channel that sells from it.
pub(crate) const PRICES: Sql = sql!("audit_prices");
/// A channel sells from the book, in its currency.
pub(crate) const BOOKS: Sql = sql!("audit_books");
