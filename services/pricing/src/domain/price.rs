//! A price of a sku from a quantity and a moment on.

use stoa_types::{PriceBookId, PriceId, Quantity, Sku, Timestamp, UnitPrice};

/// What makes a price one and the same: its natural key. The currency is the book's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PriceKey {
    pub(crate) book: PriceBookId,
    pub(crate) sku: Sku,
    pub(crate) from_quantity: Quantity,
    pub(crate) start: Timestamp,
}

/// A price entry as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Price {
    pub(crate) id: PriceId,
    pub(crate) key: PriceKey,
    pub(crate) unit_price: UnitPrice,
    /// From 1; raised each time that the entry is set to another amount.
    pub(crate) version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A price as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryDraft {
    pub(crate) sku: Sku,
    pub(crate) from_quantity: Quantity,
    /// `None`: from now.
    pub(crate) start: Option<Timestamp>,
    pub(crate) unit_price: UnitPrice,
}

impl EntryDraft {
    /// The natural key in `book` when "now" is `now`.
    pub(crate) fn key(&self, book: PriceBookId, now: Timestamp) -> PriceKey {
        PriceKey {
            book,
            sku: self.sku.clone(),
            from_quantity: self.from_quantity,
            start: self.start.unwrap_or(now),
        }
    }
}
