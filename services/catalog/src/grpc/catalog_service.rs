//! What everybody may read.

use async_trait::async_trait;
use stoa_api::catalog::v1::{
    BatchGetProductsRequest, BatchGetProductsResponse, GetProductRequest, GetProductResponse,
    ListProductsRequest, ListProductsResponse,
};
use stoa_api::{convert, mask};
use stoa_errors::Error;
use stoa_rpc::catalog::v1::CatalogServiceHandler;
use stoa_store::{PageSize, PageToken};
use stoa_types::Ctx;

use super::{page, product};
use crate::app::App;
use crate::store::products::{Filter, Position};

#[async_trait]
impl CatalogServiceHandler for App {
    async fn get_product(
        &self,
        _: Ctx,
        request: GetProductRequest,
    ) -> Result<GetProductResponse, Error> {
        let found = self.get_product(&request.product).await?;
        let answer = GetProductResponse {
            product: Some(product::product(&found)),
        };
        mask::apply::<GetProductRequest>(request.read_mask.as_ref(), answer)
    }

    async fn batch_get_products(
        &self,
        _: Ctx,
        request: BatchGetProductsRequest,
    ) -> Result<BatchGetProductsResponse, Error> {
        let mut ids = Vec::with_capacity(request.product_ids.len());
        for (index, id) in request.product_ids.iter().enumerate() {
            ids.push(convert::id(&format!("product_ids[{index}]"), id)?);
        }
        let found = self.batch_get_products(&ids).await?;
        let answer = BatchGetProductsResponse {
            products: found.iter().map(|found| product::product(found)).collect(),
        };
        mask::apply::<BatchGetProductsRequest>(request.read_mask.as_ref(), answer)
    }

    async fn list_products(
        &self,
        _: Ctx,
        request: ListProductsRequest,
    ) -> Result<ListProductsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let arguments = (
            "products",
            &request.category,
            request.in_stock_only,
            request.read_mask.as_ref().map(|mask| &mask.paths),
        );
        let after: Option<Position> = PageToken::decode(&request.page_token, &arguments)?;
        let filter = Filter {
            category: request.category.clone(),
            in_stock_only: request.in_stock_only,
        };
        let found = self.list_products(&filter, after, size).await?;
        let places: Vec<Position> = found
            .iter()
            .map(|found| Position {
                title: found.title.clone(),
                id: found.id,
            })
            .collect();
        let mut products: Vec<_> = found.iter().map(product::product).collect();
        let count = page::fitting(&products, size);
        let last = count.checked_sub(1).and_then(|last| places.get(last));
        let next_page_token = match last {
            Some(last) if count < products.len() => PageToken::encode(last, &arguments)?,
            _ => String::new(),
        };
        products.truncate(count);
        let answer = ListProductsResponse {
            products,
            next_page_token,
        };
        mask::apply::<ListProductsRequest>(request.read_mask.as_ref(), answer)
    }
}
