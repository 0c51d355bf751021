//! A server stream over HTTP: newline-delimited JSON, or server-sent events for who accepts them.
//!
//! An error after the first message cannot change the status any more. It is the last line, `{"error": <problem>}`,
//! or the event `error`; an orderly end is the end of the body, or the event `end`, so that a browser does not come back.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use prost_reflect::MessageDescriptor;
use stoa_errors::Error;
use stoa_rpc::status::to_error;
use tonic::{Status, Streaming};

use crate::answer::{decode, json};
use crate::problem::{Problem, status};

/// How long an event stream is silent before it says that it lives; proxies end what is silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The form of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `application/x-ndjson`.
    Lines,
    /// `text/event-stream`.
    Events,
}

/// The answer, whose body follows the stream.
pub(crate) fn response(
    form: Form,
    descriptor: MessageDescriptor,
    messages: Streaming<Bytes>,
    request_id: String,
) -> Response {
    let body = frames(form, descriptor, messages, request_id);
    let mut response = Response::new(Body::from_stream(
        body.map(Ok::<Bytes, std::convert::Infallible>),
    ));
    let media = match form {
        Form::Lines => "application/x-ndjson",
        Form::Events => "text/event-stream",
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What is left to send.
struct Rest {
    messages: Streaming<Bytes>,
    descriptor: MessageDescriptor,
    request_id: String,
    form: Form,
}

fn frames(
    form: Form,
    descriptor: MessageDescriptor,
    messages: Streaming<Bytes>,
    request_id: String,
) -> impl Stream<Item = Bytes> {
    let rest = Rest {
        messages,
        descriptor,
        request_id,
        form,
    };
    stream::unfold(Some(rest), |rest| async move {
        let mut rest = rest?;
        let (frame, goes_on) = rest.next().await;
        frame.map(|frame| (frame, goes_on.then_some(rest)))
    })
}

impl Rest {
    /// The next frame, and whether another may follow. No frame: the end.
    async fn next(&mut self) -> (Option<Bytes>, bool) {
        let next = match self.form {
            Form::Lines => self.messages.next().await,
            Form::Events => match tokio::time::timeout(KEEP_ALIVE, self.messages.next()).await {
                Ok(next) => next,
                Err(_silent) => return (Some(Bytes::from_static(b": still here\n\n")), true),
            },
        };
        match next {
            Some(message) => match message
                .map_err(|status| self.failed(&status))
                .and_then(|it| self.message(it))
            {
                Ok(frame) => (Some(frame), true),
                Err(frame) => (Some(frame), false),
            },
            None if self.form == Form::Events => {
                (Some(Bytes::from_static(b"event: end\ndata: {}\n\n")), false)
            }
            None => (None, false),
        }
    }

    fn message(&self, message: Bytes) -> Result<Bytes, Bytes> {
        let text = decode(self.descriptor.clone(), message).and_then(|message| json(&message));
        match text {
            Ok(text) => Ok(self.frame(None, &text)),
            Err(error) => Err(self.problem(&error)),
        }
    }

    fn failed(&self, status: &Status) -> Bytes {
        self.problem(&to_error(status))
    }

    fn problem(&self, error: &Error) -> Bytes {
        let problem = Problem::new(error, status(error.kind), &self.request_id).json();
        match self.form {
            Form::Events => self.frame(Some("error"), &problem),
            Form::Lines => {
                let line = [b"{\"error\":".as_slice(), &problem, b"}"].concat();
                self.frame(None, &line)
            }
        }
    }

    /// One line, or one event; the JSON has no line end in it.
    fn frame(&self, event: Option<&str>, json: &[u8]) -> Bytes {
        match (self.form, event) {
            (Form::Lines, _) => [json, b"\n"].concat().into(),
            (Form::Events, None) => [b"data: ".as_slice(), json, b"\n\n"].concat().into(),
            (Form::Events, Some(name)) => [
                b"event: ".as_slice(),
                name.as_bytes(),
                b"\ndata: ",
                json,
                b"\n\n",
            ]
            .concat()
            .into(),
        }
    }
}
