//! The rules of prices, pure.
//!
//! | file | question it answers |
//! |---|---|
//! | [`channel`] | what a way of selling is, and what stands in for what a merchant leaves out |
//! | [`price`] | what a price entry is and which one holds |
//! | [`desk`] | how prices are set in a row over one set of loaded entries |
//! | [`basket`] | what a basket costs, line by line, and why |
//! | [`sums`] | how lines, adjustments and taxes add up to what is to be paid |
//! | [`refusal`] | why pricing refuses |

pub(crate) mod basket;
pub(crate) mod channel;
pub(crate) mod desk;
pub(crate) mod price;
pub(crate) mod refusal;
pub(crate) mod sums;
#[cfg(test)]
mod tests;

pub(crate) use basket::{BasketLine, Listed, PriceSource, PricedLine};
pub(crate) use channel::{CaptureMode, Channel, ChannelDraft, QUOTE_TTL, Registry, SourcingRule};
pub(crate) use desk::Desk;
pub(crate) use price::{EntryDraft, Price, PriceKey};
pub(crate) use refusal::Refusal;
pub(crate) use sums::{Adjustment, LineSum, Sums, TaxLine, Totals};
