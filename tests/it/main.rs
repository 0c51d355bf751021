//! Journeys across the services.
//!
//! | file | shows |
//! |---|---|
//! | `shop` | what the journeys are made of: something to sell, somebody who buys |
//! | `order`, `refused`, `cancel`, `fulfil`, `give_back` | the way of an order to its ends, each through gRPC and REST |
//! | `surface` | health, reflection, readiness, metrics, OpenAPI |
//! | `process` | the command: start, end, faults, what survives `kill -9` |
//! | `telemetry` | metrics, log lines and traces: each figure moves, nothing leaks, one trace per order |
//! | `chaos` | load, faults and kills on a deployment of its own: every answer is kept |
//! | `tools` | seed and workflow from outside the process |
//! | `top` | figures that move while orders are placed, and what it says when the suite is gone |
//! | `events` | what a consumer could not apply, and what the operator does about it |
//! | `services` | each service in a process of its own: who is believed, and what happens when one is away |
//! | `two_instances` | two processes of the order service on one database: work shared, one killed, nothing lost |
//! | `readme` | the README's lines, exactly as they stand there |

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod cancel;
mod chaos;
mod events;
mod fulfil;
mod give_back;
mod order;
mod process;
mod readme;
mod refused;
mod services;
mod shop;
mod surface;
mod telemetry;
mod tools;
mod top;
mod two_instances;
