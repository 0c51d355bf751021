//! The log of a service and what its consumers could not apply, for operators.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use stoa_api::convert::{to_duration, to_timestamp};
use stoa_api::ops::v1::{
    ConsumerLag, DeadLetter, DeadLetterState, DiscardDeadLetterRequest, DiscardDeadLetterResponse,
    GetDeadLetterRequest, GetDeadLetterResponse, GetLagRequest, GetLagResponse,
    ListDeadLettersRequest, ListDeadLettersResponse, ProjectionRebuild, RebuildProjectionRequest,
    RebuildProjectionResponse, RebuildState, ReplayDeadLettersRequest, ReplayDeadLettersResponse,
    RepublishEventsRequest, RepublishEventsResponse, reason,
};
use stoa_errors::{Error, Kind};
use stoa_events::{
    Consumer, EventLog, Held, LetterPlace, LetterState, Letters, Rebuild, Subscription,
};
use stoa_rpc::ops::v1::EventsServiceHandler;
use stoa_store::{PageSize, PageToken};
use stoa_types::{Ctx, EventId, Timestamp};

use super::{Part, Process};

/// `stoa.ops.v1.EventsService`.
pub(crate) struct Events(pub(crate) Arc<Process>);

#[async_trait]
impl EventsServiceHandler for Events {
    async fn get_lag(&self, _: Ctx, request: GetLagRequest) -> Result<GetLagResponse, Error> {
        let part = self.0.part(&request.service)?;
        let lag = EventLog::lag(&part.db).await?;
        let mut held = stoa_events::DeadLetter::held(&part.db).await?;
        let mut rebuilds = Rebuild::all(&part.db).await?;
        let consumers = self
            .consumers(part)
            .into_iter()
            .map(|subscription| {
                let name = subscription.consumer().name();
                ConsumerLag {
                    rebuildable: subscription.consumer().shadow().is_some(),
                    rebuild: rebuilds.remove(name).map(rebuild),
                    ..self.lag(name, held.remove(name).unwrap_or_default())
                }
            })
            .collect();
        Ok(GetLagResponse {
            head_position: lag.head,
            published_position: lag.published,
            waiting: lag.waiting,
            oldest_age: lag.oldest.map(|oldest| to_duration(self.age(oldest))),
            consumers,
        })
    }

    async fn list_dead_letters(
        &self,
        _: Ctx,
        request: ListDeadLettersRequest,
    ) -> Result<ListDeadLettersResponse, Error> {
        let part = self.0.part(&request.service)?;
        let size = PageSize::new(request.page_size)?;
        let arguments = (&request.service, &request.consumer, request.state);
        let after: Option<LetterPlace> = PageToken::decode(&request.page_token, &arguments)?;
        let which = Letters {
            consumer: Some(request.consumer.as_str()).filter(|name| !name.is_empty()),
            state: of_state(request.state()),
            after: after.unwrap_or_default(),
        };
        let mut found = stoa_events::DeadLetter::list(&part.db, &which, size.fetch()).await?;
        let more = found.len() > size.get();
        found.truncate(size.get());
        let next_page_token = match found.last() {
            Some(last) if more => PageToken::encode(&last.place(), &arguments)?,
            _ => String::new(),
        };
        let without_payload = |letter| DeadLetter {
            payload: Vec::new(),
            ..shown(letter)
        };
        Ok(ListDeadLettersResponse {
            dead_letters: found.into_iter().map(without_payload).collect(),
            next_page_token,
        })
    }

    async fn get_dead_letter(
        &self,
        _: Ctx,
        request: GetDeadLetterRequest,
    ) -> Result<GetDeadLetterResponse, Error> {
        let part = self.0.part(&request.service)?;
        let event = event(&request.event_id)?;
        let found = stoa_events::DeadLetter::find(&part.db, &request.consumer, event).await?;
        let letter = found.ok_or_else(|| {
            let what = format!("dead letter {event} of {}", request.consumer);
            Error::not_found(reason::DEAD_LETTER_NOT_FOUND, what)
        })?;
        Ok(GetDeadLetterResponse {
            dead_letter: Some(shown(letter)),
        })
    }

    async fn replay_dead_letters(
        &self,
        ctx: Ctx,
        request: ReplayDeadLettersRequest,
    ) -> Result<ReplayDeadLettersResponse, Error> {
        let part = self.0.part(&request.service)?;
        let consumer = self.consumer(part, &request.consumer)?;
        let (kind, id) = (&request.aggregate_kind, &request.aggregate_id);
        let done = part.operator.replay(&ctx, &consumer, kind, id).await?;
        Ok(ReplayDeadLettersResponse {
            applied: count(done.applied),
            left: count(done.left),
        })
    }

    async fn discard_dead_letter(
        &self,
        ctx: Ctx,
        request: DiscardDeadLetterRequest,
    ) -> Result<DiscardDeadLetterResponse, Error> {
        let part = self.0.part(&request.service)?;
        let consumer = self.consumer(part, &request.consumer)?;
        let event = event(&request.event_id)?;
        let (letter, done) = part.operator.discard(&ctx, &consumer, event).await?;
        Ok(DiscardDeadLetterResponse {
            dead_letter: Some(shown(letter)),
            applied: count(done.applied),
            left: count(done.left),
        })
    }

