//! To which earlier order a cancelled line belongs: the customer's latest earlier order with one line of the same sku and
//! price that has as much fulfilled and not returned. A line is never split; what matches nothing becomes a credit.

use std::collections::BTreeMap;

use super::plan::{CancelLine, Cancellation, SaleOrder};

/// The orders of one customer so far, those that were refused left out.
#[derive(Debug, Default)]
pub(crate) struct History {
    orders: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    place: usize,
    order_id: String,
    lines: Vec<KnownLine>,
}

#[derive(Debug)]
struct KnownLine {
    sku: String,
    micros: i64,
    /// Units that left and have not come back.
    left: i64,
}

/// What a cancellation comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Matched {
    /// By order: (line id, units), in the order of the cancellation.
    pub(crate) returns: BTreeMap<String, Vec<(String, i64)>>,
    /// Places of the lines that match nothing.
    pub(crate) rest: Vec<usize>,
}

impl History {
    /// Adds an order that was fulfilled.
    pub(crate) fn add(&mut self, order: &SaleOrder, order_id: &str) {
        self.orders.push(Known {
            place: order.place,
            order_id: order_id.to_owned(),
            lines: order
                .lines
                .iter()
                .map(|line| KnownLine {
                    sku: line.sku.clone(),
                    micros: line.micros,
                    left: line.quantity,
                })
                .collect(),
        });
    }

    /// Matches a cancellation line by line; what matches counts as returned from now on.
    pub(crate) fn take(&mut self, cancellation: &Cancellation) -> Matched {
        let mut matched = Matched::default();
        for (place, line) in cancellation.lines.iter().enumerate() {
            match self.find(line) {
                Some((order_id, line_id)) => matched
                    .returns
                    .entry(order_id)
                    .or_default()
                    .push((line_id, line.quantity)),
                None => matched.rest.push(place),
            }
        }
        matched
    }

    fn find(&mut self, wanted: &CancelLine) -> Option<(String, String)> {
        let fits = |line: &KnownLine| {
            line.sku == wanted.sku && line.micros == wanted.micros && line.left >= wanted.quantity
        };
        for order in self.orders.iter_mut().rev() {
            if order.place >= wanted.place {
                continue;
            }
            if let Some(place) = order.lines.iter().position(fits) {
                if let Some(line) = order.lines.get_mut(place) {
                    line.left -= wanted.quantity;
                }
                return Some((order.order_id.clone(), (place + 1).to_string()));
            }
        }
        None
    }
}
