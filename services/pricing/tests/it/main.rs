//! Pricing, through its own clients, on a real file and real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod audit;
mod batch_set_prices;
mod channels;
mod harness;
mod instances;
mod list_prices;
mod plans;
mod price_basket;
mod price_history;
