//! Baskets as messages.

use stoa_api::convert;
use stoa_api::pricing::v1 as pb;
use stoa_errors::Error;

use super::channel::{self, unit_price};
use crate::app::price_basket::Basket;
use crate::domain::{Adjustment, BasketLine, LineSum, PriceSource, PricedLine, TaxLine, Totals};

/// A line as asked for; `at` is the path of the field.
pub(crate) fn line(at: &str, line: &pb::BasketLine) -> Result<BasketLine, Error> {
    let override_price = line.override_unit_price.as_ref();
    let field = format!("{at}.override_unit_price");
    Ok(BasketLine {
        sku: convert::sku(&format!("{at}.sku"), &line.sku)?,
        quantity: convert::quantity(&format!("{at}.quantity"), line.quantity)?,
        override_price: override_price
            .map(|price| unit_price(&field, price))
            .transpose()?,
    })
}

/// A priced basket.
pub(crate) fn response(basket: Basket) -> pb::PriceBasketResponse {
    let lines = basket.lines.into_iter().zip(basket.sums.lines).enumerate();
    pb::PriceBasketResponse {
        channel: Some(channel::channel(&basket.channel)),
        lines: lines
            .map(|(index, (line, sum))| priced_line(number(index), line, sum))
            .collect(),
        adjustments: basket.adjustments.into_iter().map(adjustment).collect(),
        tax_lines: basket.taxes.into_iter().map(tax_line).collect(),
        totals: Some(totals(basket.sums.totals)),
    }
}

/// A basket has 2,000 lines at most.
fn number(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

fn priced_line(line_index: i32, line: PricedLine, sum: LineSum) -> pb::PricedLine {
    let listed = line.listed.as_ref();
    pb::PricedLine {
        line_index,
        sku: line.sku.to_string(),
        quantity: line.quantity.get(),
        list_unit_price: listed.map(|listed| listed.unit_price.into()),
        unit_price: Some(line.unit_price.into()),
        source: match line.source {
            PriceSource::Price => pb::PriceSource::Price,
            PriceSource::Override => pb::PriceSource::Override,
        }
        .into(),
        price_id: listed.map_or_else(String::new, |listed| listed.id.to_string()),
        price_version: listed.map_or(0, |listed| listed.version),
        subtotal: Some(line.subtotal.into()),
        net: Some(sum.net.into()),
        tax: Some(sum.tax.into()),
        gross: Some(sum.gross.into()),
    }
}

fn adjustment(adjustment: Adjustment) -> pb::PriceAdjustment {
    pb::PriceAdjustment {
        line_index: adjustment.line.map(number),
        kind: if adjustment.amount.is_negative() {
            pb::AdjustmentKind::Discount
        } else {
            pb::AdjustmentKind::Surcharge
        }
        .into(),
        source: adjustment.source,
        code: adjustment.code,
        amount: Some(adjustment.amount.into()),
    }
}

fn tax_line(tax: TaxLine) -> pb::TaxLine {
    pb::TaxLine {
        line_index: number(tax.line),
        jurisdiction: tax.jurisdiction,
        code: tax.code,
        rate_ppm: tax.rate_ppm,
        taxable: Some(tax.taxable.into()),
        amount: Some(tax.amount.into()),
        inclusive: tax.inclusive,
    }
}

fn totals(totals: Totals) -> pb::BasketTotals {
    pb::BasketTotals {
        subtotal: Some(totals.subtotal.into()),
        adjustments: Some(totals.adjustments.into()),
        tax: Some(totals.tax.into()),
        total: Some(totals.total.into()),
    }
}
