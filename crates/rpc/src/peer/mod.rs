//! Another service, as a transport for its generated client: `InventoryInternalServiceClient::new(peer)`.
//! In the same process or over the network, the calling code is the same.

mod budget;
#[cfg(feature = "crash-points")]
mod fault;
mod local;
mod remote;
mod secret;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, Uri};
use stoa_errors::Error;
use tonic::body::Body;

use crate::gate::Gate;
use crate::server::{Answer, Services};

use self::local::Local;
use self::remote::Remote;
pub use self::secret::PeerSecret;

/// Another service. Clones share limit and retry budget.
#[derive(Clone)]
pub struct Peer(Transport);

#[derive(Clone)]
enum Transport {
    Local(Arc<Local>),
    Remote(Arc<Remote>),
}

impl Peer {
    /// The service `peer` in this process, called by the service `caller`: no socket, but the same span,
    /// metrics, rescue, deadline and refusals as over one. At most `limit` calls run at once, the less
    /// important refused first (`server/shed.rs`).
    ///
    /// The caller's identity is an extension of the request that nothing outside of this crate can make.
    #[must_use]
    pub fn local(
        services: impl Into<Services>,
        caller: &'static str,
        peer: &'static str,
        limit: usize,
    ) -> Self {
        let local = Local::new(&Gate::bare(), services.into(), caller, peer, limit);
        Self(Transport::Local(Arc::new(local)))
    }

    /// The service at `uri` (`http://host:port`), called by `caller`. Connects when first used, and again
    /// when the connection is lost. Must be made inside of a tokio runtime, which then carries the
    /// connection.
    ///
    /// Every call has a deadline (its context's, or 3 s), and is tried up to three times if the answer says that
    /// it helps (RetryInfo) or the call has never left, within a budget of a tenth of the calls.
    #[must_use]
    pub fn remote(uri: Uri, caller: &'static str) -> Self {
        Self(Transport::Remote(Arc::new(Remote::new(
            &Gate::bare(),
            uri,
            caller,
        ))))
    }

    /// With the clock, ids and counters of this process.
    #[must_use]
    pub fn with_gate(self, gate: &Gate) -> Self {
        Self(match self.0 {
            Transport::Local(local) => Transport::Local(Arc::new(local.with_gate(gate))),
            Transport::Remote(remote) => Transport::Remote(Arc::new(remote.with_gate(gate))),
        })
    }

    /// Presents the deployment's secret on every call, and with it the caller and the story of the call; only over the
    /// network, in the process nothing is presented.
    #[must_use]
    pub fn with_secret(self, secret: &PeerSecret) -> Self {
        Self(match self.0 {
            Transport::Local(local) => Transport::Local(local),
            Transport::Remote(remote) => Transport::Remote(Arc::new(remote.with_secret(secret))),
        })
    }

    /// Presents `token` as staff on every call; only over the network, in the process nothing is presented.
    ///
    /// # Errors
    /// A token that cannot stand in a header.
    pub fn with_token(self, token: &str) -> Result<Self, Error> {
        Ok(Self(match self.0 {
            Transport::Local(local) => Transport::Local(local),
            Transport::Remote(remote) => Transport::Remote(Arc::new(remote.with_token(token)?)),
        }))
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Transport::Local(local) => local.fmt(f),
            Transport::Remote(remote) => remote.fmt(f),
        }
    }
}

impl tower::Service<Request<Body>> for Peer {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        match &self.0 {
            Transport::Local(local) => local.call(request),
            Transport::Remote(remote) => Arc::clone(remote).call(request),
        }
    }
}
