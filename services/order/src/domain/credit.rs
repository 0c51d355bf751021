//! A credit: money for goods whose order is not known.

use stoa_api::catalog::v1::ResolvedSku;
use stoa_api::order::v1::CreditLine;
use stoa_api::pricing::v1::PricedLine;
use stoa_api::type_::v1::LineKind;

/// The lines of a credit, from what each sku is and what it was said to have cost.
#[must_use]
pub(crate) fn lines(goods: &[ResolvedSku], prices: Vec<PricedLine>) -> Vec<CreditLine> {
    goods
        .iter()
        .zip(prices)
        .map(|(sku, price)| CreditLine {
            sku: price.sku,
            quantity: price.quantity,
            unit_price: price.unit_price,
            total: price.gross,
            restock: restocks(sku),
        })
        .collect()
}

/// Whether what comes back of a sku goes back into stock.
fn restocks(sku: &ResolvedSku) -> bool {
    sku.stock_tracked && sku.kind == i32::from(LineKind::Goods)
}
