//! What was decided, written in four statements however many products it is about.

use serde::Serialize;
use stoa_store::{Sql, StoreError, Tx, sql};

use super::cache::Cache;
use crate::domain::{Product, Variant};

const PRODUCTS: Sql = sql!("products_save");
const VARIANTS: Sql = sql!("variants_save");
const CATEGORIES_CLEAR: Sql = sql!("categories_clear");
const CATEGORIES: Sql = sql!("categories_save");

#[derive(Serialize)]
struct ProductRow<'a> {
    id: String,
    slug: &'a str,
    title: &'a str,
    description: &'a str,
    state: &'static str,
    in_stock: bool,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

#[derive(Serialize)]
struct VariantRow<'a> {
    sku: &'a str,
    product_id: String,
    position: usize,
    retired: bool,
    title: &'a str,
    kind: &'static str,
    stock_tracked: bool,
    tax_category: &'a str,
    unit: &'static str,
    weight_grams: i64,
    options: String,
    in_stock: bool,
}

#[derive(Serialize)]
struct CategoryRow<'a> {
    product_id: String,
    position: usize,
    name: &'a str,
}

/// Writes the products as they stand.
pub(crate) async fn products(
    tx: &Tx,
    cache: &Cache,
    products: &[&Product],
) -> Result<(), StoreError> {
    if products.is_empty() {
        return Ok(());
    }
    cache.hold(tx, products.iter().map(|product| product.id).collect());
    let rows: Vec<ProductRow<'_>> = products.iter().copied().map(product_row).collect();
    let mut variants = Vec::new();
    let (mut changed, mut categories) = (Vec::new(), Vec::new());
    for product in products {
        for (position, variant) in product.variants.iter().enumerate() {
            variants.push(variant_row(product, position, false, variant)?);
        }
        for (position, variant) in product.retired.iter().enumerate() {
            variants.push(variant_row(product, position, true, variant)?);
        }
        if product.version > 1 {
            changed.push(product.id.hex());
        }
        let names = product.categories.iter().enumerate();
        categories.extend(names.map(|(position, name)| CategoryRow {
            product_id: product.id.hex(),
            position,
            name,
        }));
    }
    tx.execute(PRODUCTS, &rows).await?;
    tx.execute(VARIANTS, &variants).await?;
    if !changed.is_empty() {
        tx.execute(CATEGORIES_CLEAR, &changed).await?;
    }
    if !categories.is_empty() {
        tx.execute(CATEGORIES, &categories).await?;
    }
    Ok(())
}

fn product_row(product: &Product) -> ProductRow<'_> {
    ProductRow {
        id: product.id.hex(),
        slug: &product.slug,
        title: &product.title,
        description: &product.description,
        state: product.state.name(),
        in_stock: product.in_stock(),
        version: product.version,
        created_at: product.created_at.micros(),
        updated_at: product.updated_at.micros(),
    }
}

fn variant_row<'a>(
    product: &Product,
    position: usize,
    retired: bool,
    variant: &'a Variant,
) -> Result<VariantRow<'a>, StoreError> {
    let options = serde_json::to_string(&variant.options).map_err(|source| StoreError::Json {
        what: "the options of a variant",
        source,
    })?;
    Ok(VariantRow {
        sku: variant.sku.as_str(),
        product_id: product.id.hex(),
        position,
        retired,
        title: &variant.title,
        kind: variant.kind.name(),
        stock_tracked: variant.stock_tracked,
        tax_category: &variant.tax_category,
        unit: variant.unit.name(),
        weight_grams: variant.weight_grams,
        options,
        in_stock: variant.in_stock,
    })
}
