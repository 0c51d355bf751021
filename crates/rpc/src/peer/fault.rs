//! What a network does to calls between services, in a test build: an answer is lost, or a call arrives twice. It does so to
//! the call that a plan names (`STOA_CRASH_AT=<boundary>:<lost or twice>`), or to some of all calls.
//!
//! `STOA_FAULT=<n>`, n at least 2: of n calls in this process one is delivered twice, and of another, which was carried out, the
//! answer is lost. Which, is the same each time for the same order of calls, and follows no rhythm that theirs could match.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use stoa_errors::{Error, Kind, reason};
use stoa_types::crash::{self, Fault};
use tonic::body::Body;

use crate::server::{Handle, Inbound};

/// The way to what is behind it.
pub(super) struct Faulty<H>(pub(super) H);

/// What happens to a call.
enum Fate {
    Arrives,
    ArrivesTwice,
    LosesItsAnswer,
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test says what goes wrong before any configuration is read"
)]
fn every() -> Option<u64> {
    static EVERY: OnceLock<Option<u64>> = OnceLock::new();
    *EVERY.get_or_init(|| {
        let text = std::env::var("STOA_FAULT").ok()?;
        let every = text.parse().ok().filter(|every| *every >= 2);
        if every.is_none() {
            // A test that means a fault and gets none would pass.
            std::process::exit(64);
        }
        every
    })
}

fn fate() -> Fate {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    match crash::fault() {
        Some(Fault::Lost) => return Fate::LosesItsAnswer,
        Some(Fault::Twice) => return Fate::ArrivesTwice,
        None => {}
    }
    let Some(every) = every() else {
        return Fate::Arrives;
    };
    match scattered(CALLS.fetch_add(1, Ordering::Relaxed)) % every {
        0 => Fate::ArrivesTwice,
        1 => Fate::LosesItsAnswer,
        _ => Fate::Arrives,
    }
}

/// A number that shows no trace of the order that it comes from (SplitMix64).
fn scattered(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

impl<H: Handle<Error = Error>> Handle for Faulty<H> {
    type Error = Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Error> {
        match fate() {
            Fate::Arrives => self.0.handle(call).await,
            Fate::ArrivesTwice => self.twice(call).await,
            Fate::LosesItsAnswer => {
                let _lost = self.0.handle(call).await;
                Err(lost())
            }
        }
    }
}

impl<H: Handle<Error = Error>> Faulty<H> {
    /// The second answer is the one that comes back.
    async fn twice(&self, call: &mut Inbound) -> Result<Response<Body>, Error> {
        let (parts, body) = std::mem::take(&mut call.request).into_parts();
        let body = body.collect().await.map_err(Error::internal)?.to_bytes();
        let facts = call.facts.clone();
        let message = || Body::new(Full::new(body.clone()));
        call.request = Request::from_parts(parts.clone(), message());
        let _first = self.0.handle(call).await;
        call.facts = facts;
        call.request = Request::from_parts(parts, message());
        self.0.handle(call).await
    }
}

/// As it would be over a connection that broke.
fn lost() -> Error {
    Error::new(
        Kind::Unavailable,
        reason::UNAVAILABLE,
        "a service that is needed cannot be reached",
    )
    .retry(Duration::from_millis(25))
}
