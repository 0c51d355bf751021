//! What an order is: pure decisions over its state, no clock, no database, no transport.
//!
//! The state is the contract's own `Order` message: what events fold into, what the row keeps and what a
//! caller reads are one thing, so they cannot differ (docs/adr/0004-order-state.md).
//!
//! | file | answers |
//! |---|---|
//! | [`event`] | what can happen to an order, and how it is stored |
//! | [`fold`] | what an event changes |
//! | [`axes`] | how an order stands, computed from its facts |
//! | [`buckets`] | where the units of a line are |
//! | [`amounts`] | what is due for some of the units |
//! | [`checkout`], [`cancel`], [`fulfillment`], [`returns`] | what may happen next |
//! | [`settle`] | how staff settle what could not be taken |
//! | [`quote`], [`credit`] | what a basket costs, what a credit pays |

pub(crate) mod amounts;
pub(crate) mod axes;
pub(crate) mod buckets;
pub(crate) mod cancel;
pub(crate) mod checkout;
pub(crate) mod credit;
pub(crate) mod event;
pub(crate) mod fold;
pub(crate) mod fulfillment;
pub(crate) mod quote;
pub(crate) mod returns;
pub(crate) mod settle;

#[cfg(test)]
mod payloads;
#[cfg(test)]
mod tests;
