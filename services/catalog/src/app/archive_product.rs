//! Ends the offer of a product.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, Ids, ProductId};

use super::App;
use super::update_product::etag;
use super::writing::Writing;
use crate::domain::{Product, Shelf};
use crate::store::cache::Cache;
use crate::store::load::Wanted;

/// What to archive.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    pub(crate) id: ProductId,
    /// Must still hold; empty: whatever it is.
    pub(crate) etag: String,
}

impl App {
    /// Archives a product; a repeated call gets it as it is now.
    pub(crate) async fn archive_product(
        &self,
        ctx: &Ctx,
        archive: Archive,
    ) -> Result<Product, Error> {
        match self.archive_product.submit(ctx, archive).await? {
            Committed::Done(product) => Ok(product),
            Committed::Replayed { resource } => self.replayed_product(&resource).await,
        }
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct ArchiveProduct {
    ids: Arc<dyn Ids>,
    cache: Cache,
}

impl ArchiveProduct {
    pub(crate) fn new(ids: Arc<dyn Ids>, cache: Cache) -> Self {
        Self { ids, cache }
    }
}

fn decide(shelf: &mut Shelf, member: &Member<Archive>) -> Result<(String, Product), Error> {
    let Archive { id, etag: seen } = &member.command;
    etag(shelf.product(*id)?).require(seen)?;
    let product = shelf.archive(*id, member.now)?;
    Ok((id.to_string(), product))
}

impl Apply for ArchiveProduct {
    type Command = Archive;
    type Answer = Product;
    const NAME: &'static str = "catalog.archive_product";

    fn weight(&self, _: &Archive) -> usize {
        2
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Archive>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Product>>, StoreError>> {
        Box::pin(async move {
            let mut wanted = Wanted::default();
            for Member { command, .. } in members {
                wanted.product(command.id);
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
