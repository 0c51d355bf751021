//! The use cases, one to a file.

pub(crate) mod archive_product;
pub(crate) mod audit;
pub(crate) mod batch_get_products;
pub(crate) mod batch_upsert_products;
pub(crate) mod create_product;
pub(crate) mod get_product;
pub(crate) mod list_products;
pub(crate) mod refusal;
pub(crate) mod resolve_skus;
pub(crate) mod update_product;
pub(crate) mod writing;

use std::sync::Arc;

use stoa_store::{Db, Queue};
use stoa_types::Ids;

use archive_product::ArchiveProduct;
use batch_upsert_products::BatchUpsertProducts;
use create_product::CreateProduct;
use update_product::UpdateProduct;

use crate::store::cache::Cache;

/// What the catalogue does.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) cache: Cache,
    create_product: Queue<CreateProduct>,
    update_product: Queue<UpdateProduct>,
    archive_product: Queue<ArchiveProduct>,
    batch_upsert_products: Queue<BatchUpsertProducts>,
}

impl App {
    pub(crate) fn new(db: Db, cache: Cache, ids: &Arc<dyn Ids>) -> Self {
        Self {
            create_product: db.queue(CreateProduct::new(Arc::clone(ids), cache.clone())),
            update_product: db.queue(UpdateProduct::new(Arc::clone(ids), cache.clone())),
            archive_product: db.queue(ArchiveProduct::new(Arc::clone(ids), cache.clone())),
            batch_upsert_products: db
                .queue(BatchUpsertProducts::new(Arc::clone(ids), cache.clone())),
            db,
            cache,
        }
    }
}
