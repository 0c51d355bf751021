//! Several changes in a row, decided over one set of loaded rows.
//!
//! Whoever loads a shelf puts on it every product that owns an id, a sku or a slug that the changes name. Then each
//! change is decided by what stands there, including what the ones before it did; a refused one leaves no trace.
//! What is [`Shelf::dirty`] in the end is written at once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use stoa_types::{ProductId, Sku, Timestamp};

use super::{
    EntryDraft, Fields, Product, ProductDraft, ProductState, Refusal, Variant, VariantDraft, slug,
};

/// The loaded products, by what can lead to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shelf {
    products: BTreeMap<ProductId, Product>,
    by_sku: HashMap<Sku, ProductId>,
    by_slug: HashMap<String, ProductId>,
    /// Skus of which a location has free units.
    stocked: HashSet<Sku>,
    dirty: BTreeSet<ProductId>,
    changes: Vec<Change>,
}

/// What the others are told of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) product: ProductId,
    pub(crate) version: i64,
    pub(crate) state: ProductState,
    pub(crate) skus: Vec<Sku>,
}

/// What became of a batch of entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Upserted {
    /// In the order of the entries.
    pub(crate) products: Vec<ProductId>,
    pub(crate) created: i32,
    pub(crate) updated: i32,
}

impl Shelf {
    /// Takes loaded products, and the skus of which a location has free units.
    pub(crate) fn new(
        products: impl IntoIterator<Item = Product>,
        stocked: impl IntoIterator<Item = Sku>,
    ) -> Self {
        let mut shelf = Self {
            stocked: stocked.into_iter().collect(),
            ..Self::default()
        };
        for product in products {
            shelf.put(product);
        }
        shelf
    }

    /// The product with this id.
    pub(crate) fn product(&self, id: ProductId) -> Result<&Product, Refusal> {
        self.products.get(&id).ok_or(Refusal::ProductNotFound(id))
    }

    /// Products that differ from what was loaded.
    pub(crate) fn dirty(&self) -> impl Iterator<Item = &Product> {
        self.dirty.iter().filter_map(|id| self.products.get(id))
    }

    /// The changes since this was last asked.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Makes a product.
    pub(crate) fn create(
        &mut self,
        id: ProductId,
        draft: &ProductDraft,
        now: Timestamp,
    ) -> Result<Product, Refusal> {
        self.skus_are_free(draft.variants.iter().map(|variant| &variant.sku), id)?;
        if !draft.slug.is_empty() {
            self.slug_is_free(&draft.slug, id)?;
        }
        Ok(self.make(id, draft, now))
    }

    /// Makes a product of which nothing is taken.
    fn make(&mut self, id: ProductId, draft: &ProductDraft, now: Timestamp) -> Product {
        let mut product = Product {
            id,
            slug: self.slug_for(draft, id),
            title: draft.title.clone(),
            description: draft.description.clone(),
            categories: draft.categories.clone(),
            variants: Vec::new(),
            retired: Vec::new(),
            state: ProductState::Active,
            version: 0,
            created_at: now,
            updated_at: now,
        };
        product.offer(self.variants(draft.variants.iter()));
        self.settle(product, now)
    }

    /// Changes fields of a product; a change to what already stands there is none.
    pub(crate) fn update(
        &mut self,
        id: ProductId,
        draft: &ProductDraft,
        fields: Fields,
        now: Timestamp,
    ) -> Result<Product, Refusal> {
        let current = self.product(id)?;
        let next = current.changed(draft, fields, |sku| self.stocked.contains(sku));
        self.skus_are_free(next.skus(), id)?;
        self.slug_is_free(&next.slug, id)?;
        if next.is_alike(current) {
            return Ok(current.clone());
        }
        Ok(self.settle(next, now))
    }

    /// Ends the offer of a product; a second time changes nothing.
    pub(crate) fn archive(&mut self, id: ProductId, now: Timestamp) -> Result<Product, Refusal> {
        let mut next = self.product(id)?.clone();
        if next.state == ProductState::Archived {
            return Ok(next);
        }
        next.state = ProductState::Archived;
        Ok(self.settle(next, now))
    }

