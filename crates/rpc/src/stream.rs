//! The path of every RPC that answers with a stream, called by generated code.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::BoxStream;
use stoa_api::Call;
use stoa_errors::Error;
use stoa_types::Ctx;
use tokio::time::Sleep;
use tonic::{Request, Response, Status};

use crate::admit::admit;
use crate::gate::Gate;
use crate::server::catch_panic::of_panic;
use crate::server::deadline::exceeded;
use crate::status;

/// The items of an answer as tonic sends them.
pub type Items<T> = BoxStream<'static, Result<T, Status>>;

/// As [`crate::unary()`], for a use case that answers with a stream. The layers see only its begin, so what
/// they do for the rest of it is done here: an error or panic in the stream is rescued and logged, and it
/// ends with DEADLINE_EXCEEDED when the caller's time is over. Every poll runs in the call's span.
pub async fn server_stream<Q, F, Fut>(
    gate: &Gate,
    request: Request<Q>,
    use_case: F,
) -> Result<Response<Items<Q::Response>>, Status>
where
    Q: Call,
    F: FnOnce(Ctx, Q) -> Fut,
    Fut: Future<Output = Result<BoxStream<'static, Result<Q::Response, Error>>, Error>>,
{
    let (ctx, message) = admit(request).map_err(status::of_error)?;
    let left = ctx.remaining(gate.clock().now());
    let items = use_case(ctx, message).await.map_err(status::of_error)?;
    let guarded: Items<Q::Response> = Box::pin(Guarded {
        items: Some(items),
        deadline: Box::pin(tokio::time::sleep(left)),
        span: tracing::Span::current(),
    });
    Ok(Response::new(guarded))
}

struct Guarded<T> {
    /// Gone after the end: an item that is an error is the last.
    items: Option<BoxStream<'static, Result<T, Error>>>,
    deadline: Pin<Box<Sleep>>,
    span: tracing::Span,
}

impl<T> Guarded<T> {
    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        let Some(items) = self.items.as_mut() else {
            return Poll::Ready(None);
        };
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| items.as_mut().poll_next(cx)));
        match polled {
            Ok(Poll::Pending) => match self.deadline.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(Some(Err(exceeded()))),
                Poll::Pending => Poll::Pending,
            },
            Ok(ready) => ready,
            Err(panic) => Poll::Ready(Some(Err(of_panic(panic.as_ref())))),
        }
    }
}

impl<T> Stream for Guarded<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let span = self.span.clone();
        let _entered = span.enter();
        self.poll_item(cx).map(|item| match item {
            Some(Ok(item)) => Some(Ok(item)),
            Some(Err(error)) => {
                self.items = None;
                status::log(&error);
                Some(Err(status::of_error(error)))
            }
            None => {
                self.items = None;
                None
            }
        })
    }
}
