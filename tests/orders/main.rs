//! Orders against the real services beside them: catalogue, pricing, inventory, payment and the provider over its socket.
//!
//! | file | shows |
//! |---|---|
//! | `shop` | the suite that the others run on |
//! | `checkout` | what PlaceOrder ends in |
//! | `quotes` | what a quote promises, to whom, and how often |
//! | `keys` | the same request again, and at the same time |
//! | `imports` | staff quotes and orders that were placed elsewhere |
//! | `cancels` | a cancel before, at and after the pivot |
//! | `standing` | a cancel while the checkout stands at each of its boundaries |
//! | `actions` | the customer must act before his payment goes on |
//! | `ways_out` | a capture that was declined: try again, cancel, paid outside, write off |
//! | `shipping` | fulfilments and what is taken when they leave |
//! | `returns` | goods that come back |
//! | `credits` | money for goods whose order is not known |
//! | `reading` | as_of, events, the stream, search |
//! | `crowd` | many buyers of the last units |
//! | `happened` | the names of what happened to an order |
//! | `crash_points`, `crash_ways` | every boundary dies once before and once after |
//! | `audit` | each check of its own books broken once; a token that does not stay; a lost fence |
//! | `closing` | books that are closed, and what is open then |
//! | `database` | its databases on either engine, for the tests that edit them |
//! | `clocks` | an instance whose clock is five minutes off takes over, and gives back |
//! | `restart` | a suite that stops in the middle |

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tests"
)]

mod actions;
mod audit;
mod cancels;
mod checkout;
mod clocks;
mod closing;
#[cfg(feature = "crash-points")]
mod crash_points;
#[cfg(feature = "crash-points")]
mod crash_ways;
mod credits;
mod crowd;
mod database;
mod happened;
mod imports;
mod keys;
mod quotes;
mod reading;
mod restart;
mod returns;
mod shipping;
mod shop;
#[cfg(feature = "crash-points")]
mod standing;
mod ways_out;
