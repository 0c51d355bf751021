//! Adds the request id to the last frame of an answer. In the first one it would switch off the retries
//! of gRPC clients, which take any leading metadata as the begin of an answer (SpiceDB #2577).

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http::header::{HeaderName, HeaderValue};
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use crate::status;

/// The name of the trailer, and of the header by which a caller may choose the id.
pub static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The answer with `id` in its last frame. An answer without a message has only one frame, its head.
pub(crate) fn add(response: Response<Body>, id: HeaderValue) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    if status::code_in(&parts.headers).is_some() {
        parts.headers.insert(&REQUEST_ID, id);
        return Response::from_parts(parts, body);
    }
    let body = Body::new(WithTrailer { body, id: Some(id) });
    Response::from_parts(parts, body)
}

struct WithTrailer {
    body: Body,
    id: Option<HeaderValue>,
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
            && let Some(id) = self.id.take()
        {
            trailers.insert(&REQUEST_ID, id);
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
