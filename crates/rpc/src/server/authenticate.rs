//! Finds out who calls. Inside of the shedding, which costs less than a hash; outside of the
//! authorisation, which asks for the answer.

use http::Response;
use stoa_errors::Error;
use tonic::body::Body;

use super::{Handle, Inbound};
use crate::auth;
use crate::gate::Gate;
use crate::peer::PeerSecret;

/// Whose word is taken.
pub(crate) enum Credentials {
    /// Staff and guests, by what each presents.
    Callers,
    /// Services of the suite alone, by the secret of the deployment.
    Peers(PeerSecret),
}

pub(crate) struct Authenticate<H> {
    gate: Gate,
    credentials: Credentials,
    inner: H,
}

impl<H> Authenticate<H> {
    pub(crate) fn new(gate: Gate, credentials: Credentials, inner: H) -> Self {
        Self {
            gate,
            credentials,
            inner,
        }
    }
}

impl<H: Handle<Error = Error>> Handle for Authenticate<H> {
    type Error = Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Error> {
        let headers = call.request.headers_mut();
        match &self.credentials {
            Credentials::Callers => {
                call.facts.principal = auth::authenticate(headers, self.gate.staff())?;
            }
            Credentials::Peers(secret) => secret.believe(headers, &mut call.facts)?,
        }
        self.inner.handle(call).await
    }
}
