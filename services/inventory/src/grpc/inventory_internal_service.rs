//! What the order service asks of stock.

use async_trait::async_trait;
use stoa_api::convert;
use stoa_api::inventory::v1::{
    AllocateHoldRequest, AllocateHoldResponse, CreateHoldRequest, CreateHoldResponse,
    GetHoldRequest, GetHoldResponse, ReleaseAllocationRequest, ReleaseAllocationResponse,
    ReleaseHoldRequest, ReleaseHoldResponse, ReturnStockRequest, ReturnStockResponse,
    ShipAllocationRequest, ShipAllocationResponse,
};
use stoa_errors::Error;
use stoa_rpc::inventory::v1::InventoryInternalServiceHandler;
use stoa_types::Ctx;

use super::stock;
use crate::app::App;
use crate::app::create_hold::NewHold;
use crate::app::receipt::Receipt;
use crate::app::release_hold::Release;
use crate::domain::Demand;

#[async_trait]
impl InventoryInternalServiceHandler for App {
    /// There is one rule so far for every channel and destination: the location of the lowest priority number first.
    async fn create_hold(
        &self,
        ctx: Ctx,
        request: CreateHoldRequest,
    ) -> Result<CreateHoldResponse, Error> {
        let ttl = request.ttl.as_ref();
        let new = NewHold {
            owner: convert::id("owner", &request.owner)?,
            channel: convert::id("channel_id", &request.channel_id)?,
            demand: Demand::of(stock::demands(&request.lines)?),
            ttl: ttl.map(|ttl| convert::duration("ttl", ttl)).transpose()?,
            key: request.request_id,
        };
        let hold = self.create_hold(&ctx, new).await?;
        Ok(CreateHoldResponse {
            hold: Some(stock::hold(&hold)),
        })
    }

    async fn release_hold(
        &self,
        ctx: Ctx,
        request: ReleaseHoldRequest,
    ) -> Result<ReleaseHoldResponse, Error> {
        let release = Release {
            owner: convert::id("owner", &request.owner)?,
            undoes: request.undoes_request_id,
            reason: request.reason,
        };
        let hold = self.release_hold(&ctx, release).await?;
        Ok(ReleaseHoldResponse {
            hold: Some(stock::hold(&hold)),
        })
    }

    async fn allocate_hold(
        &self,
        ctx: Ctx,
        request: AllocateHoldRequest,
    ) -> Result<AllocateHoldResponse, Error> {
        let id = convert::id("hold_id", &request.hold_id)?;
        let hold = self.allocate_hold(&ctx, id).await?;
        Ok(AllocateHoldResponse {
            hold: Some(stock::hold(&hold)),
        })
    }

    async fn release_allocation(
        &self,
        ctx: Ctx,
        request: ReleaseAllocationRequest,
    ) -> Result<ReleaseAllocationResponse, Error> {
        let id = convert::id("hold_id", &request.hold_id)?;
        let hold = self.release_allocation(&ctx, id, request.reason).await?;
        Ok(ReleaseAllocationResponse {
            hold: Some(stock::hold(&hold)),
        })
    }

    async fn ship_allocation(
        &self,
        ctx: Ctx,
        request: ShipAllocationRequest,
    ) -> Result<ShipAllocationResponse, Error> {
        let id = convert::id("hold_id", &request.hold_id)?;
        let fulfillment = convert::id("reference", &request.reference)?;
        let hold = self.ship_allocation(&ctx, id, fulfillment).await?;
        Ok(ShipAllocationResponse {
            hold: Some(stock::hold(&hold)),
        })
    }

    async fn return_stock(
        &self,
        ctx: Ctx,
        request: ReturnStockRequest,
    ) -> Result<ReturnStockResponse, Error> {
        let demand = Demand::of(stock::demands(&request.lines)?);
        let receipt = Receipt {
            location: request.location,
            reference: request.reference,
            lines: demand.into_sums(),
            reason: String::new(),
        };
        let levels = self.return_stock(&ctx, receipt).await?;
        Ok(ReturnStockResponse {
            levels: levels.into_iter().map(stock::level).collect(),
        })
    }

    async fn get_hold(&self, _: Ctx, request: GetHoldRequest) -> Result<GetHoldResponse, Error> {
        let hold = self.get_hold(&request.hold).await?;
        Ok(GetHoldResponse {
            hold: Some(stock::hold(&hold)),
        })
    }
}
