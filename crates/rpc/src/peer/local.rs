//! A service in the same process: the layers of the server without those that need a network. The caller
//! is known, so nothing is authenticated; generated code authorises him for each RPC.

use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use stoa_errors::Error;
use stoa_types::Principal;
use tonic::body::Body;

use crate::client::Outgoing;
use crate::gate::Gate;
use crate::server::catch_panic::CatchPanic;
use crate::server::deadline::Deadline;
use crate::server::measure::Measure;
use crate::server::rescue::Rescue;
use crate::server::routes::Routed;
use crate::server::shed::Shed;
use crate::server::span::Span;
use crate::server::{Answer, Handle, Inbound, Services};

type Layers = Span<Measure<Rescue<CatchPanic<Deadline<Shed<Identity<Wire>>>>>>>;

/// What lies between the two: nothing, except in a test build.
#[cfg(not(feature = "crash-points"))]
type Wire = Routed<Services>;
#[cfg(feature = "crash-points")]
type Wire = super::fault::Faulty<Routed<Services>>;

#[cfg(not(feature = "crash-points"))]
fn wire(services: Services) -> Wire {
    Routed(services)
}

#[cfg(feature = "crash-points")]
fn wire(services: Services) -> Wire {
    super::fault::Faulty(Routed(services))
}

pub(super) struct Local {
    gate: Gate,
    services: Services,
    caller: &'static str,
    peer: &'static str,
    limit: usize,
    layers: Arc<Layers>,
}

impl Local {
    pub(super) fn new(
        gate: &Gate,
        services: Services,
        caller: &'static str,
        peer: &'static str,
        limit: usize,
    ) -> Self {
        let layers = Identity {
            caller,
            inner: wire(services.clone()),
        };
        let layers = Shed::new(gate.clone(), limit, layers);
        let layers = Deadline::new(gate.clone(), layers);
        let layers = Rescue::new(gate.clone(), CatchPanic(layers));
        let layers = Span(Measure::new(gate.clone(), layers));
        Self {
            gate: gate.clone(),
            services,
            caller,
            peer,
            limit,
            layers: Arc::new(layers),
        }
    }

    pub(super) fn with_gate(&self, gate: &Gate) -> Self {
        Self::new(
            gate,
            self.services.clone(),
            self.caller,
            self.peer,
            self.limit,
        )
    }

    pub(super) fn call(&self, mut request: Request<Body>) -> Answer {
        let outgoing = request.extensions_mut().remove::<Outgoing>();
        let mut call = Inbound::new(request, &self.gate);
        match outgoing {
            Some(outgoing) => inherit(&mut call, outgoing),
            None => call.facts.request_id = call.fresh.simple().to_string(),
        }
        let layers = Arc::clone(&self.layers);
        Box::pin(async move { layers.handle(&mut call).await })
    }
}

/// The call goes on with the story, trace, id and deadline of the one it is made in.
fn inherit(call: &mut Inbound, outgoing: Outgoing) {
    call.until = Some(outgoing.deadline);
    call.facts.acting_for = Some(outgoing.acting_for);
    call.facts.request_id = outgoing.request_id;
    call.facts.traceparent = outgoing.traceparent;
    call.facts.correlation_id = outgoing.correlation_id;
    call.facts.causation_id = outgoing.causation_id;
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local")
            .field("caller", &self.caller)
            .field("peer", &self.peer)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// Says who calls. Innermost: whatever the request may carry, this is what counts.
struct Identity<H> {
    caller: &'static str,
    inner: H,
}

impl<H: Handle<Error = Error>> Handle for Identity<H> {
    type Error = Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Error> {
        call.facts.principal = Principal::service(self.caller);
        self.inner.handle(call).await
    }
}