    async fn republish_events(
        &self,
        ctx: Ctx,
        request: RepublishEventsRequest,
    ) -> Result<RepublishEventsResponse, Error> {
        let part = self.0.part(&request.service)?;
        let after_position = request.after_position;
        part.operator.republish(&ctx, after_position).await?;
        Ok(RepublishEventsResponse { after_position })
    }

    async fn rebuild_projection(
        &self,
        ctx: Ctx,
        request: RebuildProjectionRequest,
    ) -> Result<RebuildProjectionResponse, Error> {
        let part = self.0.part(&request.service)?;
        let consumer = self.consumer(part, &request.consumer)?;
        self.has_sources(consumer.consumer())?;
        part.operator.rebuild(&ctx, &consumer).await?;
        let begun = Rebuild::all(&part.db).await?.remove(&request.consumer);
        Ok(RebuildProjectionResponse {
            rebuild: begun.map(rebuild),
        })
    }
}

impl Events {
    /// The consumers of a service, by name.
    fn consumers(&self, part: &Part) -> Vec<Arc<Subscription>> {
        let mut all = self.0.bus.subscriptions();
        all.retain(|subscription| subscription.db().name() == part.db.name());
        all.sort_by_key(|subscription| subscription.consumer().name());
        all
    }

    fn consumer(&self, part: &Part, name: &str) -> Result<Arc<Subscription>, Error> {
        let all = self.consumers(part);
        let names: Vec<&str> = all.iter().map(|one| one.consumer().name()).collect();
        let names = names.join(",");
        let found = all
            .into_iter()
            .find(|subscription| subscription.consumer().name() == name);
        found.ok_or_else(|| {
            let what = format!("{} has no consumer {name}", part.db.name());
            Error::new(Kind::NotFound, reason::CONSUMER_NOT_FOUND, what).meta("consumers", names)
        })
    }

    /// A projection is read from logs in this process.
    fn has_sources(&self, consumer: &dyn Consumer) -> Result<(), Error> {
        let sources = consumer.shadow().map_or(&[][..], |shadow| shadow.sources());
        match sources
            .iter()
            .find(|name| !self.0.parts.contains_key(*name))
        {
            None => Ok(()),
            Some(name) => Err(Error::new(
                Kind::FailedPrecondition,
                reason::PROJECTION_FIXED,
                format!(
                    "{} is made of the log of {name}, which another process runs",
                    consumer.name()
                ),
            )),
        }
    }

    fn age(&self, since: Timestamp) -> Duration {
        self.0.clock.now().since(since)
    }

    fn lag(&self, name: &str, held: Held) -> ConsumerLag {
        ConsumerLag {
            consumer: name.to_owned(),
            poison: held.poison,
            queued: held.queued,
            early: held.waiting,
            oldest_age: held.oldest.map(|oldest| to_duration(self.age(oldest))),
            ..ConsumerLag::default()
        }
    }
}

fn rebuild(rebuild: Rebuild) -> ProjectionRebuild {
    let state = match rebuild.state {
        stoa_events::RebuildState::Filling => RebuildState::Filling,
        stoa_events::RebuildState::Done => RebuildState::Done,
        stoa_events::RebuildState::Failed => RebuildState::Failed,
    };
    ProjectionRebuild {
        state: state.into(),
        event_count: rebuild.events,
        error: rebuild.error.unwrap_or_default(),
        begin_time: Some(to_timestamp(rebuild.began)),
        end_time: rebuild.ended.map(to_timestamp),
    }
}

fn event(text: &str) -> Result<EventId, Error> {
    text.parse().map_err(|error: stoa_types::ParseIdError| {
        Error::invalid("event_id", "string.pattern", error.to_string())
    })
}

fn count(letters: u64) -> i64 {
    i64::try_from(letters).unwrap_or(i64::MAX)
}

fn of_state(state: DeadLetterState) -> Option<LetterState> {
    match state {
        DeadLetterState::Unspecified => None,
        DeadLetterState::Poison => Some(LetterState::Poison),
        DeadLetterState::Queued => Some(LetterState::Queued),
        DeadLetterState::Early => Some(LetterState::Waiting),
        DeadLetterState::Discarded => Some(LetterState::Discarded),
    }
}

fn shown(letter: stoa_events::DeadLetter) -> DeadLetter {
    let state = match letter.state {
        LetterState::Poison => DeadLetterState::Poison,
        LetterState::Queued => DeadLetterState::Queued,
        LetterState::Waiting => DeadLetterState::Early,
        LetterState::Discarded => DeadLetterState::Discarded,
    };
    let (discard_actor, discard_reason) = letter.discarded.unwrap_or_default();
    let event = letter.event;
    DeadLetter {
        consumer: letter.consumer,
        event_id: event.event_id.to_string(),
        state: state.into(),
        aggregate_kind: event.aggregate_kind,
        aggregate_id: event.aggregate_id,
        aggregate_version: event.aggregate_version,
        event_type: event.event_type,
        payload: event.payload,
        position: event.position,
        attempts: letter.attempts,
        last_error: letter.error.unwrap_or_default(),
        discard_actor,
        discard_reason,
        correlation_id: event.correlation_id.to_string(),
        occur_time: Some(to_timestamp(event.occurred_at)),
        create_time: Some(to_timestamp(letter.since)),
    }
}
