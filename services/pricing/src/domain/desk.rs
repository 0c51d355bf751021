//! Prices set in a row, decided over one set of loaded entries.
//!
//! Whoever loads a desk puts on it every entry that the batches name by its natural key. A batch is checked whole
//! before anything of it is taken. What is [`Desk::dirty`] in the end is written at once.

use std::collections::{BTreeMap, BTreeSet};

use stoa_types::{PriceId, Timestamp};

use super::{Channel, EntryDraft, Price, PriceKey, Refusal};

/// The loaded entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Desk {
    prices: BTreeMap<PriceKey, Price>,
    dirty: BTreeSet<PriceKey>,
    changes: Vec<Price>,
}

impl Desk {
    /// Takes loaded entries.
    pub(crate) fn new(prices: impl IntoIterator<Item = Price>) -> Self {
        Self {
            prices: prices
                .into_iter()
                .map(|price| (price.key.clone(), price))
                .collect(),
            ..Self::default()
        }
    }

    /// Entries that differ from what was loaded.
    pub(crate) fn dirty(&self) -> impl Iterator<Item = &Price> {
        self.dirty.iter().filter_map(|key| self.prices.get(key))
    }

    /// The entries as each change left them, since this was last asked.
    pub(crate) fn take_changes(&mut self) -> Vec<Price> {
        std::mem::take(&mut self.changes)
    }

    /// Sets prices of a channel's book, all or nothing; `fresh` gives ids. An entry that has the amount already stays as
    /// it is. Answers the entries as they stand then, in the order asked for.
    pub(crate) fn set(
        &mut self,
        channel: &Channel,
        entries: &[EntryDraft],
        mut fresh: impl FnMut() -> PriceId,
        now: Timestamp,
    ) -> Result<Vec<Price>, Refusal> {
        check(channel, entries, now)?;
        let mut answer = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = entry.key(channel.book, now);
            let price = match self.prices.get(&key) {
                Some(price) if price.unit_price == entry.unit_price => price.clone(),
                Some(price) => self.settle(Price {
                    unit_price: entry.unit_price,
                    version: price.version + 1,
                    updated_at: now.max(price.updated_at),
                    ..price.clone()
                }),
                None => self.settle(Price {
                    id: fresh(),
                    key,
                    unit_price: entry.unit_price,
                    version: 1,
                    created_at: now,
                    updated_at: now,
                }),
            };
            answer.push(price);
        }
        Ok(answer)
    }

    fn settle(&mut self, price: Price) -> Price {
        self.dirty.insert(price.key.clone());
        self.changes.push(price.clone());
        self.prices.insert(price.key.clone(), price.clone());
        price
    }
}

/// The channel's currency throughout, and each natural key once.
fn check(channel: &Channel, entries: &[EntryDraft], now: Timestamp) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        if entry.unit_price.currency != channel.currency {
            return Err(Refusal::CurrencyMismatch {
                field: format!("prices[{index}].unit_price.currency_code"),
                expected: channel.currency,
            });
        }
        if !seen.insert(entry.key(channel.book, now)) {
            return Err(Refusal::PriceTwice { index });
        }
    }
    Ok(())
}
