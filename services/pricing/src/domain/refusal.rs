//! Why pricing refuses.

use stoa_types::{Currency, PriceBookId, Sku};

/// A refusal that the request or the loaded rows decide.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// No channel has this id or code.
    #[error("channel {0} does not exist")]
    ChannelNotFound(String),
    /// A channel with this code exists.
    #[error("a channel {0} exists")]
    ChannelExists(String),
    /// No such price book.
    #[error("price book {0} does not exist")]
    BookNotFound(PriceBookId),
    /// A price in another currency than the channel's.
    #[error("the currency must be {expected}")]
    CurrencyMismatch {
        /// The path of the field.
        field: String,
        /// The channel's, or the book's.
        expected: Currency,
    },
    /// A natural key stands in one batch twice.
    #[error("sku, from_quantity and start_time must not stand there twice")]
    PriceTwice {
        /// Which entry, from 0.
        index: usize,
    },
    /// The book has no price of the sku at that moment, and nobody gave one.
    #[error("{0} has no price in this channel at that moment")]
    PriceNotFound(Sku),
    /// A line or the basket would cost more than 10^15 minor units.
    #[error("a line or the basket would cost more than 10^15 minor units")]
    AmountOverflow {
        /// The line, from 0; `None`: the basket.
        line: Option<usize>,
    },
}
