//! Listeners: bound before anything else, served when everything stands.

use std::io;
use std::net::{SocketAddr, TcpListener};

use crate::folder::Addresses;

/// The listeners of a process. The kernel keeps who connects before they are served.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) grpc: TcpListener,
    pub(crate) http: TcpListener,
    pub(crate) admin: TcpListener,
    /// For other services of the deployment, where there are any.
    pub(crate) peers: Option<TcpListener>,
}

/// An address that cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for {purpose}")]
pub struct BindError {
    purpose: &'static str,
    address: SocketAddr,
    #[source]
    source: io::Error,
}

impl Listeners {
    pub(crate) fn bind(
        grpc: SocketAddr,
        http: SocketAddr,
        admin: SocketAddr,
        peers: Option<SocketAddr>,
    ) -> Result<Self, BindError> {
        Ok(Self {
            grpc: bind("gRPC", grpc)?,
            http: bind("HTTP", http)?,
            admin: bind("admin", admin)?,
            peers: peers.map(|at| bind("peers", at)).transpose()?,
        })
    }

    /// Where they listen, with the ports that were free.
    pub(crate) fn addresses(&self) -> io::Result<Addresses> {
        Ok(Addresses {
            grpc: self.grpc.local_addr()?,
            http: self.http.local_addr()?,
            admin: self.admin.local_addr()?,
            peers: self
                .peers
                .as_ref()
                .map(TcpListener::local_addr)
                .transpose()?,
        })
    }
}

fn bind(purpose: &'static str, address: SocketAddr) -> Result<TcpListener, BindError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|source| BindError {
        purpose,
        address,
        source,
    })
}
