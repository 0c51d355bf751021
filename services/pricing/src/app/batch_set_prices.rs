//! Sets prices of one channel's book, by their natural key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stoa_errors::Error;
use stoa_events::NewEvent;
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome, StoreError, Tx};
use stoa_types::{Ctx, Currency, Ids, PriceId, Timestamp};

use super::App;
use crate::domain::{Channel, Desk, EntryDraft, Price, PriceKey, Refusal};
use crate::events::price_changed;
use crate::store::{load, save};

/// What to set.
#[derive(Clone, Debug)]
pub(crate) struct SetPrices {
    /// Id or code.
    pub(crate) channel: String,
    pub(crate) entries: Vec<EntryDraft>,
}

impl App {
    /// Sets prices, all or nothing; a repeated call gets the same entries as they are now.
    pub(crate) async fn batch_set_prices(
        &self,
        ctx: &Ctx,
        wanted: SetPrices,
    ) -> Result<Vec<Price>, Error> {
        match self.batch_set_prices.submit(ctx, wanted.clone()).await? {
            Committed::Done(prices) => Ok(prices),
            Committed::Replayed { resource } => self.replayed_prices(&wanted, &resource).await,
        }
    }

    /// "From now" meant the time of the first call: it stands under the key.
    async fn replayed_prices(
        &self,
        wanted: &SetPrices,
        resource: &str,
    ) -> Result<Vec<Price>, Error> {
        let lost = || Error::internal(format!("prices were recorded as {resource:?}"));
        let (channel, then) = resource.split_once('@').ok_or_else(lost)?;
        let then = Timestamp::from_micros(then.parse().map_err(|_| lost())?);
        let channel = self.get_channel(channel).await.map_err(Error::internal)?;
        let keys: Vec<PriceKey> = wanted
            .entries
            .iter()
            .map(|entry| entry.key(channel.book, then))
            .collect();
        let named = keys.iter().map(|key| (key.clone(), channel.currency));
        let found = load::prices_now(&self.db, &named.collect()).await?;
        let mut found: BTreeMap<PriceKey, Price> = found
            .into_iter()
            .map(|price| (price.key.clone(), price))
            .collect();
        keys.iter()
            .map(|key| found.remove(key).ok_or_else(lost))
            .collect()
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct BatchSetPrices {
    ids: Arc<dyn Ids>,
}

impl BatchSetPrices {
    pub(crate) fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids }
    }
}

/// A batch on its way.
struct Batch {
    channels: BTreeMap<String, Channel>,
    desk: Desk,
    events: Vec<(Arc<Ctx>, NewEvent)>,
}

impl Batch {
    async fn begin(tx: &Tx, members: &[Member<SetPrices>]) -> Result<Self, StoreError> {
        let names: BTreeSet<&str> = members
            .iter()
            .map(|member| member.command.channel.as_str())
            .collect();
        let channels = load::channels(tx, &names).await?;
        let mut keys: BTreeMap<PriceKey, Currency> = BTreeMap::new();
        for Member { now, command, .. } in members {
            if let Some(channel) = channels.get(&command.channel) {
                let named = command.entries.iter();
                keys.extend(named.map(|entry| (entry.key(channel.book, *now), channel.currency)));
            }
        }
        Ok(Self {
            desk: Desk::new(load::prices(tx, &keys).await?),
            channels,
            events: Vec::new(),
        })
    }

    fn decide(
        &mut self,
        member: &Member<SetPrices>,
        ids: &dyn Ids,
    ) -> Result<(String, Vec<Price>), Refusal> {
        let Member { ctx, now, command } = member;
        let channel = self
            .channels
            .get(&command.channel)
            .ok_or_else(|| Refusal::ChannelNotFound(command.channel.clone()))?;
        let fresh = || PriceId::new(ids);
        let prices = self.desk.set(channel, &command.entries, fresh, *now)?;
        for price in self.desk.take_changes() {
            let event = price_changed::event(channel, &price);
            self.events.push((Arc::clone(ctx), event));
        }
        Ok((format!("{}@{}", channel.id, now.micros()), prices))
    }
}

impl Apply for BatchSetPrices {
    type Command = SetPrices;
    type Answer = Vec<Price>;
    const NAME: &'static str = "pricing.batch_set_prices";

    fn weight(&self, wanted: &SetPrices) -> usize {
        2 * wanted.entries.len()
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<SetPrices>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Vec<Price>>>, StoreError>> {
        Box::pin(async move {
            let ids = self.ids.as_ref();
            let mut batch = Batch::begin(tx, members).await?;
            let mut outcomes = Vec::with_capacity(members.len());
            for member in members {
                outcomes.push(match batch.decide(member, ids) {
                    Ok((resource, answer)) => Outcome::Done { resource, answer },
                    Err(refusal) => Outcome::Refused(refusal.into()),
                });
            }
            save::prices(tx, batch.desk.dirty()).await?;
            let now = members.iter().map(|member| member.now).max();
            let now = now.unwrap_or(Timestamp::MIN);
            stoa_events::append(tx, &batch.events, now, ids).await?;
            Ok(outcomes)
        })
    }
}
