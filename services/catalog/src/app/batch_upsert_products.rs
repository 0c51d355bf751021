//! Makes or changes products of one variant each, by the sku as natural key.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, Ids, ProductId};

use super::App;
use super::refusal::violations;
use super::writing::Writing;
use crate::domain::draft::entry_violations;
use crate::domain::{EntryDraft, Upserted};
use crate::store::cache::Cache;
use crate::store::load::Wanted;
use crate::store::skus;

impl App {
    /// Makes or changes the products, all or nothing; a repeated call gets what the first one did.
    pub(crate) async fn batch_upsert_products(
        &self,
        ctx: &Ctx,
        entries: Vec<EntryDraft>,
    ) -> Result<Upserted, Error> {
        violations("", entry_violations(&entries))?;
        let wanted: Vec<String> = entries
            .iter()
            .map(|entry| entry.variant.sku.to_string())
            .collect();
        match self.batch_upsert_products.submit(ctx, entries).await? {
            Committed::Done(upserted) => Ok(upserted),
            Committed::Replayed { resource } => self.replayed_batch(&wanted, &resource).await,
        }
    }

    /// A sku never changes its product, so the ids are read; the counts stand under the key.
    async fn replayed_batch(&self, wanted: &[String], resource: &str) -> Result<Upserted, Error> {
        let resolved = skus::resolve(&self.db, &self.cache, wanted).await?;
        let lost = || Error::internal(format!("a batch was recorded as {resource:?}"));
        let resolved = resolved.map_err(|_| lost())?;
        let (created, updated) = resource.split_once('/').ok_or_else(lost)?;
        Ok(Upserted {
            products: resolved.into_iter().map(|sku| sku.product).collect(),
            created: created.parse().map_err(|_| lost())?,
            updated: updated.parse().map_err(|_| lost())?,
        })
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct BatchUpsertProducts {
    ids: Arc<dyn Ids>,
    cache: Cache,
}

impl BatchUpsertProducts {
    pub(crate) fn new(ids: Arc<dyn Ids>, cache: Cache) -> Self {
        Self { ids, cache }
    }
}

impl Apply for BatchUpsertProducts {
    type Command = Vec<EntryDraft>;
    type Answer = Upserted;
    const NAME: &'static str = "catalog.batch_upsert_products";

    fn weight(&self, entries: &Vec<EntryDraft>) -> usize {
        entries.iter().map(|entry| 3 + entry.categories.len()).sum()
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Vec<EntryDraft>>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Upserted>>, StoreError>> {
        Box::pin(async move {
            let mut wanted = Wanted::default();
            for entry in members.iter().flat_map(|member| &member.command) {
                let whole = entry.whole();
                wanted.skus(&whole);
                wanted.slug(whole.wanted_slug());
            }
            let mut writing = Writing::begin(tx, &wanted).await?;
            let mut outcomes = Vec::with_capacity(members.len());
            for Member { ctx, now, command } in members {
                let fresh = || ProductId::new(self.ids.as_ref());
                let decided = writing.shelf.upsert(command, fresh, *now);
                let decided = decided
                    .map(|done| (format!("{}/{}", done.created, done.updated), done))
                    .map_err(Error::from);
                outcomes.push(writing.outcome(ctx, *now, decided));
            }
            writing.end(tx, &self.cache, self.ids.as_ref()).await?;
            Ok(outcomes)
        })
    }
}
