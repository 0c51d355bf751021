//! What the batches of all four commands have in common: load a shelf, decide member by member, write what is left.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_events::NewEvent;
use stoa_store::{Outcome, StoreError, Tx};
use stoa_types::{Ctx, Ids, Timestamp};

use crate::domain::Shelf;
use crate::events::product_changed;
use crate::store::cache::Cache;
use crate::store::load::{self, Wanted};
use crate::store::save;

/// A batch on its way.
pub(crate) struct Writing {
    pub(crate) shelf: Shelf,
    events: Vec<(Arc<Ctx>, NewEvent)>,
    now: Timestamp,
}

impl Writing {
    /// Loads what the members of the batch want to know.
    pub(crate) async fn begin(tx: &Tx, wanted: &Wanted) -> Result<Self, StoreError> {
        Ok(Self {
            shelf: load::shelf(tx, wanted).await?,
            events: Vec::new(),
            now: Timestamp::MIN,
        })
    }

    /// What a member's decision comes to: its changes are told in his name.
    pub(crate) fn outcome<A>(
        &mut self,
        ctx: &Arc<Ctx>,
        now: Timestamp,
        decided: Result<(String, A), Error>,
    ) -> Outcome<A> {
        self.now = self.now.max(now);
        let changes = self.shelf.take_changes();
        let told = changes.iter().map(product_changed::event);
        self.events
            .extend(told.map(|event| (Arc::clone(ctx), event)));
        match decided {
            Ok((resource, answer)) => Outcome::Done { resource, answer },
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    /// Writes the products that changed, and their events.
    pub(crate) async fn end(self, tx: &Tx, cache: &Cache, ids: &dyn Ids) -> Result<(), StoreError> {
        let dirty: Vec<_> = self.shelf.dirty().collect();
        save::products(tx, cache, &dirty).await?;
        if !self.events.is_empty() {
            stoa_events::append(tx, &self.events, self.now, ids).await?;
        }
        Ok(())
    }
}
