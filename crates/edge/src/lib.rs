//! REST in the same process: every `google.api.http` binding of the mounted services, driven by the descriptor set.
//!
//! | file | answers |
//! |---|---|
//! | `template` | what a path template is, and which paths meet it |
//! | `binding`, `table` | which bindings the contract has, and which of them a request means |
//! | `request`, `scalar`, `body`, `duplicates`, `encoding` | how path, query and body become a message, and what is wrong with them |
//! | `call`, `headers` | how the RPC is called, and which headers it sees |
//! | `answer`, `writer`, `time`, `stream` | what comes back: JSON, newline-delimited JSON, server-sent events |
//! | `refusal`, `problem` | every error as a problem document (RFC 9457) |
//! | `openapi`, `document` | `/openapi.json`, made from the contract |
//! | `pages`, `comments` | `/docs/errors/..`, where a problem's `type` leads: what the contract's comments say |
//! | `edge` | one request from end to end; gRPC-Web goes past all this to the same routes |
//!
//! The edge decides nothing about a call: who may call, what is valid and what is idempotent is the routes' affair,
//! which are the same as on the gRPC port. Services that are not mounted, and RPCs without a binding, do not exist here.

mod answer;
mod binding;
mod body;
mod call;
mod comments;
mod document;
mod duplicates;
mod edge;
mod encoding;
mod headers;
mod openapi;
mod pages;
mod problem;
mod refusal;
mod request;
mod scalar;
mod stream;
mod table;
mod template;
mod time;
mod writer;

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use http::{Request, Response};
use prost_reflect::DescriptorPool;
use stoa_types::{Ids, SystemIds};
use tonic::body::Body;
use tower::Service;

use crate::comments::Comments;
use crate::edge::Edge;
use crate::pages::Pages;
use crate::table::Table;
use crate::writer::Writer;

/// The largest body that is read, in bytes: 4 MiB, as on the gRPC port.
pub const MESSAGE_LIMIT: usize = 4 * 1024 * 1024;

/// The REST router over `routes`, for the services named (`stoa.order.v1.OrderService`, ..).
///
/// `routes` are those of the public listener, with its layers: the edge adds none. Only services named here are bound,
/// and of them only RPCs with a `google.api.http` option; an internal service has none.
pub fn router<S>(routes: S, services: &[&str]) -> Router
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    router_of(stoa_api::pool(), routes, services, Arc::new(SystemIds))
}

/// The same over another contract and with other ids, as tests need it.
pub fn router_of<S>(
    pool: &DescriptorPool,
    routes: S,
    services: &[&str],
    ids: Arc<dyn Ids>,
) -> Router
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let (bindings, faults) = binding::all(pool, services);
    for fault in faults {
        tracing::error!(rpc = %fault.rpc, "a REST binding cannot be served: {}", fault.what);
    }
    let table = Table::new(bindings);
    let comments = Comments::new(pool);
    let document = Bytes::from(openapi::json(pool, table.bindings(), &comments));
    let answers = table.bindings().iter().map(|it| it.rpc.descriptor.output());
    let writer = Writer::new(answers);
    let edge = Edge {
        writer,
        routes,
        table,
        document,
        pages: Pages::new(pool, &comments),
        ids,
    };
    Router::new()
        .fallback(edge::handle::<S>)
        .with_state(Arc::new(edge))
}

/// What keeps a binding of the services named from being served, or makes two of them one. Empty for a sound contract.
pub fn faults(pool: &DescriptorPool, services: &[&str]) -> Vec<String> {
    let (_, faults) = binding::all(pool, services);
    faults.iter().map(ToString::to_string).collect()
}
