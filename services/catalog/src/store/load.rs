//! What a change needs to know before it is decided: every product that owns what the change names.

use std::collections::BTreeSet;

use serde::Serialize;
use stoa_store::{Sql, StoreError, Tx, sql};
use stoa_types::{ProductId, Sku};

use super::{gate, rows};
use crate::domain::{ProductDraft, Shelf};

const PRODUCTS: Sql = sql!("products_load");
const VARIANTS: Sql = sql!("variants_load");
const CATEGORIES: Sql = sql!("categories_load");
const STOCKED: Sql = sql!("stocked_load");

/// What the changes of a batch name. Sorted, so that two batches take their rows in one order.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    ids: BTreeSet<ProductId>,
    skus: BTreeSet<Sku>,
    slugs: BTreeSet<String>,
}

impl Wanted {
    /// A product that is changed.
    pub(crate) fn product(&mut self, id: ProductId) {
        self.ids.insert(id);
    }

    /// The skus that a draft wants.
    pub(crate) fn skus(&mut self, draft: &ProductDraft) {
        let skus = draft.variants.iter().map(|variant| variant.sku.clone());
        self.skus.extend(skus);
    }

    /// A slug that somebody wants.
    pub(crate) fn slug(&mut self, slug: String) {
        if !slug.is_empty() {
            self.slugs.insert(slug);
        }
    }
}

#[derive(Serialize)]
struct Owners<'a> {
    ids: &'a [String],
    skus: &'a BTreeSet<Sku>,
    slugs: &'a BTreeSet<String>,
}

/// Loads the shelf on which the changes are decided.
pub(crate) async fn shelf(tx: &Tx, wanted: &Wanted) -> Result<Shelf, StoreError> {
    gate::merchants(tx).await?;
    let ids: Vec<String> = wanted.ids.iter().map(|id| id.hex()).collect();
    let owners = Owners {
        ids: &ids,
        skus: &wanted.skus,
        slugs: &wanted.slugs,
    };
    let found = tx.query(PRODUCTS, &owners).await?;
    let products = found
        .iter()
        .map(rows::product_row)
        .collect::<Result<Vec<_>, _>>()?;
    let (mut variants, mut categories) = (Vec::new(), Vec::new());
    if !products.is_empty() {
        let ids: Vec<String> = products
            .iter()
            .map(|product| ProductId::from_uuid(product.id).hex())
            .collect();
        for row in tx.query(VARIANTS, &ids).await? {
            variants.push(rows::variant_row(&row)?);
        }
        for row in tx.query(CATEGORIES, &ids).await? {
            categories.push(rows::category_row(&row)?);
        }
    }
    let mut stocked = Vec::new();
    if !wanted.skus.is_empty() {
        for row in tx.query(STOCKED, &wanted.skus).await? {
            let text: String = row.get("sku")?;
            stocked.push(rows::sku(&text)?);
        }
    }
    Ok(Shelf::new(
        rows::products(products, variants, categories)?,
        stocked,
    ))
}
