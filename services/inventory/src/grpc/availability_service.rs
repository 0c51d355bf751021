//! What shoppers may know of stock.

use async_trait::async_trait;
use stoa_api::convert;
use stoa_api::inventory::v1::{
    Availability, BatchGetAvailabilityRequest, BatchGetAvailabilityResponse,
};
use stoa_errors::Error;
use stoa_rpc::inventory::v1::AvailabilityServiceHandler;
use stoa_types::Ctx;

use crate::app::App;

/// More is told as this many.
const MOST_TOLD: i32 = 100;

#[async_trait]
impl AvailabilityServiceHandler for App {
    async fn batch_get_availability(
        &self,
        _: Ctx,
        request: BatchGetAvailabilityRequest,
    ) -> Result<BatchGetAvailabilityResponse, Error> {
        let skus = request.skus.iter().enumerate();
        let skus = skus
            .map(|(index, sku)| convert::sku(&format!("skus[{index}]"), sku))
            .collect::<Result<_, _>>()?;
        let found = self.batch_get_availability(skus).await?;
        let availabilities = found.into_iter().map(|(sku, units)| Availability {
            sku: sku.to_string(),
            available: units > 0,
            quantity_up_to_100: i32::try_from(units)
                .map_or(MOST_TOLD, |units| units.min(MOST_TOLD)),
        });
        Ok(BatchGetAvailabilityResponse {
            availabilities: availabilities.collect(),
        })
    }
}
