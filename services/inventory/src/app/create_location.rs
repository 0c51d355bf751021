//! Makes a place where stock is kept; the first one by itself.

use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, Ids, LocationId, Timestamp};

use super::App;
use super::refusal::location_exists;
use crate::domain::Location;
use crate::store::locations;

/// The location that an empty database gets.
const MAIN: &str = "main";

/// What is to be made.
#[derive(Debug)]
pub(crate) struct NewLocation {
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) country_code: String,
    pub(crate) priority: i64,
}

impl NewLocation {
    fn location(&self, ids: &dyn Ids, now: Timestamp) -> Location {
        Location {
            id: LocationId::new(ids),
            code: self.code.clone(),
            title: self.title.clone(),
            country_code: self.country_code.clone(),
            priority: self.priority,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

impl App {
    /// Makes a location; a repeated call gets it as it is now.
    pub(crate) async fn create_location(
        &self,
        ctx: &Ctx,
        new: NewLocation,
    ) -> Result<Location, Error> {
        match self.create_location.submit(ctx, new).await? {
            Committed::Done(location) => Ok(location),
            Committed::Replayed { resource } => self.get_location(&resource).await,
        }
    }

    /// Makes the location `main` when there is none at all.
    pub(crate) async fn make_main_location(&self) -> Result<(), StoreError> {
        let (ids, now) = (Arc::clone(&self.ids), self.db.now());
        self.db
            .write("inventory.make_main_location", move |tx| {
                let ids = Arc::clone(&ids);
                Box::pin(async move {
                    if !locations::all(tx).await?.order().is_empty() {
                        return Ok(());
                    }
                    let main = NewLocation {
                        code: MAIN.to_owned(),
                        title: "Main".to_owned(),
                        country_code: String::new(),
                        priority: 0,
                    };
                    locations::add(tx, &[main.location(ids.as_ref(), now)]).await
                })
            })
            .await
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct CreateLocation {
    ids: Arc<dyn Ids>,
}

impl CreateLocation {
    pub(crate) fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids }
    }
}

impl Apply for CreateLocation {
    type Command = NewLocation;
    type Answer = Location;
    const NAME: &'static str = "inventory.create_location";

    fn weight(&self, _: &NewLocation) -> usize {
        1
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<NewLocation>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Location>>, StoreError>> {
        Box::pin(async move {
            let mut known = locations::all(tx).await?;
            let mut made = Vec::new();
            let mut outcomes = Vec::with_capacity(members.len());
            for Member { now, command, .. } in members {
                if known.find(&command.code).is_some() {
                    outcomes.push(Outcome::Refused(location_exists(&command.code)));
                    continue;
                }
                let location = command.location(self.ids.as_ref(), *now);
                known.add(location.clone());
                made.push(location.clone());
                outcomes.push(Outcome::Done {
                    resource: location.id.to_string(),
                    answer: location,
                });
            }
            locations::add(tx, &made).await?;
            Ok(outcomes)
        })
    }
}
