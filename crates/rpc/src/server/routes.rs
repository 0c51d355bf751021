//! The innermost: hands the request and what was found out about it to the routes.

use std::convert::Infallible;

use http::{Request, Response};
use stoa_errors::Error;
use tonic::body::Body;
use tower::{Service, ServiceExt};

use super::{Handle, Inbound};

pub(crate) struct Routed<S>(pub(crate) S);

impl<S> Handle for Routed<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    type Error = Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Error> {
        let mut request = std::mem::take(&mut call.request);
        let facts = std::mem::take(&mut call.facts);
        request.extensions_mut().insert(facts);
        match self.0.clone().oneshot(request).await {
            Ok(response) => Ok(response),
            Err(never) => match never {},
        }
    }
}
