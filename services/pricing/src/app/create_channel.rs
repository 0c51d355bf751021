//! Makes a channel, and a price book of its own unless it names one.

use std::collections::BTreeSet;
use std::sync::Arc;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome, StoreError, Tx};
use stoa_types::{ChannelId, Ctx, Ids, PriceBookId, Timestamp};

use super::App;
use crate::domain::{Channel, ChannelDraft, Registry};
use crate::events::channel_changed;
use crate::store::{load, save};

impl App {
    /// Makes a channel; a repeated call gets it as it is now.
    pub(crate) async fn create_channel(
        &self,
        ctx: &Ctx,
        draft: ChannelDraft,
    ) -> Result<Channel, Error> {
        match self.create_channel.submit(ctx, draft).await? {
            Committed::Done(channel) => Ok(channel),
            Committed::Replayed { resource } => {
                self.get_channel(&resource).await.map_err(Error::internal)
            }
        }
    }
}

/// The command.
#[derive(Debug)]
pub(crate) struct CreateChannel {
    ids: Arc<dyn Ids>,
}

impl CreateChannel {
    pub(crate) fn new(ids: Arc<dyn Ids>) -> Self {
        Self { ids }
    }
}

/// What stands there of what the drafts name.
async fn registry(
    tx: &Tx,
    drafts: impl Iterator<Item = &ChannelDraft> + Clone,
) -> Result<Registry, StoreError> {
    let codes: BTreeSet<&str> = drafts.clone().map(|draft| draft.code.as_str()).collect();
    let books: BTreeSet<PriceBookId> = drafts.filter_map(|draft| draft.book).collect();
    let taken = load::channels(tx, &codes).await?;
    Ok(Registry {
        codes: taken.into_values().map(|channel| channel.code).collect(),
        books: load::books(tx, &books).await?,
    })
}

/// Writes new channels, those of their books that are new, and their events.
pub(crate) async fn write(
    tx: &Tx,
    opened: &[(Arc<Ctx>, Channel, bool)],
    now: Timestamp,
    ids: &dyn Ids,
) -> Result<(), StoreError> {
    let channels: Vec<Channel> = opened
        .iter()
        .map(|(_, channel, _)| channel.clone())
        .collect();
    let own: BTreeSet<ChannelId> = opened
        .iter()
        .filter(|(_, _, own_book)| *own_book)
        .map(|(_, channel, _)| channel.id)
        .collect();
    save::channels(tx, &channels, |channel| own.contains(&channel.id)).await?;
    let events: Vec<_> = opened
        .iter()
        .map(|(ctx, channel, _)| (Arc::clone(ctx), channel_changed::event(channel)))
        .collect();
    stoa_events::append(tx, &events, now, ids).await
}

impl Apply for CreateChannel {
    type Command = ChannelDraft;
    type Answer = Channel;
    const NAME: &'static str = "pricing.create_channel";

    fn weight(&self, _: &ChannelDraft) -> usize {
        3
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<ChannelDraft>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Channel>>, StoreError>> {
        Box::pin(async move {
            let ids = self.ids.as_ref();
            let drafts = members.iter().map(|member| &member.command);
            let mut registry = registry(tx, drafts).await?;
            let mut opened = Vec::new();
            let mut outcomes = Vec::with_capacity(members.len());
            let mut last = Timestamp::MIN;
            for Member { ctx, now, command } in members {
                let (id, book) = (ChannelId::new(ids), PriceBookId::new(ids));
                last = last.max(*now);
                outcomes.push(match registry.open(command.clone(), id, book, *now) {
                    Ok(channel) => {
                        let own = command.book.is_none();
                        opened.push((Arc::clone(ctx), channel.clone(), own));
                        Outcome::Done {
                            resource: id.to_string(),
                            answer: channel,
                        }
                    }
                    Err(refusal) => Outcome::Refused(refusal.into()),
                });
            }
            write(tx, &opened, last, ids).await?;
            Ok(outcomes)
        })
    }
}
