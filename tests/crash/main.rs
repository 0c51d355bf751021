//! What survives a process that dies: at each named boundary of a checkout, and at any moment of a shop's day.
//!
//! | file | shows |
//! |---|---|
//! | `life` | a suite that dies and is started again, its callers, who try until they are answered, and the provider, who lives on |
//! | `journeys` | the ways of an order, each written once, with what must hold in the end |
//! | `detours` | the same, where a payment does not go as planned |
//! | `rebuild` | a projection that is built anew |
//! | `matrix` | at each boundary all goes wrong that can: dead before, dead after, answer lost, delivered twice |
//! | `faults` | calls between services lose their answers and arrive twice |
//! | `ordinary` | an ordinary build holds none of this |
//! | `retail` | what a replay of the shop's files must come to, computed by itself |
//! | `replay` | the shop's day without an accident |
//! | `kill_loop` | the shop's day with `kill -9`, of the suite and of the replay; also with a clock that is wrong |
//! | `power`, `disk` | the shop's day with power cuts, which forget what was not synced |
//! | `proof` | what a long run wants to know: how often, and with which seed |

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod detours;
mod disk;
mod faults;
mod journeys;
mod kill_loop;
mod life;
mod matrix;
mod ordinary;
mod power;
mod proof;
mod rebuild;
mod replay;
mod retail;
