//! Rows to values of the domain. What does not read back is a mistake of ours, never of a caller.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use stoa_store::{Row, StoreError};
use stoa_types::{ProductId, Sku, Timestamp, Uuid};

use super::entity::{category, product, variant};
use crate::domain::{LineKind, MeasureUnit, Product, ProductState, Variant};

/// Puts products together with what belongs to them; variants and categories come in the merchant's order.
pub(crate) fn products(
    products: Vec<product::Model>,
    variants: Vec<variant::Model>,
    categories: Vec<category::Model>,
) -> Result<Vec<Product>, StoreError> {
    let mut offered: HashMap<Uuid, Vec<Variant>> = HashMap::new();
    let mut retired: HashMap<Uuid, Vec<Variant>> = HashMap::new();
    for row in variants {
        let shelf = if row.retired {
            &mut retired
        } else {
            &mut offered
        };
        shelf.entry(row.product_id).or_default().push(variant(row)?);
    }
    let mut listed: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in categories {
        listed.entry(row.product_id).or_default().push(row.name);
    }
    products
        .into_iter()
        .map(|row| {
            Ok(Product {
                id: ProductId::from_uuid(row.id),
                categories: listed.remove(&row.id).unwrap_or_default(),
                variants: offered.remove(&row.id).unwrap_or_default(),
                retired: retired.remove(&row.id).unwrap_or_default(),
                state: read("state", &row.state, ProductState::parse)?,
                slug: row.slug,
                title: row.title,
                description: row.description,
                version: row.version,
                created_at: Timestamp::from_micros(row.created_at),
                updated_at: Timestamp::from_micros(row.updated_at),
            })
        })
        .collect()
}

fn variant(row: variant::Model) -> Result<Variant, StoreError> {
    let options: BTreeMap<String, String> =
        serde_json::from_str(&row.options).map_err(|source| StoreError::Json {
            what: "the options of a variant",
            source,
        })?;
    Ok(Variant {
        sku: sku(&row.sku)?,
        title: row.title,
        kind: read("kind", &row.kind, LineKind::parse)?,
        stock_tracked: row.stock_tracked,
        tax_category: row.tax_category,
        unit: read("unit", &row.unit, MeasureUnit::parse)?,
        weight_grams: row.weight_grams,
        options,
        in_stock: row.in_stock,
    })
}

/// A variant in a row of `products_read`.
#[derive(Deserialize)]
struct VariantText {
    sku: String,
    retired: bool,
    title: String,
    kind: String,
    stock_tracked: bool,
    tax_category: String,
    unit: String,
    weight_grams: i64,
    options: BTreeMap<String, String>,
    in_stock: bool,
}

/// A row of `products_read`.
pub(crate) fn whole(row: &Row) -> Result<Product, StoreError> {
    let state: String = row.get("state")?;
    let mut product = Product {
        id: ProductId::from_uuid(row.get("id")?),
        slug: row.get("slug")?,
        title: row.get("title")?,
        description: row.get("description")?,
        categories: json(row, "categories", "the categories of a product")?,
        variants: Vec::new(),
        retired: Vec::new(),
        state: read("state", &state, ProductState::parse)?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    };
    let variants: Vec<VariantText> = json(row, "variants", "the variants of a product")?;
    for text in variants {
        let shelf = if text.retired {
            &mut product.retired
        } else {
            &mut product.variants
        };
        shelf.push(Variant {
            sku: sku(&text.sku)?,
            title: text.title,
            kind: read("kind", &text.kind, LineKind::parse)?,
            stock_tracked: text.stock_tracked,
            tax_category: text.tax_category,
            unit: read("unit", &text.unit, MeasureUnit::parse)?,
            weight_grams: text.weight_grams,
            options: text.options,
            in_stock: text.in_stock,
        });
    }
    Ok(product)
}

fn json<T: for<'d> Deserialize<'d>>(
    row: &Row,
    column: &str,
    what: &'static str,
) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|source| StoreError::Json { what, source })
}

/// A sku as stored.
pub(crate) fn sku(text: &str) -> Result<Sku, StoreError> {
    read("sku", text, |text| Sku::parse(text).ok())
}

/// A word of ours as stored.
pub(crate) fn read<T>(
    column: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(text).ok_or_else(|| StoreError::Column {
        column: column.to_owned(),
        why: format!("{text:?} is not known here"),
    })
}

/// A row of `products_load`; whether it is in stock is read off its variants.
pub(crate) fn product_row(row: &Row) -> Result<product::Model, StoreError> {
    Ok(product::Model {
        id: row.get("id")?,
        slug: row.get("slug")?,
        title: row.get("title")?,
        description: row.get("description")?,
        state: row.get("state")?,
        in_stock: false,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A row of `variants_load`; its place is its place among the rows.
pub(crate) fn variant_row(row: &Row) -> Result<variant::Model, StoreError> {
    Ok(variant::Model {
        sku: row.get("sku")?,
        product_id: row.get("product_id")?,
        position: 0,
        retired: row.get("retired")?,
        title: row.get("title")?,
        kind: row.get("kind")?,
        stock_tracked: row.get("stock_tracked")?,
        tax_category: row.get("tax_category")?,
        unit: row.get("unit")?,
        weight_grams: row.get("weight_grams")?,
        options: row.get("options")?,
        in_stock: row.get("in_stock")?,
    })
}

/// A row of `categories_load`.
pub(crate) fn category_row(row: &Row) -> Result<category::Model, StoreError> {
    Ok(category::Model {
        product_id: row.get("product_id")?,
        position: 0,
        name: row.get("name")?,
    })
}
