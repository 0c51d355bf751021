//! Which products a reader gets: each with its variants and categories, from one state of the database. What is asked for by
//! name comes in one statement, unless the cache has it.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use serde::{Deserialize, Serialize};
use stoa_store::{Db, Sql, StoreError, sql};
use stoa_types::{ProductId, Uuid};

use super::cache::Cache;
use super::entity::{category, product, variant};
use super::rows;
use crate::domain::{Product, ProductState};

const READ: Sql = sql!("products_read");

/// What leads to the products that are read.
#[derive(Debug, Default, Serialize)]
struct Wanted<'a> {
    ids: &'a [String],
    skus: &'a [String],
    slugs: &'a [&'a str],
}

/// Which products a list is about.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// Empty: all.
    pub(crate) category: String,
    pub(crate) in_stock_only: bool,
}

/// Behind which product a page begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) title: String,
    pub(crate) id: ProductId,
}

/// The product with this id.
pub(crate) async fn by_id(
    db: &Db,
    cache: &Cache,
    id: ProductId,
) -> Result<Option<Arc<Product>>, StoreError> {
    let miss = match cache.by_id(id) {
        Ok(found) => return Ok(Some(found)),
        Err(miss) => miss,
    };
    let ids = &[id.hex()];
    let wanted = Wanted {
        ids,
        ..Wanted::default()
    };
    let found = read(db, &wanted).await?;
    cache.take_up(miss, &found);
    Ok(found.into_iter().next())
}

/// The product with this slug.
pub(crate) async fn by_slug(
    db: &Db,
    cache: &Cache,
    slug: &str,
) -> Result<Option<Arc<Product>>, StoreError> {
    let miss = match cache.by_slug(slug) {
        Ok(found) => return Ok(Some(found)),
        Err(miss) => miss,
    };
    let slugs = &[slug];
    let wanted = Wanted {
        slugs,
        ..Wanted::default()
    };
    let found = read(db, &wanted).await?;
    cache.take_up(miss, &found);
    Ok(found.into_iter().next())
}

/// Those of the products that exist.
pub(crate) async fn by_ids(
    db: &Db,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Arc<Product>>, StoreError> {
    let ids: Vec<String> = ids.iter().map(|id| id.hex()).collect();
    let wanted = Wanted {
        ids: &ids,
        ..Wanted::default()
    };
    let found = read(db, &wanted).await?;
    Ok(found.into_iter().map(|found| (found.id, found)).collect())
}

/// The products that these skus belong to, all from one state of the database.
pub(crate) async fn by_skus(
    db: &Db,
    cache: &Cache,
    skus: &[String],
) -> Result<Vec<Arc<Product>>, StoreError> {
    let miss = match cache.by_skus(skus) {
        Ok(found) => return Ok(found),
        Err(miss) => miss,
    };
    let wanted = Wanted {
        skus,
        ..Wanted::default()
    };
    let found = read(db, &wanted).await?;
    cache.take_up(miss, &found);
    Ok(found)
}

async fn read(db: &Db, wanted: &Wanted<'_>) -> Result<Vec<Arc<Product>>, StoreError> {
    let found = db.query(READ, wanted).await?;
    let products = found.iter().map(|row| rows::whole(row).map(Arc::new));
    products.collect()
}

/// Up to `fetch` offered products behind `after`, by title, then id.
pub(crate) async fn page(
    db: &Db,
    filter: &Filter,
    after: Option<Position>,
    fetch: u64,
) -> Result<Vec<Product>, StoreError> {
    let mut wanted = product::Entity::find()
        .filter(product::Column::State.eq(ProductState::Active.name()))
        .order_by_asc(product::Column::Title)
        .order_by_asc(product::Column::Id)
        .limit(fetch);
    if filter.in_stock_only {
        wanted = wanted.filter(product::Column::InStock.eq(true));
    }
    if !filter.category.is_empty() {
        let listed = category::Entity::find()
            .select_only()
            .column(category::Column::ProductId)
            .filter(category::Column::Name.eq(filter.category.as_str()))
            .into_query();
        wanted = wanted.filter(product::Column::Id.in_subquery(listed));
    }
    if let Some(Position { title, id }) = after {
        // The first half alone walks the index; the second says what of equal titles is still to come.
        let behind = Condition::any()
            .add(product::Column::Title.gt(title.as_str()))
            .add(product::Column::Id.gt(id.uuid()));
        wanted = wanted
            .filter(product::Column::Title.gte(title))
            .filter(behind);
    }
    whole(db, wanted).await
}

/// Reads the products and what belongs to them, in the order of the products.
async fn whole(db: &Db, wanted: Select<product::Entity>) -> Result<Vec<Product>, StoreError> {
    let snapshot = db.snapshot().await?;
    let products = wanted.all(snapshot.orm()).await?;
    let ids: Vec<Uuid> = products.iter().map(|product| product.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let variants = variants(snapshot.orm(), &ids).await?;
    let categories = categories(snapshot.orm(), &ids).await?;
    rows::products(products, variants, categories)
}

async fn variants(
    connection: &impl ConnectionTrait,
    products: &[Uuid],
) -> Result<Vec<variant::Model>, DbErr> {
    variant::Entity::find()
        .filter(variant::Column::ProductId.is_in(products.iter().copied()))
        .filter(variant::Column::Retired.eq(false))
        .order_by_asc(variant::Column::ProductId)
        .order_by_asc(variant::Column::Position)
        .all(connection)
        .await
}

async fn categories(
    connection: &impl ConnectionTrait,
    products: &[Uuid],
) -> Result<Vec<category::Model>, DbErr> {
    category::Entity::find()
        .filter(category::Column::ProductId.is_in(products.iter().copied()))
        .order_by_asc(category::Column::ProductId)
        .order_by_asc(category::Column::Position)
        .all(connection)
        .await
}
