//! What skus are, up to 2,000 in one statement.

use std::collections::HashMap;

use stoa_store::{Db, Sql, StoreError, sql};
use stoa_types::{ProductId, Uuid};

use super::cache::Cache;
use super::{products, rows};
use crate::domain::{LineKind, MeasureUnit, Product, ProductState, Variant};

const RESOLVE: Sql = sql!("skus_resolve");

/// What a sku is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) sku: String,
    pub(crate) product: ProductId,
    /// Whether it can be bought: not retired, of a product that is not archived.
    pub(crate) offered: bool,
    /// The variant's, else the product's.
    pub(crate) title: String,
    pub(crate) kind: LineKind,
    pub(crate) stock_tracked: bool,
    pub(crate) tax_category: String,
    pub(crate) unit: MeasureUnit,
}

/// What the skus are, in the order asked for; the first that nobody knows is the `Err` inside.
pub(crate) async fn resolve(
    db: &Db,
    cache: &Cache,
    skus: &[String],
) -> Result<Result<Vec<Resolved>, String>, StoreError> {
    if !cache.is_used() {
        return read(db, skus).await;
    }
    let products = products::by_skus(db, cache, skus).await?;
    let by_sku: HashMap<&str, (&Product, &Variant, bool)> = products
        .iter()
        .flat_map(|product| {
            let offered = product.variants.iter().map(move |it| (product, it, true));
            offered.chain(product.retired.iter().map(move |it| (product, it, false)))
        })
        .map(|(product, variant, offered)| (variant.sku.as_str(), (&**product, variant, offered)))
        .collect();
    let resolved = skus.iter().map(|sku| match by_sku.get(sku.as_str()) {
        Some((product, variant, offered)) => Ok(of_product(product, variant, *offered)),
        None => Err(sku.clone()),
    });
    Ok(resolved.collect())
}

fn of_product(product: &Product, variant: &Variant, offered: bool) -> Resolved {
    let title = match variant.title.as_str() {
        "" => product.title.clone(),
        own => own.to_owned(),
    };
    Resolved {
        sku: variant.sku.to_string(),
        product: product.id,
        offered: offered && product.state == ProductState::Active,
        title,
        kind: variant.kind,
        stock_tracked: variant.stock_tracked,
        tax_category: variant.tax_category.clone(),
        unit: variant.unit,
    }
}

/// The same by one statement that reads nothing but what is asked for.
async fn read(db: &Db, skus: &[String]) -> Result<Result<Vec<Resolved>, String>, StoreError> {
    let mut resolved = Vec::with_capacity(skus.len());
    for row in db.query(RESOLVE, skus).await? {
        let sku: String = row.get("sku")?;
        let Some(product) = row.get::<Option<Uuid>>("product_id")? else {
            return Ok(Err(sku));
        };
        let (own, whole): (String, String) = (row.get("variant_title")?, row.get("product_title")?);
        let (kind, unit): (String, String) = (row.get("kind")?, row.get("unit")?);
        let state: String = row.get("state")?;
        let state = rows::read("state", &state, ProductState::parse)?;
        let retired: bool = row.get("retired")?;
        resolved.push(Resolved {
            sku,
            product: ProductId::from_uuid(product),
            offered: !retired && state == ProductState::Active,
            title: if own.is_empty() { whole } else { own },
            kind: rows::read("kind", &kind, LineKind::parse)?,
            stock_tracked: row.get("stock_tracked")?,
            tax_category: row.get("tax_category")?,
            unit: rows::read("unit", &unit, MeasureUnit::parse)?,
        });
    }
    Ok(Ok(resolved))
}
