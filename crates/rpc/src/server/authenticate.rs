//! Finds out who calls. Inside of the shedding, which costs less than a hash; outside of the
//! authorisation, which asks for the answer.

use http::Response;
use stoa_errors::Error;
use tonic::body::Body;

use super::{Handle, Inbound};
use crate::auth;
use crate::gate::Gate;

pub(crate) struct Authenticate<H> {
    gate: Gate,
    inner: H,
}

impl<H> Authenticate<H> {
    pub(crate) fn new(gate: Gate, inner: H) -> Self {
        Self { gate, inner }
    }
}

impl<H: Handle<Error = Error>> Handle for Authenticate<H> {
    type Error = Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Error> {
        call.facts.principal = auth::authenticate(call.request.headers_mut(), self.gate.staff())?;
        self.inner.handle(call).await
    }
}
