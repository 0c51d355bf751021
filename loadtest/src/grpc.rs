//! Unary gRPC calls, and plain reads, straight on h2: what a client costs at least, because it shares the two cores with what it measures.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use bytes::{BufMut, Bytes, BytesMut};
use h2::RecvStream;
use h2::client::SendRequest;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, TE};
use http::{HeaderMap, Request, Uri};
use prost::Message;
use tokio::net::TcpStream;

/// What a peer may send before it is told to go on, of one call and of a connection.
const WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 1 << 24;

/// One method, made ready once.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    verb: http::Method,
    uri: Uri,
    headers: HeaderMap,
}

impl Method {
    /// `path` is `/package.Service/Method`; `metadata` goes with every call.
    pub(crate) fn new(
        address: SocketAddr,
        path: &str,
        metadata: &[(&'static str, &str)],
    ) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(TE, HeaderValue::from_static("trailers"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        for (name, value) in metadata {
            headers.insert(HeaderName::from_static(name), value.parse()?);
        }
        let uri = format!("http://{address}{path}").parse()?;
        Ok(Self {
            verb: http::Method::POST,
            uri,
            headers,
        })
    }

    /// A read over REST: it is called with no bytes.
    pub(crate) fn get(address: SocketAddr, path: &str) -> Result<Self> {
        Ok(Self {
            verb: http::Method::GET,
            uri: format!("http://{address}{path}").parse()?,
            headers: HeaderMap::new(),
        })
    }

    /// The same with one more header, for a single call.
    #[must_use]
    pub(crate) fn with(&self, name: &'static str, value: HeaderValue) -> Self {
        let mut method = self.clone();
        method.headers.insert(HeaderName::from_static(name), value);
        method
    }
}

/// A message as it goes over the wire: its five bytes of frame in front.
pub(crate) fn framed(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut frame = BytesMut::with_capacity(length + 5);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    message.encode_raw(&mut frame);
    frame.freeze()
}

/// One HTTP/2 connection, whose task runs on the thread that opened it.
#[derive(Clone, Debug)]
pub(crate) struct Connection(SendRequest<Bytes>);

impl Connection {
    /// Opens one; inside a `LocalSet`.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("nobody listens at {address}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = h2::client::Builder::new()
            .initial_window_size(WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .enable_push(false)
            .handshake(stream)
            .await
            .context("no HTTP/2 connection")?;
        #[expect(
            clippy::disallowed_methods,
            reason = "it ends with the last handle on the connection"
        )]
        tokio::task::spawn_local(async move {
            // What broke is seen by the calls that were under way.
            let _broken = connection.await;
        });
        Ok(Self(sender))
    }

    /// Calls; the answer, or `Code: message` of what was refused.
    pub(crate) async fn unary<A: Message + Default>(
        &self,
        method: &Method,
        frame: Bytes,
    ) -> Result<A, String> {
        let answer = self.bytes(method, frame).await?;
        let message = answer.get(5..).ok_or("an answer without a message")?;
        A::decode(message).map_err(|error| error.to_string())
    }

    /// Calls; the answer with its frame, not looked at.
    pub(crate) async fn bytes(&self, method: &Method, frame: Bytes) -> Result<Bytes, String> {
        self.attempt(method, frame)
            .await
            .unwrap_or_else(|error| Err(format!("connection: {error}")))
    }

    async fn attempt(
        &self,
        method: &Method,
        frame: Bytes,
    ) -> Result<Result<Bytes, String>, h2::Error> {
        let mut request = Request::new(());
        *request.method_mut() = method.verb.clone();
        *request.uri_mut() = method.uri.clone();
        *request.headers_mut() = method.headers.clone();
        let mut sender = self.0.clone().ready().await?;
        let (response, mut stream) = sender.send_request(request, frame.is_empty())?;
        if !frame.is_empty() {
            stream.send_data(frame, true)?;
        }
        let (head, mut body) = response.await?.into_parts();
        if !head.status.is_success() {
            return Ok(Err(head.status.to_string()));
        }
        if let Err(refused) = status(&head.headers) {
            return Ok(Err(refused));
        }
        let answer = read(&mut body).await?;
        let trailers = body.trailers().await?.unwrap_or_default();
        Ok(status(&trailers).map(|()| answer))
    }
}

/// The body; most are one frame, which is not copied.
async fn read(body: &mut RecvStream) -> Result<Bytes, h2::Error> {
    let mut whole = Bytes::new();
    while let Some(part) = body.data().await {
        let part = part?;
        body.flow_control().release_capacity(part.len())?;
        whole = if whole.is_empty() {
            part
        } else {
            [whole, part].concat().into()
        };
    }
    Ok(whole)
}

/// A status that is there and not 0 is an error.
fn status(headers: &HeaderMap) -> Result<(), String> {
    let text = |name: &str| {
        let value = headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    match text("grpc-status") {
        None => Ok(()),
        Some(code) if code == "0" => Ok(()),
        Some(code) => {
            let code = tonic::Code::from_bytes(code.as_bytes());
            Err(format!(
                "{code:?}: {}",
                text("grpc-message").unwrap_or_default()
            ))
        }
    }
}
