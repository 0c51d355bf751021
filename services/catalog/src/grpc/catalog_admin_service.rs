//! What staff do to the catalogue.

use async_trait::async_trait;
use stoa_api::catalog::v1::{
    ArchiveProductRequest, ArchiveProductResponse, BatchUpsertProductsRequest,
    BatchUpsertProductsResponse, CreateProductRequest, CreateProductResponse, UpdateProductRequest,
    UpdateProductResponse,
};
use stoa_api::convert;
use stoa_errors::Error;
use stoa_rpc::catalog::v1::CatalogAdminServiceHandler;
use stoa_types::Ctx;

use super::product;
use crate::app::App;
use crate::app::archive_product::Archive;
use crate::app::update_product::Update;

#[async_trait]
impl CatalogAdminServiceHandler for App {
    async fn create_product(
        &self,
        ctx: Ctx,
        request: CreateProductRequest,
    ) -> Result<CreateProductResponse, Error> {
        let wanted = convert::required("product", request.product)?;
        let draft = product::draft("product", wanted)?;
        let made = self.create_product(&ctx, draft).await?;
        Ok(CreateProductResponse {
            product: Some(product::product(&made)),
        })
    }

    async fn update_product(
        &self,
        ctx: Ctx,
        request: UpdateProductRequest,
    ) -> Result<UpdateProductResponse, Error> {
        let wanted = convert::required("product", request.product)?;
        let update = Update {
            id: convert::id("product.product_id", &wanted.product_id)?,
            etag: wanted.etag.clone(),
            fields: product::fields(request.update_mask.as_ref())?,
            draft: product::draft("product", wanted)?,
        };
        let changed = self.update_product(&ctx, update).await?;
        Ok(UpdateProductResponse {
            product: Some(product::product(&changed)),
        })
    }

    async fn archive_product(
        &self,
        ctx: Ctx,
        request: ArchiveProductRequest,
    ) -> Result<ArchiveProductResponse, Error> {
        let archive = Archive {
            id: convert::id("product_id", &request.product_id)?,
            etag: request.etag,
        };
        let archived = self.archive_product(&ctx, archive).await?;
        Ok(ArchiveProductResponse {
            product: Some(product::product(&archived)),
        })
    }

    async fn batch_upsert_products(
        &self,
        ctx: Ctx,
        request: BatchUpsertProductsRequest,
    ) -> Result<BatchUpsertProductsResponse, Error> {
        let entries = request.products.into_iter().enumerate();
        let entries = entries
            .map(|(index, entry)| product::entry(&format!("products[{index}]"), entry))
            .collect::<Result<_, _>>()?;
        let done = self.batch_upsert_products(&ctx, entries).await?;
        Ok(BatchUpsertProductsResponse {
            product_ids: done.products.iter().map(ToString::to_string).collect(),
            created_count: done.created,
            updated_count: done.updated,
        })
    }
}
