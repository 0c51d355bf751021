//! A product, and how a change of it is decided.

use std::collections::BTreeSet;

use stoa_types::{ProductId, Sku, Timestamp};

use super::{Fields, ProductDraft, Variant};

/// Whether a product is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProductState {
    Active,
    Archived,
}

impl ProductState {
    /// The word in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Archived => "ARCHIVED",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Archived]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// Something the shop shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) id: ProductId,
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) categories: Vec<String>,
    /// What can be bought, in the merchant's order.
    pub(crate) variants: Vec<Variant>,
    /// What could be bought once: an order may show it, so its sku stays this product's.
    pub(crate) retired: Vec<Variant>,
    pub(crate) state: ProductState,
    /// Raised by each change that its merchant makes, not by stock; the version of its event.
    pub(crate) version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Product {
    /// Whether any variant has free units.
    pub(crate) fn in_stock(&self) -> bool {
        self.variants.iter().any(|variant| variant.in_stock)
    }

    /// The skus that can be bought.
    pub(crate) fn skus(&self) -> impl Iterator<Item = &Sku> {
        self.variants.iter().map(|variant| &variant.sku)
    }

    /// Every sku that ever was this product's.
    pub(crate) fn all_skus(&self) -> impl Iterator<Item = &Sku> {
        self.skus()
            .chain(self.retired.iter().map(|variant| &variant.sku))
    }

    /// The product with the fields of `draft` that the change is about; the same when nothing differs.
    /// `stocked` tells whether a location has free units of a sku.
    pub(crate) fn changed(
        &self,
        draft: &ProductDraft,
        fields: Fields,
        stocked: impl Fn(&Sku) -> bool,
    ) -> Self {
        let mut next = self.clone();
        if fields.slug && !draft.slug.is_empty() {
            next.slug.clone_from(&draft.slug);
        }
        if fields.title {
            next.title.clone_from(&draft.title);
        }
        if fields.description {
            next.description.clone_from(&draft.description);
        }
        if fields.categories {
            next.categories.clone_from(&draft.categories);
        }
        if fields.variants {
            let wanted = draft.variants.iter().cloned();
            next.offer(wanted.map(|draft| {
                let stocked = stocked(&draft.sku);
                Variant::of(draft, stocked)
            }));
        }
        next
    }

    /// Replaces what can be bought; what is no longer among it is retired, what is again is so no more.
    pub(crate) fn offer(&mut self, variants: impl IntoIterator<Item = Variant>) {
        let old = std::mem::take(&mut self.variants);
        self.variants.extend(variants);
        let offered: BTreeSet<Sku> = self.skus().cloned().collect();
        self.retired.extend(old);
        self.retired
            .retain(|variant| !offered.contains(&variant.sku));
    }

    /// Whether a merchant says the same of both: everything but version, times and stock.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        self.slug == other.slug
            && self.title == other.title
            && self.description == other.description
            && self.categories == other.categories
            && self.state == other.state
            && self.variants.len() == other.variants.len()
            && self
                .variants
                .iter()
                .zip(&other.variants)
                .all(|(one, two)| one.is_alike(two))
    }
}
