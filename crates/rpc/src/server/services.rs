//! Which service answers a call: found by the name that stands in its path.
//!
//! tonic puts services into an axum router, which matches patterns, keeps what they held and wraps bodies twice on the way. A
//! path of gRPC is a name and a method, so here it is one look-up. What has no service here goes to tonic's routes, which say
//! so; they also stand for the services where something outside wants them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tonic::server::NamedService;
use tonic::service::{Routes, RoutesBuilder};
use tower::Service;

/// What the server of a proto service answers with, as tonic generates it.
type Served = BoxFuture<Response<Body>, Infallible>;

/// A service behind its name. Those that tonic generates are always ready.
trait Serve: Send + Sync {
    fn serve(&self, request: Request<Body>) -> Served;
}

impl<S> Serve for S
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future = Served>
        + Clone
        + Send
        + Sync,
{
    fn serve(&self, request: Request<Body>) -> Served {
        self.clone().call(request)
    }
}

/// Services, as they are put together.
#[derive(Clone, Default)]
pub struct ServicesBuilder {
    routes: RoutesBuilder,
    by_name: HashMap<&'static str, Arc<dyn Serve>>,
}

impl ServicesBuilder {
    /// Adds the server of a proto service.
    pub fn add_service<S>(&mut self, service: S) -> &mut Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future = Served>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.by_name.insert(S::NAME, Arc::new(service.clone()));
        self.routes.add_service(service);
        self
    }

    /// The same as routes of tonic's.
    #[must_use]
    pub fn routes(self) -> Routes {
        self.routes.routes()
    }
}

impl fmt::Debug for ServicesBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

/// Services that are called; clones share them.
#[derive(Clone)]
pub struct Services {
    by_name: Arc<HashMap<&'static str, Arc<dyn Serve>>>,
    rest: Routes,
}

impl Services {
    fn find(&self, path: &str) -> Option<&dyn Serve> {
        let (name, _) = path.strip_prefix('/')?.split_once('/')?;
        self.by_name.get(name).map(|service| &**service)
    }
}

/// All of them together.
impl FromIterator<ServicesBuilder> for Services {
    fn from_iter<I: IntoIterator<Item = ServicesBuilder>>(all: I) -> Self {
        let by_name = all.into_iter().flat_map(|some| some.by_name).collect();
        Self {
            by_name: Arc::new(by_name),
            rest: Routes::default().prepare(),
        }
    }
}

impl From<Routes> for Services {
    fn from(routes: Routes) -> Self {
        Self {
            by_name: Arc::default(),
            rest: routes.prepare(),
        }
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

impl Service<Request<Body>> for Services {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Served;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Served {
        match self.find(request.uri().path()) {
            Some(service) => service.serve(request),
            None => Box::pin(self.rest.call(request)),
        }
    }
}
