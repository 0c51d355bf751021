//! What the order service asks of stock.

use stoa_api::inventory::v1::{
    AllocateHoldRequest, CreateHoldRequest, Hold, HoldDemand, ReleaseAllocationRequest,
    ReleaseHoldRequest, ReturnStockRequest, ShipAllocationRequest,
    inventory_internal_service_client::InventoryInternalServiceClient,
};
use stoa_errors::Error;
use stoa_rpc::{Peer, client};
use stoa_types::Ctx;

/// Stock.
#[derive(Clone, Debug)]
pub(crate) struct Inventory(InventoryInternalServiceClient<Peer>);

/// Runs one call and unwraps its answer.
macro_rules! call {
    ($self:ident, $ctx:ident, $method:ident, $request:expr) => {
        $self
            .0
            .clone()
            .$method(client::request($ctx, $request))
            .await
            .map(tonic::Response::into_inner)
            .map_err(client::error)
    };
}
pub(crate) use call;

impl Inventory {
    pub(crate) fn new(peer: Peer) -> Self {
        Self(InventoryInternalServiceClient::new(peer))
    }

    /// Keeps stock for an order until its workflow ends it.
    pub(crate) async fn hold(&self, ctx: &Ctx, request: CreateHoldRequest) -> Result<Hold, Error> {
        call!(self, ctx, create_hold, request)?
            .hold
            .ok_or_else(missing)
    }

    /// Undoes a hold, also one that was never made.
    pub(crate) async fn release(
        &self,
        ctx: &Ctx,
        request: ReleaseHoldRequest,
    ) -> Result<(), Error> {
        call!(self, ctx, release_hold, request).map(|_| ())
    }

    /// Turns a hold into a promise.
    pub(crate) async fn allocate(
        &self,
        ctx: &Ctx,
        request: AllocateHoldRequest,
    ) -> Result<(), Error> {
        call!(self, ctx, allocate_hold, request).map(|_| ())
    }

    /// Takes a promise back.
    pub(crate) async fn deallocate(
        &self,
        ctx: &Ctx,
        request: ReleaseAllocationRequest,
    ) -> Result<(), Error> {
        call!(self, ctx, release_allocation, request).map(|_| ())
    }

    /// Books an order's goods as gone.
    pub(crate) async fn ship(
        &self,
        ctx: &Ctx,
        request: ShipAllocationRequest,
    ) -> Result<(), Error> {
        call!(self, ctx, ship_allocation, request).map(|_| ())
    }

    /// Books goods as come back, once per reference.
    pub(crate) async fn take_back(
        &self,
        ctx: &Ctx,
        request_id: String,
        reference: &str,
        lines: Vec<HoldDemand>,
    ) -> Result<(), Error> {
        let request = ReturnStockRequest {
            request_id,
            reference: reference.to_owned(),
            location: String::new(),
            lines,
        };
        call!(self, ctx, return_stock, request).map(|_| ())
    }
}

fn missing() -> Error {
    Error::internal("inventory answered without a hold")
}
