//! What readers were told last: products by id, slug and sku, and never an old word (docs/adr/0014).
//!
//! Whoever changes products holds them from before his commit until his transaction has ended. A product that is held is
//! not here and is not taken up; and what was read before it was held or let go is not taken up afterwards, because a miss
//! says at which edition it was one. So what stands here is what the database says, for whoever asks, at any moment.
//!
//! Only where one process owns the database: of what another one commits nobody would hear.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stoa_store::{Db, Tx};
use stoa_types::{ProductId, Sku};

use crate::domain::{Product, Variant};

/// Bytes of the products of a generation, about; there are two.
const BYTES: usize = 16 * 1024 * 1024;

/// The products that were read lately; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Cache(Option<Arc<Mutex<Shelves>>>);

/// What is asked for is not here: read it, and say with it when it was found missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Miss(u64);

#[derive(Debug, Default)]
struct Shelves {
    /// What was asked for since the last change of generations.
    young: Generation,
    /// What was asked for before, and is forgotten at the next change unless somebody asks again.
    old: Generation,
    /// Products that transactions under way have changed, with how often.
    held: HashMap<ProductId, usize>,
    /// Raised when products are held and when they are let go.
    edition: u64,
}

/// Products, by what can lead to them.
#[derive(Debug, Default)]
struct Generation {
    products: HashMap<ProductId, Arc<Product>>,
    slugs: HashMap<String, ProductId>,
    skus: HashMap<Sku, ProductId>,
    bytes: usize,
}

impl Cache {
    /// An empty one, where `db` is this process's alone; elsewhere one that never holds anything.
    pub(crate) fn of(db: &Db) -> Self {
        Self((!db.is_shared()).then(Arc::default))
    }

    /// Whether it takes anything up.
    pub(crate) fn is_used(&self) -> bool {
        self.0.is_some()
    }

    /// The product with this id.
    pub(crate) fn by_id(&self, id: ProductId) -> Result<Arc<Product>, Miss> {
        self.find(|shelves| shelves.product(id))
    }

    /// The product with this slug.
    pub(crate) fn by_slug(&self, slug: &str) -> Result<Arc<Product>, Miss> {
        self.find(|shelves| {
            let id = shelves.id(|generation| generation.slugs.get(slug))?;
            shelves.product(id)
        })
    }

    /// The product of each sku, all as they were at one moment; or none of them.
    pub(crate) fn by_skus(&self, skus: &[String]) -> Result<Vec<Arc<Product>>, Miss> {
        self.find(|shelves| {
            let products = skus.iter().map(|sku| {
                let id = shelves.id(|generation| generation.skus.get(sku.as_str()))?;
                shelves.product(id)
            });
            products.collect()
        })
    }

    fn find<T>(&self, find: impl FnOnce(&mut Shelves) -> Option<T>) -> Result<T, Miss> {
        let Some(shelves) = &self.0 else {
            return Err(Miss(0));
        };
        let mut shelves = lock(shelves);
        find(&mut shelves).ok_or(Miss(shelves.edition))
    }

    /// Takes up what was read since `miss`, unless some product was changed meanwhile.
    pub(crate) fn take_up(&self, miss: Miss, products: &[Arc<Product>]) {
        let Some(shelves) = &self.0 else { return };
        let mut shelves = lock(shelves);
        if shelves.edition != miss.0 {
            return;
        }
        for product in products {
            if !shelves.held.contains_key(&product.id) {
                shelves.put(Arc::clone(product));
            }
        }
    }

    /// Forgets products that `tx` is changing, and takes none of them up until it has ended.
    pub(crate) fn hold(&self, tx: &Tx, products: Vec<ProductId>) {
        if let Some(held) = self.held(products) {
            tx.keep(held);
        }
    }

    fn held(&self, products: Vec<ProductId>) -> Option<Held> {
        let shelves = self.0.as_ref().filter(|_| !products.is_empty())?;
        let mut inside = lock(shelves);
        inside.edition += 1;
        for id in &products {
            inside.remove(*id);
            *inside.held.entry(*id).or_default() += 1;
        }
        drop(inside);
        Some(Held {
            shelves: Arc::clone(shelves),
            products,
        })
    }
}

/// Products that are being changed, until this is dropped.
#[derive(Debug)]
struct Held {
    shelves: Arc<Mutex<Shelves>>,
    products: Vec<ProductId>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut shelves = lock(&self.shelves);
        shelves.edition += 1;
        for id in &self.products {
            if let Some(count) = shelves.held.get_mut(id) {
                *count -= 1;
                if *count == 0 {
                    shelves.held.remove(id);
                }
            }
        }
    }
}

fn lock(shelves: &Mutex<Shelves>) -> MutexGuard<'_, Shelves> {
    shelves.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelves {
    /// To which product a word leads.
    fn id(&self, find: impl Fn(&Generation) -> Option<&ProductId>) -> Option<ProductId> {
        find(&self.young).or_else(|| find(&self.old)).copied()
    }

    fn product(&mut self, id: ProductId) -> Option<Arc<Product>> {
        if let Some(found) = self.young.products.get(&id) {
            return Some(Arc::clone(found));
        }
        let found = self.old.remove(id)?;
        self.put(Arc::clone(&found));
        Some(found)
    }

    fn put(&mut self, product: Arc<Product>) {
        self.remove(product.id);
        self.young.insert(product);
        if self.young.bytes > BYTES {
            self.old = std::mem::take(&mut self.young);
        }
    }

    fn remove(&mut self, id: ProductId) {
        for generation in [&mut self.young, &mut self.old] {
            generation.remove(id);
        }
    }
}

impl Generation {
    fn insert(&mut self, product: Arc<Product>) {
        self.bytes += weight(&product);
        self.slugs.insert(product.slug.clone(), product.id);
        for sku in product.all_skus() {
            self.skus.insert(sku.clone(), product.id);
        }
        self.products.insert(product.id, product);
    }

    fn remove(&mut self, id: ProductId) -> Option<Arc<Product>> {
        let removed = self.products.remove(&id)?;
        self.bytes -= weight(&removed);
        self.slugs.remove(&removed.slug);
        for sku in removed.all_skus() {
            self.skus.remove(sku.as_str());
        }
        Some(removed)
    }
}

/// The bytes that a product takes up here, about.
fn weight(product: &Product) -> usize {
    let variants = product.variants.iter().chain(&product.retired);
    let texts = product.title.len() + product.description.len() + 2 * product.slug.len();
    let categories: usize = product.categories.iter().map(|name| name.len() + 24).sum();
    512 + texts + categories + variants.map(weight_of_variant).sum::<usize>()
}

fn weight_of_variant(variant: &Variant) -> usize {
    let options = variant.options.iter();
    let options: usize = options
        .map(|(name, value)| name.len() + value.len() + 64)
        .sum();
    256 + variant.sku.as_str().len() + variant.title.len() + variant.tax_category.len() + options
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
