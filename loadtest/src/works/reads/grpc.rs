//! A read over HTTP/2: one small question, one answer, the same bytes each time.

use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::Result;
use bytes::Bytes;

use crate::grpc::{Connection, Method};
use crate::load::Call;
use crate::threads::THREADS;

/// Calls of one method.
#[derive(Clone, Debug)]
pub(super) struct GrpcCall {
    pub(super) address: SocketAddr,
    /// Connections of each thread.
    pub(super) connections: usize,
    pub(super) method: Method,
    /// The question with its frame.
    pub(super) frame: Bytes,
    /// The bytes of the answer with its frame.
    pub(super) answer: usize,
}

impl GrpcCall {
    /// The same over so many connections of each thread.
    pub(super) fn with_connections(&self, connections: usize) -> Self {
        Self {
            connections,
            ..self.clone()
        }
    }
}

/// What the calls of one thread share.
pub(super) struct Client {
    connections: Vec<Connection>,
    method: Method,
    frame: Bytes,
    answer: usize,
}

impl Call for GrpcCall {
    type Client = Client;

    async fn client(&self) -> Result<Client> {
        let mut connections = Vec::new();
        for _ in 0..self.connections {
            connections.push(Connection::open(self.address).await?);
        }
        Ok(Client {
            connections,
            method: self.method.clone(),
            frame: self.frame.clone(),
            answer: self.answer,
        })
    }

    async fn call(client: &Rc<Client>, number: u64) -> Result<(), String> {
        let connections = client.connections.len().max(1);
        let turn = usize::try_from(number / THREADS).unwrap_or(0) % connections;
        let connection = client.connections.get(turn).ok_or("no connection")?;
        let answer = connection.bytes(&client.method, client.frame.clone());
        let length = answer.await?.len();
        if length == client.answer {
            Ok(())
        } else {
            Err(format!("{length} bytes instead of {}", client.answer))
        }
    }
}
