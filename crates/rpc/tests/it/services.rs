//! Which service answers: whoever is called through the table of services gets what tonic's routes say.

use http::{Request, Response};
use stoa_rpc::Gate;
use stoa_rpc::server::Services;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Service, ServiceExt};

use crate::handler::Handler;
use crate::suite::{routes, services};

/// An empty message to `path`.
async fn code<S>(service: S, path: &str) -> Code
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Error: std::fmt::Debug,
{
    let message = http_body_util::Full::from(&[0_u8; 5][..]);
    let request = Request::post(path)
        .header("content-type", "application/grpc")
        .body(Body::new(message))
        .unwrap();
    let answer = service.oneshot(request).await.unwrap();
    Status::from_header_map(answer.headers()).unwrap().code()
}

#[tokio::test]
async fn a_name_leads_to_its_service_and_nothing_else_does() {
    let (gate, handler) = (Gate::bare(), Handler::new());
    let table: Services = [services(&gate, &handler)].into_iter().collect();
    let routes = routes(&gate, &handler).prepare();
    // Whoever is reached says that nobody has been authenticated.
    for (path, expected) in [
        ("/stoa.catalog.v1.CatalogService/GetProduct", Code::Internal),
        ("/stoa.order.v1.OrderService/CancelOrder", Code::Internal),
        ("/stoa.catalog.v1.CatalogService/Get", Code::Unimplemented),
        (
            "/stoa.catalog.v1.CatalogService/GetProduct/more",
            Code::Unimplemented,
        ),
        ("/stoa.catalog.v1.CatalogService", Code::Unimplemented),
        ("/stoa.catalog.v1.Catalog/GetProduct", Code::Unimplemented),
        ("/", Code::Unimplemented),
    ] {
        assert_eq!(code(table.clone(), path).await, expected, "{path}");
        assert_eq!(code(routes.clone(), path).await, expected, "{path}");
    }
    assert_eq!(handler.count(), 0);
}
