//! Changes the fields of a product that a mask names.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Committed, Etag, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, Ids, ProductId};

use super::App;
use super::refusal::violations;
use super::writing::Writing;
use crate::domain::{Fields, Product, ProductDraft, Shelf};
use crate::store::cache::Cache;
use crate::store::load::Wanted;

/// What to change.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub(crate) id: ProductId,
    /// Must still hold; empty: whatever it is.
    pub(crate) etag: String,
    pub(crate) draft: ProductDraft,
    pub(crate) fields: Fields,
}

impl App {
    /// Changes a product; a repeated call gets it as it is now.
    pub(crate) async fn update_product(&self, ctx: &Ctx, update: Update) -> Result<Product, Error> {
        violations("product", update.draft.violations(update.fields))?;
        match self.update_product.submit(ctx, update).await? {
            Committed::Done(product) => Ok(product),
            Committed::Replayed { resource } => self.replayed_product(&resource).await,
        }
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct UpdateProduct {
    ids: Arc<dyn Ids>,
    cache: Cache,
}

impl UpdateProduct {
    pub(crate) fn new(ids: Arc<dyn Ids>, cache: Cache) -> Self {
        Self { ids, cache }
    }
}

/// The tag of a product as it stands.
pub(crate) fn etag(product: &Product) -> Etag {
    Etag::of(&product.id.to_string(), product.version)
}

fn decide(shelf: &mut Shelf, member: &Member<Update>) -> Result<(String, Product), Error> {
    let Update {
        id,
        etag: seen,
        draft,
        fields,
    } = &member.command;
    etag(shelf.product(*id)?).require(seen)?;
    let product = shelf.update(*id, draft, *fields, member.now)?;
    Ok((id.to_string(), product))
}

impl Apply for UpdateProduct {
    type Command = Update;
    type Answer = Product;
    const NAME: &'static str = "catalog.update_product";

    fn weight(&self, update: &Update) -> usize {
        2 + update.draft.variants.len() + update.draft.categories.len()
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Update>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Product>>, StoreError>> {
        Box::pin(async move {
            let mut wanted = Wanted::default();
            for Member { command, .. } in members {
                wanted.product(command.id);
                if command.fields.variants {
                    wanted.skus(&command.draft);
                }
                if command.fields.slug {
                    wanted.slug(command.draft.slug.clone());
                }
            }
            let mut writing = Writing::begin(tx, &wanted).await?;
            let mut outcomes = Vec::with_capacity(members.len());
            for member in members {
                let decided = decide(&mut writing.shelf, member);
                outcomes.push(writing.outcome(&member.ctx, member.now, decided));
            }
            writing.end(tx, &self.cache, self.ids.as_ref()).await?;
            Ok(outcomes)
        })
    }
}
