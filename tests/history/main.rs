//! Stock under many hands: what callers saw can have happened one call at a time, on one instance and on several.
//!
//! | file | answers |
//! |---|---|
//! | `stock` | what is the stock of a sku, and which answers can it give |
//! | `checker` | is there an order of the calls that explains every answer |
//! | `judged` | does the checker let pass what can have happened, and refuse what cannot |
//! | `record`, `luck` | what did callers see, and what did they draw |
//! | `instance`, `crowd` | inventory alone, once or twice on one database, and those who call it |
//! | `alone` | histories of that, sound builds and mutants |
//! | `together` | two instances and more, deadlocks, an instance that is killed |
//! | `killed` | histories of an instance that dies and another one |
//! | `shop` | histories of the whole suite through its public listeners |
//!
//! `STOA_SEED` repeats what callers draw; `STOA_LONG_SECONDS` says how long a run is.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod alone;
mod checker;
mod crowd;
mod instance;
mod judged;
mod killed;
mod luck;
mod record;
mod shop;
mod stock;
mod together;
