//! Adds the request id and the `traceparent` to the last frame of an answer. In the first one they would switch off
//! the retries of gRPC clients, which take any leading metadata as the begin of an answer (SpiceDB #2577).

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Response};
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use crate::status;

/// The name of the trailer, and of the header by which a caller may choose the id.
pub static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of the trailer, and of the header, that names the trace of a call (W3C trace context).
pub static TRACEPARENT: HeaderName = HeaderName::from_static(stoa_telemetry::propagation::HEADER);

/// The answer with its ids in its last frame. An answer without a message has only one frame, its head.
pub(crate) fn add(
    response: Response<Body>,
    request: HeaderValue,
    trace: Option<HeaderValue>,
) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let ids = Ids { request, trace };
    if status::code_in(&parts.headers).is_some() {
        ids.put(&mut parts.headers);
        return Response::from_parts(parts, body);
    }
    let ids = Some(ids);
    let body = Body::new(WithTrailer { body, ids });
    Response::from_parts(parts, body)
}

/// What an answer says of its call.
struct Ids {
    request: HeaderValue,
    trace: Option<HeaderValue>,
}

impl Ids {
    fn put(self, headers: &mut HeaderMap) {
        headers.insert(&REQUEST_ID, self.request);
        if let Some(trace) = self.trace {
            headers.insert(&TRACEPARENT, trace);
        }
    }
}

struct WithTrailer {
    body: Body,
    ids: Option<Ids>,
}

impl http_body::Body for WithTrailer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        let Poll::Ready(Some(Ok(mut frame))) = polled else {
            return polled;
        };
        if let Some(trailers) = frame.trailers_mut()
            && let Some(ids) = self.ids.take()
        {
            ids.put(trailers);
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
