//! How much of which sku is wanted.

use std::collections::{BTreeMap, HashMap};

use stoa_types::{Quantity, Sku};

/// What is wanted, added up per sku: two lines of one sku are one demand, so that both are checked together. Skus stand in the
/// order in which they were first named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demand(Vec<(Sku, i64)>);

impl Demand {
    /// Adds up the lines. The contract allows 2,000 lines of 10,000,000 units, so no sum leaves an `i64`.
    pub(crate) fn of(lines: impl IntoIterator<Item = (Sku, Quantity)>) -> Self {
        let mut sums: Vec<(Sku, i64)> = Vec::new();
        let mut places: HashMap<Sku, usize> = HashMap::new();
        for (sku, quantity) in lines {
            match places.get(&sku).and_then(|place| sums.get_mut(*place)) {
                Some((_, sum)) => *sum += quantity.get(),
                None => {
                    places.insert(sku.clone(), sums.len());
                    sums.push((sku, quantity.get()));
                }
            }
        }
        Self(sums)
    }

    /// Each sku once, with the units that are wanted of it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Sku, i64)> {
        self.0.iter().map(|(sku, units)| (sku, *units))
    }

    /// The same by sku, for what is booked without choosing.
    pub(crate) fn into_sums(self) -> BTreeMap<Sku, i64> {
        self.0.into_iter().collect()
    }

    /// How many different skus.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
