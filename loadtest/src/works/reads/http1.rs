//! GetProduct over REST, through the edge in the suite's process: HTTP/1.1, a connection for each caller, kept open.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::Result;
use bytes::Bytes;
use http::header::HOST;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::load::Call;

/// Calls of it.
#[derive(Debug)]
pub(super) struct Http1Call {
    pub(super) address: SocketAddr,
    /// The product's path.
    pub(super) path: String,
}

/// The connections of one thread that nobody uses at this moment.
pub(super) struct Idle {
    address: SocketAddr,
    path: http::Uri,
    host: String,
    connections: RefCell<Vec<Connection>>,
}

type Connection = SendRequest<Empty<Bytes>>;

impl Call for Http1Call {
    type Client = Idle;

    async fn client(&self) -> Result<Self::Client> {
        Ok(Idle {
            address: self.address,
            path: self.path.parse()?,
            host: self.address.to_string(),
            connections: RefCell::default(),
        })
    }

    async fn call(client: &Rc<Idle>, _: u64) -> Result<(), String> {
        client.get().await.map_err(|failure| format!("{failure:#}"))
    }
}

impl Idle {
    async fn get(&self) -> Result<()> {
        let idle = self.connections.borrow_mut().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(self.address).await?,
        };
        let request = http::Request::get(self.path.clone())
            .header(HOST, &self.host)
            .body(Empty::new())?;
        connection.ready().await?;
        let answer = connection.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        anyhow::ensure!(status.is_success() && !body.is_empty(), "status {status}");
        self.connections.borrow_mut().push(connection);
        Ok(())
    }
}

async fn connect(address: SocketAddr) -> Result<Connection> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    #[expect(
        clippy::disallowed_methods,
        reason = "a connection lives as long as its sender; its end shows there"
    )]
    tokio::task::spawn_local(async move {
        if let Err(error) = connection.await {
            eprintln!("a connection ended badly: {error}");
        }
    });
    Ok(sender)
}
