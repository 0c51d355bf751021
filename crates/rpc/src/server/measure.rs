//! Counts the call. Outside of the rescue, so that it counts the code that the caller gets; inside of the
//! span, so that an exemplar can name its trace.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};

use super::{Handle, Inbound};
use crate::gate::Gate;
use crate::metrics::Running;
use crate::status;

pub(crate) struct Measure<H> {
    gate: Gate,
    inner: H,
}

impl<H> Measure<H> {
    pub(crate) fn new(gate: Gate, inner: H) -> Self {
        Self { gate, inner }
    }
}

impl<H: Handle> Handle for Measure<H> {
    type Error = H::Error;

    async fn handle(&self, call: &mut Inbound) -> Result<Response<Body>, Self::Error> {
        let table = self.gate.table();
        let running = table.begin(call.row);
        let response = self.inner.handle(call).await?;
        if let Some(code) = status::code_in(response.headers()) {
            running.end(code);
        } else if table.method(call.row).is_some_and(|it| it.streaming) {
            let running = Some(running);
            return Ok(response.map(|body| Body::new(Measured { body, running })));
        } else {
            running.end(Code::Ok);
        }
        Ok(response)
    }
}

/// A stream is in flight until its last frame, which says how it ended.
struct Measured {
    body: Body,
    running: Option<Running>,
}

impl http_body::Body for Measured {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(trailers) = frame.trailers_ref()
            && let Some(running) = self.running.take()
        {
            running.end(status::code_in(trailers).unwrap_or(Code::Unknown));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
