//! What skus are, up to 2,000 in one statement.

use stoa_store::{Db, Sql, StoreError, sql};
use stoa_types::{ProductId, Uuid};

use super::rows::read;
use crate::domain::{LineKind, MeasureUnit, ProductState};

const RESOLVE: Sql = sql!("skus_resolve");

/// What a sku is.
#[derive(Clone, Debug)]
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
    skus: &[String],
) -> Result<Result<Vec<Resolved>, String>, StoreError> {
    let mut resolved = Vec::with_capacity(skus.len());
    for row in db.query(RESOLVE, skus).await? {
        let sku: String = row.get("sku")?;
        let Some(product) = row.get::<Option<Uuid>>("product_id")? else {
            return Ok(Err(sku));
        };
        let (own, whole): (String, String) = (row.get("variant_title")?, row.get("product_title")?);
        let (kind, unit): (String, String) = (row.get("kind")?, row.get("unit")?);
        let state: String = row.get("state")?;
        let state = read("state", &state, ProductState::parse)?;
        let retired: bool = row.get("retired")?;
        resolved.push(Resolved {
            sku,
            product: ProductId::from_uuid(product),
            offered: !retired && state == ProductState::Active,
            title: if own.is_empty() { whole } else { own },
            kind: read("kind", &kind, LineKind::parse)?,
            stock_tracked: row.get("stock_tracked")?,
            tax_category: row.get("tax_category")?,
            unit: read("unit", &unit, MeasureUnit::parse)?,
        });
    }
    Ok(Ok(resolved))
}
