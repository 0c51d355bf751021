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
//! | [`quote`], [`credit`] | what a basket costs, what a credit pays |

pub mod amounts;
pub mod axes;
pub mod buckets;
pub mod cancel;
pub mod checkout;
pub mod credit;
pub mod event;
pub mod fold;
pub mod fulfillment;
pub mod quote;
pub mod returns;

#[cfg(test)]
mod tests;
