//! What staff do to stock.

use async_trait::async_trait;
use stoa_api::inventory::v1::{
    AdjustStockRequest, AdjustStockResponse, CreateLocationRequest, CreateLocationResponse,
    GetLocationRequest, GetLocationResponse, GetStockLevelRequest, GetStockLevelResponse,
    ListLocationsRequest, ListLocationsResponse, ListMovementsRequest, ListMovementsResponse,
    ListStockLevelsRequest, ListStockLevelsResponse, ReceiveStockRequest, ReceiveStockResponse,
};
use stoa_api::{convert, mask};
use stoa_errors::Error;
use stoa_rpc::inventory::v1::InventoryAdminServiceHandler;
use stoa_store::{PageSize, PageToken};
use stoa_types::{Ctx, LocationId};

use super::{page, stock};
use crate::app::App;
use crate::app::receipt::Receipt;
use crate::domain::Demand;
use crate::store::{levels, locations, movements};

#[async_trait]
impl InventoryAdminServiceHandler for App {
    async fn create_location(
        &self,
        ctx: Ctx,
        request: CreateLocationRequest,
    ) -> Result<CreateLocationResponse, Error> {
        let wanted = convert::required("location", request.location)?;
        let made = self
            .create_location(&ctx, stock::new_location(wanted))
            .await?;
        Ok(CreateLocationResponse {
            location: Some(stock::location(made)),
        })
    }

    async fn get_location(
        &self,
        _: Ctx,
        request: GetLocationRequest,
    ) -> Result<GetLocationResponse, Error> {
        let found = self.get_location(&request.location).await?;
        let answer = GetLocationResponse {
            location: Some(stock::location(found)),
        };
        mask::apply::<GetLocationRequest>(request.read_mask.as_ref(), answer)
    }

    async fn list_locations(
        &self,
        _: Ctx,
        request: ListLocationsRequest,
    ) -> Result<ListLocationsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let arguments = (
            "locations",
            request.read_mask.as_ref().map(|mask| &mask.paths),
        );
        let after = PageToken::decode(&request.page_token, &arguments)?;
        let found = self.list_locations(after, size).await?;
        let position = |found: &crate::domain::Location| locations::Position {
            priority: found.priority,
            code: found.code.clone(),
        };
        let (locations, next_page_token) =
            page::cut(found, size, &arguments, position, stock::location)?;
        let answer = ListLocationsResponse {
            locations,
            next_page_token,
        };
        mask::apply::<ListLocationsRequest>(request.read_mask.as_ref(), answer)
    }

    async fn receive_stock(
        &self,
        ctx: Ctx,
        request: ReceiveStockRequest,
    ) -> Result<ReceiveStockResponse, Error> {
        let receipt = Receipt {
            location: request.location,
            reference: request.reference,
            lines: Demand::of(stock::stock_lines(&request.lines)?).into_sums(),
            reason: String::new(),
        };
        let levels = self.receive_stock(&ctx, receipt).await?;
        Ok(ReceiveStockResponse {
            levels: levels.into_iter().map(stock::level).collect(),
        })
    }

    async fn adjust_stock(
        &self,
        ctx: Ctx,
        request: AdjustStockRequest,
    ) -> Result<AdjustStockResponse, Error> {
        let receipt = Receipt {
            location: request.location,
            reference: request.reference,
            lines: stock::adjustments(&request.lines)?,
            reason: request.reason,
        };
        let levels = self.adjust_stock(&ctx, receipt).await?;
        Ok(AdjustStockResponse {
            levels: levels.into_iter().map(stock::level).collect(),
        })
    }

    async fn get_stock_level(
        &self,
        _: Ctx,
        request: GetStockLevelRequest,
    ) -> Result<GetStockLevelResponse, Error> {
        let sku = convert::sku("sku", &request.sku)?;
        let found = self.get_stock_level(&request.location, sku).await?;
        let answer = GetStockLevelResponse {
            stock_level: Some(stock::level(found)),
        };
        mask::apply::<GetStockLevelRequest>(request.read_mask.as_ref(), answer)
    }

    async fn list_stock_levels(
        &self,
        _: Ctx,
        request: ListStockLevelsRequest,
    ) -> Result<ListStockLevelsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let paths = request.read_mask.as_ref().map(|mask| &mask.paths);
        let arguments = ("levels", &request.location, &request.skus, paths);
        let after = PageToken::decode(&request.page_token, &arguments)?;
        let skus = request.skus.iter().enumerate();
        let skus = skus.map(|(index, sku)| convert::sku(&format!("skus[{index}]"), sku));
        let filter = levels::Filter {
            skus: skus.collect::<Result<_, _>>()?,
            location: self.only_at(&request.location).await?,
        };
        let found = self.list_stock_levels(&filter, after, size).await?;
        let position = |(place, _): &(crate::domain::Place, _)| levels::Position {
            sku: place.sku.clone(),
            location: place.location,
        };
        let (stock_levels, next_page_token) =
            page::cut(found, size, &arguments, position, stock::level)?;
        let answer = ListStockLevelsResponse {
            stock_levels,
            next_page_token,
        };
        mask::apply::<ListStockLevelsRequest>(request.read_mask.as_ref(), answer)
    }

    async fn list_movements(
        &self,
        _: Ctx,
        request: ListMovementsRequest,
    ) -> Result<ListMovementsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let paths = request.read_mask.as_ref().map(|mask| &mask.paths);
        let arguments = (
            "movements",
            (&request.sku, &request.location, &request.reference),
            paths,
        );
        let after = PageToken::decode(&request.page_token, &arguments)?;
        let named = Some(&request.sku).filter(|sku| !sku.is_empty());
        let filter = movements::Filter {
            sku: named.map(|sku| convert::sku("sku", sku)).transpose()?,
            location: self.only_at(&request.location).await?,
            reference: request.reference.clone(),
        };
        let found = self.list_movements(&filter, after, size).await?;
        let (movements, next_page_token) = page::cut(
            found,
            size,
            &arguments,
            |booked| booked.seq,
            stock::movement,
        )?;
        let answer = ListMovementsResponse {
            movements,
            next_page_token,
        };
        mask::apply::<ListMovementsRequest>(request.read_mask.as_ref(), answer)
    }
}

impl App {
    /// The location that a list is narrowed down to; an empty name does not narrow it.
    async fn only_at(&self, name: &str) -> Result<Option<LocationId>, Error> {
        if name.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.get_location(name).await?.id))
    }
}
