//! A sku as the catalogue knows it.

use std::collections::BTreeMap;

use stoa_types::Sku;

use super::{LineKind, MeasureUnit, VariantDraft};

/// One thing that can be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) sku: Sku,
    /// Empty: the product's.
    pub(crate) title: String,
    pub(crate) kind: LineKind,
    pub(crate) stock_tracked: bool,
    /// Empty: standard.
    pub(crate) tax_category: String,
    pub(crate) unit: MeasureUnit,
    /// Grams of one unit; 0: not known.
    pub(crate) weight_grams: i64,
    pub(crate) options: BTreeMap<String, String>,
    /// Whether units are free; always where no stock is kept.
    pub(crate) in_stock: bool,
}

impl Variant {
    /// What a merchant wants, with what he left out filled in. `stocked` tells whether a location has free units.
    pub(crate) fn of(draft: VariantDraft, stocked: bool) -> Self {
        let kind = draft.kind.unwrap_or(LineKind::Goods);
        let stock_tracked = draft.stock_tracked.unwrap_or_else(|| kind.is_stocked());
        Self {
            sku: draft.sku,
            title: draft.title,
            kind,
            stock_tracked,
            tax_category: draft.tax_category,
            unit: draft.unit.unwrap_or(MeasureUnit::Piece),
            weight_grams: draft.weight_grams,
            options: draft.options,
            in_stock: stocked || !stock_tracked,
        }
    }

    /// Whether the merchant says the same of both; what inventory says is no part of it.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        let silent = |variant: &Self| Self {
            in_stock: false,
            ..variant.clone()
        };
        silent(self) == silent(other)
    }
}
