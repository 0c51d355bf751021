//! A credit: money for goods whose order is not known.

use stoa_api::order::v1::{CreditItem, CreditLine, reason};
use stoa_api::type_::v1::{LineKind, Money as PbMoney, UnitPrice as PbUnitPrice};
use stoa_errors::{Error, Kind};
use stoa_types::{Currency, Money, Quantity, UnitPrice};

/// Prices the items of a credit: each line rounded once, half to even.
///
/// `restocks` says of each item whether its sku is a thing of which stock is kept.
///
/// # Errors
/// CURRENCY_MISMATCH, AMOUNT_OVERFLOW, both naming the item.
pub fn price(
    items: &[CreditItem],
    restocks: &[bool],
    currency: Currency,
) -> Result<(Vec<CreditLine>, Money), Error> {
    let mut lines = Vec::with_capacity(items.len());
    let mut total = Money::zero(currency);
    for (place, item) in items.iter().enumerate() {
        let price = item.unit_price.clone().unwrap_or_default();
        if price.currency_code != currency.code() {
            return Err(Error::new(
                Kind::InvalidArgument,
                reason::CURRENCY_MISMATCH,
                format!("the channel's currency is {currency}"),
            )
            .field(
                format!("items[{place}].unit_price.currency_code"),
                "currency",
                format!("must be {currency}"),
            ));
        }
        let quantity = Quantity::new(item.quantity).map_err(|error| {
            Error::invalid(
                format!("items[{place}].quantity"),
                "range",
                error.to_string(),
            )
        })?;
        let amount = UnitPrice::new(price.micros, currency)
            .total(quantity)
            .map_err(|_| overflow(place))?;
        total = total.add(amount).map_err(|_| overflow(place))?;
        lines.push(CreditLine {
            sku: item.sku.clone(),
            quantity: item.quantity,
            unit_price: Some(PbUnitPrice {
                currency_code: price.currency_code,
                micros: price.micros,
            }),
            total: Some(PbMoney {
                currency_code: currency.code().to_owned(),
                minor_units: amount.minor,
            }),
            restock: restocks.get(place).copied().unwrap_or(false),
        });
    }
    Ok((lines, total))
}

/// Whether what comes back of a kind goes back into stock.
#[must_use]
pub fn restocks(kind: i32, stock_tracked: bool) -> bool {
    stock_tracked && kind == i32::from(LineKind::Goods)
}

fn overflow(place: usize) -> Error {
    Error::new(
        Kind::OutOfRange,
        reason::AMOUNT_OVERFLOW,
        "the credit would pass 10^15 minor units",
    )
    .field(format!("items[{place}]"), "overflow", "is too large")
}
