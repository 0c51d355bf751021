//! What survives a process that dies: at each named boundary of a checkout, and at any moment of a shop's day.
//!
//! | file | shows |
//! |---|---|
//! | `life` | a suite that dies and is started again, its callers, who try until they are answered, and the provider, who lives on |
//! | `journeys` | the ways of an order, each written once, with what must hold in the end |
//! | `matrix` | each boundary dies once before and once after, in a journey that passes it |
//! | `faults` | calls between services lose their answers and arrive twice |
//! | `ordinary` | an ordinary build holds none of this |
//! | `retail` | what a replay of the shop's files must come to, computed by itself |
//! | `replay` | the shop's day without an accident |
//! | `kill_loop` | the shop's day with `kill -9`, of the suite and of the replay |

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod faults;
mod journeys;
mod kill_loop;
mod life;
mod matrix;
mod ordinary;
mod replay;
mod retail;
