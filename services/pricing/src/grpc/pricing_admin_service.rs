//! What staff do to channels and prices.

use async_trait::async_trait;
use stoa_api::pricing::v1::{
    BatchSetPricesRequest, BatchSetPricesResponse, CreateChannelRequest, CreateChannelResponse,
    GetChannelRequest, GetChannelResponse, ListChannelsRequest, ListChannelsResponse,
    ListPricesRequest, ListPricesResponse,
};
use stoa_api::{convert, mask};
use stoa_errors::Error;
use stoa_rpc::pricing::v1::PricingAdminServiceHandler;
use stoa_store::{PageSize, PageToken};
use stoa_types::Ctx;

use super::{channel, page, price};
use crate::app::App;
use crate::app::batch_set_prices::SetPrices;
use crate::store::prices::Position;

#[async_trait]
impl PricingAdminServiceHandler for App {
    async fn create_channel(
        &self,
        ctx: Ctx,
        request: CreateChannelRequest,
    ) -> Result<CreateChannelResponse, Error> {
        let wanted = convert::required("channel", request.channel)?;
        let made = self.create_channel(&ctx, channel::draft(wanted)?).await?;
        Ok(CreateChannelResponse {
            channel: Some(channel::channel(&made)),
        })
    }

    async fn get_channel(
        &self,
        _: Ctx,
        request: GetChannelRequest,
    ) -> Result<GetChannelResponse, Error> {
        let found = self.get_channel(&request.channel).await?;
        let answer = GetChannelResponse {
            channel: Some(channel::channel(&found)),
        };
        mask::apply::<GetChannelRequest>(request.read_mask.as_ref(), answer)
    }

    async fn list_channels(
        &self,
        _: Ctx,
        request: ListChannelsRequest,
    ) -> Result<ListChannelsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let arguments = (
            "channels",
            request.read_mask.as_ref().map(|mask| &mask.paths),
        );
        let after: Option<String> = PageToken::decode(&request.page_token, &arguments)?;
        let found = self.list_channels(after, size).await?;
        let mut channels: Vec<_> = found.iter().map(channel::channel).collect();
        let count = page::fitting(&channels, size);
        let last = count.checked_sub(1).and_then(|last| found.get(last));
        let next_page_token = match last {
            Some(last) if count < found.len() => PageToken::encode(&last.code, &arguments)?,
            _ => String::new(),
        };
        channels.truncate(count);
        let answer = ListChannelsResponse {
            channels,
            next_page_token,
        };
        mask::apply::<ListChannelsRequest>(request.read_mask.as_ref(), answer)
    }

    async fn batch_set_prices(
        &self,
        ctx: Ctx,
        request: BatchSetPricesRequest,
    ) -> Result<BatchSetPricesResponse, Error> {
        let entries = request.prices.iter().enumerate();
        let entries = entries
            .map(|(index, entry)| price::entry(&format!("prices[{index}]"), entry))
            .collect::<Result<_, _>>()?;
        let wanted = SetPrices {
            channel: request.channel,
            entries,
        };
        let set = self.batch_set_prices(&ctx, wanted).await?;
        Ok(BatchSetPricesResponse {
            prices: set.iter().map(price::price).collect(),
        })
    }

    async fn list_prices(
        &self,
        _: Ctx,
        request: ListPricesRequest,
    ) -> Result<ListPricesResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let channel = self.get_channel(&request.channel).await?;
        let arguments = (
            "prices",
            channel.id,
            &request.skus,
            request.read_mask.as_ref().map(|mask| &mask.paths),
        );
        let after: Option<Position> = PageToken::decode(&request.page_token, &arguments)?;
        let found = self
            .list_prices(&channel, &request.skus, after, size)
            .await?;
        let mut prices: Vec<_> = found.iter().map(price::price).collect();
        let count = page::fitting(&prices, size);
        let last = count.checked_sub(1).and_then(|last| found.get(last));
        let next_page_token = match last {
            Some(last) if count < found.len() => {
                PageToken::encode(&Position::from(&last.key), &arguments)?
            }
            _ => String::new(),
        };
        prices.truncate(count);
        let answer = ListPricesResponse {
            prices,
            next_page_token,
        };
        mask::apply::<ListPricesRequest>(request.read_mask.as_ref(), answer)
    }
}
