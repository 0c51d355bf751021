//! How lines, adjustments and taxes add up to what is to be paid.
//!
//! A line is worth its subtotal, plus its own adjustments, plus its share of those on the whole basket (by largest
//! remainder over what the lines are worth, so that the minor units add up). A tax is inside that worth (inclusive) or
//! comes on top: `gross = worth + taxes on top`, `net = gross - all taxes`, `total = sum of gross`.

use stoa_types::{Currency, Money, MoneyError, allocate};

use super::Refusal;

/// The largest amount of a line or a basket, minor units: 10^15.
pub(crate) const LIMIT: i64 = 1_000_000_000_000_000;

/// A price effect that is not a line's own price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Adjustment {
    /// The line, from 0; `None`: the whole basket.
    pub(crate) line: Option<usize>,
    /// What made it.
    pub(crate) source: String,
    /// The code the customer gave; empty: none.
    pub(crate) code: String,
    /// Signed: a discount is below zero, a surcharge above.
    pub(crate) amount: Money,
}

/// A tax on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaxLine {
    /// The line, from 0.
    pub(crate) line: usize,
    pub(crate) jurisdiction: String,
    pub(crate) code: String,
    /// Parts per million.
    pub(crate) rate_ppm: i64,
    pub(crate) taxable: Money,
    pub(crate) amount: Money,
    /// Whether the line's price contains it.
    pub(crate) inclusive: bool,
}

/// What one line comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineSum {
    /// Without tax, after adjustments.
    pub(crate) net: Money,
    pub(crate) tax: Money,
    /// `net + tax`.
    pub(crate) gross: Money,
}

/// What the basket comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Totals {
    /// The sum of the lines' subtotals.
    pub(crate) subtotal: Money,
    /// The sum of all adjustments, signed.
    pub(crate) adjustments: Money,
    /// The sum of all taxes.
    pub(crate) tax: Money,
    /// The sum of the lines' gross.
    pub(crate) total: Money,
}

/// The sums of a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    /// In the order of the lines.
    pub(crate) lines: Vec<LineSum>,
    pub(crate) totals: Totals,
}

/// Adds up a basket of one currency.
pub(crate) fn sum_up(
    currency: Currency,
    subtotals: &[Money],
    adjustments: &[Adjustment],
    taxes: &[TaxLine],
) -> Result<Sums, Refusal> {
    let sums = try_sum_up(currency, subtotals, adjustments, taxes)
        .map_err(|_| Refusal::AmountOverflow { line: None })?;
    let of = |amount: Money| {
        amount
            .minor
            .checked_abs()
            .is_some_and(|minor| minor <= LIMIT)
    };
    let line = sums.lines.iter().position(|line| !of(line.gross));
    if line.is_some() || !of(sums.totals.total) || !of(sums.totals.subtotal) {
        return Err(Refusal::AmountOverflow { line });
    }
    Ok(sums)
}

fn try_sum_up(
    currency: Currency,
    subtotals: &[Money],
    adjustments: &[Adjustment],
    taxes: &[TaxLine],
) -> Result<Sums, MoneyError> {
    let sum = |amounts: &mut dyn Iterator<Item = Money>| Money::sum(currency, amounts);
    let mut lines: Vec<LineSum> = worth(currency, subtotals, adjustments)?
        .into_iter()
        .map(|worth| LineSum {
            net: worth,
            tax: Money::zero(currency),
            gross: worth,
        })
        .collect();
    for tax in taxes {
        let Some(line) = lines.get_mut(tax.line) else {
            continue;
        };
        line.tax = line.tax.add(tax.amount)?;
        if tax.inclusive {
            line.net = line.net.sub(tax.amount)?;
        } else {
            line.gross = line.gross.add(tax.amount)?;
        }
    }
    let totals = Totals {
        subtotal: sum(&mut subtotals.iter().copied())?,
        adjustments: sum(&mut adjustments.iter().map(|adjustment| adjustment.amount))?,
        tax: sum(&mut lines.iter().map(|line| line.tax))?,
        total: sum(&mut lines.iter().map(|line| line.gross))?,
    };
    Ok(Sums { lines, totals })
}

/// What each line is worth after adjustments.
fn worth(
    currency: Currency,
    subtotals: &[Money],
    adjustments: &[Adjustment],
) -> Result<Vec<Money>, MoneyError> {
    let mut worth = subtotals.to_vec();
    for adjustment in adjustments {
        if let Some(line) = adjustment.line.and_then(|line| worth.get_mut(line)) {
            *line = line.add(adjustment.amount)?;
        }
    }
    let shared = adjustments
        .iter()
        .filter(|adjustment| adjustment.line.is_none())
        .map(|adjustment| adjustment.amount);
    let shared = Money::sum(currency, shared)?;
    if shared.is_zero() || worth.is_empty() {
        return Ok(worth);
    }
    let mut weights: Vec<i64> = worth.iter().map(|line| line.minor.max(0)).collect();
    if weights.iter().all(|weight| *weight == 0) {
        weights.fill(1);
    }
    let shares = allocate(shared, &weights)?;
    worth
        .into_iter()
        .zip(shares)
        .map(|(line, share)| line.add(share))
        .collect()
}
