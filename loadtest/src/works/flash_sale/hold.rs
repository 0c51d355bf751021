//! One call of CreateHold, as the order service makes it over the peer listener.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use stoa_api::inventory::v1::{CreateHoldRequest, HoldDemand};
use stoa_types::{ChannelId, OrderId, SystemIds};

use crate::grpc::{Connection, Method, framed};
use crate::load::Call;
use crate::threads::THREADS;

const CREATE_HOLD: &str = "/stoa.inventory.v1.InventoryInternalService/CreateHold";

/// What the refusal of a sku without stock says.
const SOLD_OUT: &str = "FailedPrecondition";

/// How often it was held and how often sold out, over all threads and runs.
#[derive(Debug, Default)]
pub(super) struct Tally {
    held: AtomicU64,
    sold_out: AtomicU64,
}

impl Tally {
    /// Units that callers were told they have.
    pub(super) fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// Callers who were told that nothing is left.
    pub(super) fn sold_out(&self) -> u64 {
        self.sold_out.load(Ordering::Relaxed)
    }
}

/// Calls for one unit of one sku.
#[derive(Clone, Debug)]
pub(super) struct HoldCall {
    pub(super) address: SocketAddr,
    pub(super) secret: String,
    /// Connections of each thread.
    pub(super) connections: usize,
    pub(super) sku: String,
    /// Whether being told that nothing is left counts as an answer; otherwise it is a failure.
    pub(super) may_sell_out: bool,
    pub(super) tally: Arc<Tally>,
}

impl HoldCall {
    /// The same over so many connections of each thread.
    pub(super) fn over(&self, connections: usize) -> Self {
        Self {
            connections,
            ..self.clone()
        }
    }

    /// For another sku, which may sell out.
    pub(super) fn of(&self, sku: &str) -> Self {
        Self {
            sku: sku.to_owned(),
            may_sell_out: true,
            tally: Arc::default(),
            ..self.clone()
        }
    }
}

/// What the calls of one thread share.
pub(super) struct Client {
    connections: Vec<Connection>,
    method: Method,
    channel_id: String,
    sku: String,
    may_sell_out: bool,
    tally: Arc<Tally>,
}

impl Call for HoldCall {
    type Client = Client;

    async fn client(&self) -> Result<Client> {
        let mut connections = Vec::new();
        for _ in 0..self.connections.max(1) {
            connections.push(Connection::open(self.address).await?);
        }
        let peer = [("stoa-peer", "order"), ("stoa-peer-secret", &self.secret)];
        Ok(Client {
            connections,
            method: Method::new(self.address, CREATE_HOLD, &peer)?,
            channel_id: ChannelId::new(&SystemIds).to_string(),
            sku: self.sku.clone(),
            may_sell_out: self.may_sell_out,
            tally: Arc::clone(&self.tally),
        })
    }

    async fn call(client: &Rc<Client>, number: u64) -> Result<(), String> {
        client.hold(number).await
    }
}

impl Client {
    async fn hold(&self, number: u64) -> Result<(), String> {
        let owner = OrderId::new(&SystemIds).to_string();
        let request = CreateHoldRequest {
            request_id: format!("{owner}/hold/1"),
            owner,
            channel_id: self.channel_id.clone(),
            lines: vec![HoldDemand {
                sku: self.sku.clone(),
                quantity: 1,
            }],
            ..CreateHoldRequest::default()
        };
        let turn = usize::try_from(number / THREADS).unwrap_or(0) % self.connections.len().max(1);
        let connection = self.connections.get(turn).ok_or("no connection")?;
        match connection.bytes(&self.method, framed(&request)).await {
            Ok(_) => {
                self.tally.held.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(refusal) if self.may_sell_out && refusal.starts_with(SOLD_OUT) => {
                self.tally.sold_out.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(refusal) => Err(refusal),
        }
    }
}
