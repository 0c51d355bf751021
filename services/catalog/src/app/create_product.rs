//! Makes a product with its variants.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, Ids, ProductId};

use super::App;
use super::refusal::violations;
use super::writing::Writing;
use crate::domain::{Fields, Product, ProductDraft};
use crate::store::cache::Cache;
use crate::store::load::Wanted;

impl App {
    /// Makes a product; a repeated call gets it as it is now.
    pub(crate) async fn create_product(
        &self,
        ctx: &Ctx,
        draft: ProductDraft,
    ) -> Result<Product, Error> {
        violations("product", draft.violations(Fields::ALL))?;
        match self.create_product.submit(ctx, draft).await? {
            Committed::Done(product) => Ok(product),
            Committed::Replayed { resource } => self.replayed_product(&resource).await,
        }
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct CreateProduct {
    ids: Arc<dyn Ids>,
    cache: Cache,
}

impl CreateProduct {
    pub(crate) fn new(ids: Arc<dyn Ids>, cache: Cache) -> Self {
        Self { ids, cache }
    }
}

impl Apply for CreateProduct {
    type Command = ProductDraft;
    type Answer = Product;
    const NAME: &'static str = "catalog.create_product";

    fn weight(&self, draft: &ProductDraft) -> usize {
        2 + draft.variants.len() + draft.categories.len()
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<ProductDraft>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Product>>, StoreError>> {
        Box::pin(async move {
            let mut wanted = Wanted::default();
            for Member { command, .. } in members {
                wanted.skus(command);
                wanted.slug(command.wanted_slug());
            }
            let mut writing = Writing::begin(tx, &wanted).await?;
            let mut outcomes = Vec::with_capacity(members.len());
            for Member { ctx, now, command } in members {
                let id = ProductId::new(self.ids.as_ref());
                let decided = writing.shelf.create(id, command, *now);
                let decided = decided
                    .map(|product| (id.to_string(), product))
                    .map_err(Error::from);
                outcomes.push(writing.outcome(ctx, *now, decided));
            }
            writing.end(tx, &self.cache, self.ids.as_ref()).await?;
            Ok(outcomes)
        })
    }
}
