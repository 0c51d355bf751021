//! Splitting an amount so that the parts add up: the largest remainder method (Hamilton's).

use std::cmp::Reverse;

use crate::money::{Money, MoneyError};

/// Splits `total` in proportion to `weights`. Every part is the exact share cut off to whole minor
/// units; the units left over go one each to the parts with the largest remainder, the earlier one
/// first among equals. So the parts add up to `total`, differ from the exact share by less than one
/// minor unit, and a negative total is split like its opposite.
///
/// A total of zero may be split over weights that are all zero (and gives zeros); any other total not:
/// that, and a negative weight, is [`MoneyError::BadWeights`].
pub fn allocate(total: Money, weights: &[i64]) -> Result<Vec<Money>, MoneyError> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if weights.iter().any(|weight| *weight < 0) || (sum == 0 && !total.is_zero()) {
        return Err(MoneyError::BadWeights);
    }
    if total.is_zero() {
        return Ok(vec![Money::zero(total.currency); weights.len()]);
    }
    let amount = i128::from(total.minor).abs();
    let mut parts: Vec<i128> = Vec::with_capacity(weights.len());
    let mut order: Vec<(Reverse<i128>, usize)> = Vec::with_capacity(weights.len());
    for (at, weight) in weights.iter().enumerate() {
        let exact = amount * i128::from(*weight);
        parts.push(exact / sum);
        order.push((Reverse(exact % sum), at));
    }
    let mut left = amount - parts.iter().sum::<i128>();
    order.sort_unstable();
    for (_, at) in order {
        if left == 0 {
            break;
        }
        if let Some(part) = parts.get_mut(at) {
            *part += 1;
            left -= 1;
        }
    }
    let sign = i128::from(total.minor.signum());
    parts
        .into_iter()
        .map(|part| {
            i64::try_from(part * sign)
                .map(|minor| Money::new(minor, total.currency))
                .map_err(|_| MoneyError::Overflow)
        })
        .collect()
}
