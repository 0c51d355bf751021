//! The outside world for tests and demos: a payment provider's stand-in.
//!
//! It speaks HTTP/JSON on a real socket, is as durable as the suite (its own SQLite file, group
//! commit, nothing answered before it is on disk), keeps its own books and refuses what they
//! forbid. Test tokens (`token.rs`) make it decline, fall silent or answer late.
//!
//! | endpoint | does |
//! |---|---|
//! | `POST /v1/authorizations` | reserves `amount_minor` on `token` |
//! | `POST /v1/authorizations/{id}/captures` | takes some or all of it |
//! | `POST /v1/authorizations/{id}/voids` | gives back some or all that is not captured |
//! | `POST /v1/captures/{id}/refunds` | gives back some or all that was captured |
//! | `POST /v1/sales` | takes `amount_minor` on `token` at once; refunded as a capture |
//! | `POST /v1/credits` | pays out without an earlier payment |
//! | `GET /v1/operations/by-reference/{reference}` | one operation, by the merchant's reference |
//! | `GET /v1/operations?after=&limit=` | the provider's own list, positions dense from 1 |
//! | `GET /v1/balances` | sums of what succeeded, by currency |
//! | `GET /v1/capabilities` | what the provider promises |
//! | `PUT /v1/webhook` | where the merchant wants to hear of what nobody waits for (`url`, `secret`) |
//! | `POST /v1/console/refunds`, `../voids`, `../chargebacks` | what happens without his asking, to a `reference` of his |
//! | `GET /actions/{id}`, `POST /actions/{id}/approve`, `../refuse` | what a customer does who was sent here |
//!
//! Every POST needs an `Idempotency-Key`; a second request under it is answered the same.
//! Answers: 201 done (200 when replayed), 202 the customer must act first (`operation.action`), 402 declined (recorded, `error.code` says why), 400, 404,
//! 409 and 422 refused without a trace, 503 try again.

mod books;
mod config;
mod http;
mod operation;
mod page;
mod request;
mod serve;
mod token;
mod webhook;
mod wire;

pub use config::Config;
pub use operation::{Kind, State};
pub use serve::{SandboxError, run, run_until_stdin_closes};
