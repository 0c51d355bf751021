//! `stoa-echo BYTES`: the yardstick of reads, a bare tonic server as anybody would write it, on tokio's stock runtime.
//!
//! It takes a text and answers with one whose message has as many bytes as the product that it is compared with. There is no
//! layer, no clock, no database: what is left is tonic, HTTP/2 and the sockets.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::task::{Context as Ready, Poll};

use anyhow::{Context, Result};
use futures::future::BoxFuture;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

/// The server: every answer is this text.
#[derive(Clone)]
struct Echo(String);

impl NamedService for Echo {
    const NAME: &'static str = "stoa.loadtest.v1.EchoService";
}

impl UnaryService<String> for Echo {
    type Response = String;
    type Future = std::future::Ready<Result<Response<String>, Status>>;

    fn call(&mut self, _: Request<String>) -> Self::Future {
        std::future::ready(Ok(Response::new(self.0.clone())))
    }
}

/// What tonic's generated code makes of a service with one method.
impl tower::Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Ready<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let echo = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::<String, String>::default());
            Ok(grpc.unary(echo, request).await)
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let bytes = std::env::args().nth(1).context("usage: stoa-echo BYTES")?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    let closed = async {
        let mut nothing = Vec::new();
        // However it ends, whoever asked for echoes is gone.
        let _ended = tokio::io::stdin().read_to_end(&mut nothing).await;
    };
    Server::builder()
        .add_service(Echo(text_of(bytes.parse()?)))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), closed)
        .await
        .context("the echo cannot serve")
}

/// A text whose message (a field number, a length, the text) has so many bytes.
fn text_of(bytes: usize) -> String {
    let mut text = "x".repeat(bytes);
    while prost::Message::encoded_len(&text) > bytes && text.pop().is_some() {}
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_has_as_many_bytes_as_it_is_asked_for() {
        for bytes in [3, 120, 129, 260, 1_000, 20_000] {
            let size = prost::Message::encoded_len(&text_of(bytes));
            assert_eq!(size, bytes);
        }
    }

    #[test]
    fn a_length_that_no_text_has_is_fallen_short_of_by_one_byte() {
        // 127 bytes of text are the last whose length takes one byte: 129 in all; 128 take two: 131.
        assert_eq!(prost::Message::encoded_len(&text_of(130)), 129);
    }
}
