//! The server's layers, the path of a message and both kinds of peer, over real sockets and generated
//! clients. The handler behind them is the test's own: what it does stands in the request.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod handler;
mod keys;
mod layers;
mod local;
mod masks;
mod order_of_layers;
mod reasons;
mod remote;
mod services;
mod streams;
mod suite;
