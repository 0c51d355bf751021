//! What tests of several crates are made with: a suite, callers, and waiting without sleeping.
//!
//! ```no_run
//! # async fn example() {
//! use stoa_api::catalog::v1::ListProductsRequest;
//! use stoa_testkit::Suite;
//!
//! let modules = stoa_chassis::Suite::new("test", "0"); // .with::<stoa_catalog::Module>() ..
//! let suite = Suite::start(modules).await;
//! let found = suite.nobody().call(ListProductsRequest::default()).await;
//! assert!(found.unwrap().products.is_empty());
//! suite.stop().await;
//! # }
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `suite` | [`Suite`]: modules in this process |
//! | `process` | [`SuiteProcess`]: the built binary as a process |
//! | `doors`, `caller`, `rest` | a suite from outside: who calls, over gRPC or REST |
//! | `client`, `transcode` | the same caller through either door, by the same messages |
//! | `wait` | [`eventually`] |
//! | `clock` | [`TestClock`] |

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a dev-dependency: what cannot be set up fails the test that needs it"
)]

mod caller;
mod client;
mod clock;
mod doors;
mod process;
mod rest;
mod suite;
mod transcode;
mod wait;

use std::path::Path;

use stoa_store::Engine;

pub use caller::Caller;
pub use client::{Client, Way};
pub use clock::TestClock;
pub use doors::Doors;
pub use process::{SuiteProcess, binary};
pub use rest::{Answer, Rest};
pub use suite::{Builder, Suite};
pub use transcode::{Outgoing, outgoing};
pub use wait::{PATIENCE, eventually, eventually_blocking};

/// The settings that put a suite's databases where this run's tests want them: none on SQLite.
#[must_use]
pub fn databases(data: &Path) -> Vec<(String, String)> {
    match stoa_testdb::engine() {
        Engine::Sqlite => Vec::new(),
        Engine::Postgres => vec![
            (
                "database.url".to_owned(),
                stoa_testdb::admin().expose().to_owned(),
            ),
            ("database.prefix".to_owned(), stoa_testdb::prefix(data)),
        ],
    }
}
