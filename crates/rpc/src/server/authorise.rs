//! Lets in who may. The last layer before the routes: it needs to know who calls, and whoever may not has
//! no message read and no word about its content.

use http::Response;
use stoa_errors::{Error, Kind, reason};
use tonic::body::Body;

use super::{Handle, Inbound};
use crate::authorise::authorise;
use crate::gate::Gate;

/// What may be called besides the contract, by anybody: its paths begin like this.
const OPEN: [&str; 2] = ["/grpc.health.v1.", "/grpc.reflection."];

pub(crate) struct Authorise<H> {
    gate: Gate,
    inner: H,
}

impl<H> Authorise<H> {
    pub(crate) fn new(gate: Gate, inner: H) -> Self {
        Self { gate, inner }
    }
}

impl<H: Handle<Error = Error>> Handle for Authorise<H> {
    type Error = Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Error> {
        match self.gate.table().method(call.row) {
            Some(method) => authorise(method, &call.facts.principal)?,
            None if OPEN
                .iter()
                .any(|open| call.request.uri().path().starts_with(open)) => {}
            None => return Err(unknown()),
        }
        self.inner.handle(call).await
    }
}

fn unknown() -> Error {
    Error::new(
        Kind::Unimplemented,
        reason::METHOD_NOT_FOUND,
        "there is no such RPC here",
    )
}