    /// Makes or changes products of one variant each, all or nothing; `fresh` gives ids.
    /// An archived product is offered again.
    pub(crate) fn upsert(
        &mut self,
        entries: &[EntryDraft],
        mut fresh: impl FnMut() -> ProductId,
        now: Timestamp,
    ) -> Result<Upserted, Refusal> {
        for entry in entries {
            self.is_the_only_one(&entry.variant.sku)?;
        }
        let mut done = Upserted::default();
        for entry in entries {
            let sku = &entry.variant.sku;
            let known = self
                .by_sku
                .get(sku)
                .and_then(|id| self.products.get(id))
                .cloned();
            let (id, outcome) = match known {
                Some(product) => self.replace(product, entry, now),
                None => {
                    let id = fresh();
                    self.make(id, &entry.whole(), now);
                    (id, Outcome::Created)
                }
            };
            done.products.push(id);
            match outcome {
                Outcome::Created => done.created += 1,
                Outcome::Updated => done.updated += 1,
                Outcome::Alike => {}
            }
        }
        Ok(done)
    }

    fn replace(
        &mut self,
        product: Product,
        entry: &EntryDraft,
        now: Timestamp,
    ) -> (ProductId, Outcome) {
        let id = product.id;
        let mut next = product.changed(&entry.whole(), Fields::ALL, |sku| {
            self.stocked.contains(sku)
        });
        next.state = ProductState::Active;
        if next.is_alike(&product) {
            return (id, Outcome::Alike);
        }
        self.settle(next, now);
        (id, Outcome::Updated)
    }

    /// A sku whose product sells others too cannot stand for the product.
    fn is_the_only_one(&self, sku: &Sku) -> Result<(), Refusal> {
        let owner = self.by_sku.get(sku).and_then(|id| self.products.get(id));
        match owner {
            Some(product) if product.skus().any(|other| other != sku) => {
                Err(Refusal::SkuExists(sku.clone()))
            }
            _ => Ok(()),
        }
    }

    fn skus_are_free<'a>(
        &self,
        mut skus: impl Iterator<Item = &'a Sku>,
        id: ProductId,
    ) -> Result<(), Refusal> {
        let taken = skus.find(|sku| self.by_sku.get(*sku).is_some_and(|owner| *owner != id));
        taken.map_or(Ok(()), |sku| Err(Refusal::SkuExists(sku.clone())))
    }

    fn slug_is_free(&self, slug: &str, id: ProductId) -> Result<(), Refusal> {
        match self.by_slug.get(slug) {
            Some(owner) if *owner != id => Err(Refusal::SlugExists(slug.to_owned())),
            _ => Ok(()),
        }
    }

    fn slug_for(&self, draft: &ProductDraft, id: ProductId) -> String {
        let wanted = draft.wanted_slug();
        if self.by_slug.contains_key(&wanted) {
            return slug::with_tail(&wanted, id);
        }
        wanted
    }

    fn variants<'a>(&self, drafts: impl Iterator<Item = &'a VariantDraft>) -> Vec<Variant> {
        drafts
            .map(|draft| Variant::of(draft.clone(), self.stocked.contains(&draft.sku)))
            .collect()
    }

    /// Puts the next version of a product where the last one stood.
    fn settle(&mut self, mut next: Product, now: Timestamp) -> Product {
        next.version += 1;
        next.updated_at = now.max(next.updated_at);
        if let Some(old) = self.products.get(&next.id) {
            self.by_slug.remove(&old.slug);
        }
        self.dirty.insert(next.id);
        self.changes.push(Change {
            product: next.id,
            version: next.version,
            state: next.state,
            skus: next.skus().cloned().collect(),
        });
        self.put(next.clone());
        next
    }

    fn put(&mut self, product: Product) {
        for sku in product.all_skus() {
            self.by_sku.insert(sku.clone(), product.id);
        }
        self.by_slug.insert(product.slug.clone(), product.id);
        self.products.insert(product.id, product);
    }
}

enum Outcome {
    Created,
    Updated,
    Alike,
}
