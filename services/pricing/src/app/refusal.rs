//! A refusal of the domain as the caller reads it.

use stoa_api::pricing::v1::reason;
use stoa_errors::{Error, Kind};

use crate::domain::Refusal;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::ChannelNotFound(name) => {
                Self::new(Kind::NotFound, reason::CHANNEL_NOT_FOUND, text).meta("channel", name)
            }
            Refusal::ChannelExists(code) => {
                Self::new(Kind::AlreadyExists, reason::CHANNEL_EXISTS, text).meta("code", code)
            }
            Refusal::BookNotFound(id) => {
                Self::new(Kind::NotFound, reason::PRICE_BOOK_NOT_FOUND, text)
                    .meta("price_book_id", id)
            }
            Refusal::CurrencyMismatch { field, expected } => Self::new(
                Kind::InvalidArgument,
                reason::CURRENCY_MISMATCH,
                text.clone(),
            )
            .meta("currency_code", expected)
            .field(field, reason::CURRENCY_MISMATCH, text),
            Refusal::PriceTwice { index } => {
                Self::invalid(format!("prices[{index}]"), "UNIQUE", text)
            }
            Refusal::PriceNotFound(sku) => {
                Self::new(Kind::FailedPrecondition, reason::PRICE_NOT_FOUND, text).meta("sku", sku)
            }
            Refusal::AmountOverflow { line } => {
                let error = Self::new(Kind::OutOfRange, reason::AMOUNT_OVERFLOW, text);
                match line {
                    Some(line) => error.meta("line", line),
                    None => error,
                }
            }
        }
    }
}
