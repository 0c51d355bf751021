//! The catalogue, through its own clients, on a real file and real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod archive_product;
mod audit;
mod batch_upsert_products;
mod create_product;
mod harness;
mod in_stock;
mod instances;
mod list_products;
mod plans;
mod read_products;
mod resolve_skus;
mod update_product;
