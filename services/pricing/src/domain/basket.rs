//! What a basket costs, line by line, and why.

use stoa_types::{Currency, Money, PriceId, Quantity, Sku, UnitPrice};

use super::Refusal;
use super::sums::LIMIT;

/// A line to price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BasketLine {
    pub(crate) sku: Sku,
    pub(crate) quantity: Quantity,
    /// What staff want instead of the book's price.
    pub(crate) override_price: Option<UnitPrice>,
}

/// The book's price of a line at the moment asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: PriceId,
    pub(crate) version: i64,
    pub(crate) unit_price: UnitPrice,
}

/// Where the price of a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PriceSource {
    Price,
    Override,
}

/// A line with its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PricedLine {
    pub(crate) sku: Sku,
    pub(crate) quantity: Quantity,
    /// `None`: the book has none, and staff gave one.
    pub(crate) listed: Option<Listed>,
    pub(crate) unit_price: UnitPrice,
    pub(crate) source: PriceSource,
    /// `unit_price` times `quantity`, rounded once, half to even.
    pub(crate) subtotal: Money,
}

/// Prices the lines; `listed` holds the book's price of each, in the same order.
pub(crate) fn price(
    currency: Currency,
    lines: Vec<BasketLine>,
    listed: Vec<Option<Listed>>,
) -> Result<Vec<PricedLine>, Refusal> {
    // A price that is missing altogether is a price that the book does not have.
    let listed = listed.into_iter().chain(std::iter::repeat(None));
    lines
        .into_iter()
        .zip(listed)
        .enumerate()
        .map(|(index, (line, listed))| price_line(currency, index, line, listed))
        .collect()
}

fn price_line(
    currency: Currency,
    index: usize,
    line: BasketLine,
    listed: Option<Listed>,
) -> Result<PricedLine, Refusal> {
    let (unit_price, source) = match (line.override_price, &listed) {
        (Some(price), _) => (price, PriceSource::Override),
        (None, Some(listed)) => (listed.unit_price, PriceSource::Price),
        (None, None) => return Err(Refusal::PriceNotFound(line.sku)),
    };
    if unit_price.currency != currency {
        return Err(Refusal::CurrencyMismatch {
            field: format!("lines[{index}].override_unit_price.currency_code"),
            expected: currency,
        });
    }
    let subtotal = unit_price
        .total(line.quantity)
        .ok()
        .filter(|total| total.minor.abs() <= LIMIT)
        .ok_or(Refusal::AmountOverflow { line: Some(index) })?;
    Ok(PricedLine {
        sku: line.sku,
        quantity: line.quantity,
        listed,
        unit_price,
        source,
        subtotal,
    })
}
