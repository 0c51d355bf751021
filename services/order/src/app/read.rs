//! GetOrder as it stands or stood, its events, and the stream that watches it.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};
use stoa_api::convert::{timestamp, to_timestamp};
use stoa_api::order::v1::{
    GetOrderRequest, Order, OrderEvent, OrderState, WatchOrderResponse, get_order_request::AsOf,
};
use stoa_errors::reason::UNAVAILABLE;
use stoa_errors::{Error, Kind};
use stoa_events::{Envelope, EventLog};
use stoa_store::{PageSize, PageToken};
use stoa_types::{Ctx, OrderId};

use super::App;
use super::orders::not_found;
use super::quotes::reader;
use super::watchers::Bell;
use crate::domain::event::{AGGREGATE, decode};
use crate::domain::fold;
use crate::store::find::{self, PAGE_BYTES};

/// Events that one read takes: an order has 5 to 50, so that is all of them.
const STREAM: usize = 1_000;

/// How often a watcher looks for himself: another process may have changed the order.
const LOOK: Duration = Duration::from_secs(1);

impl App {
    /// An order that the caller may see.
    pub(crate) async fn visible(&self, ctx: &Ctx, id: OrderId) -> Result<Order, Error> {
        let access = reader(ctx, "order.read");
        find::order(&self.db, id)
            .await?
            .filter(|row| access.allows(&row.owner))
            .map(|row| row.order)
            .ok_or_else(|| not_found(id))
    }

    /// An order as it stands, or as it stood.
    pub(crate) async fn get_order(
        &self,
        ctx: &Ctx,
        request: &GetOrderRequest,
    ) -> Result<Order, Error> {
        let id = stoa_api::convert::id("order_id", &request.order_id)?;
        let now = self.visible(ctx, id).await?;
        match &request.as_of {
            None => Ok(now),
            Some(AsOf::AsOfRevision(revision)) => match *revision {
                revision if revision > now.revision => Err(not_found(id)),
                revision if revision == now.revision => Ok(now),
                revision => {
                    self.fold(id, |event| event.aggregate_version <= revision)
                        .await
                }
            },
            Some(AsOf::AsOfTime(at)) => {
                let at = timestamp("as_of_time", at)?;
                self.fold(id, |event| event.occurred_at <= at).await
            }
        }
    }

    /// Folds the events of an order up to the first that `takes` does not take.
    async fn fold(
        &self,
        id: OrderId,
        takes: impl Fn(&Envelope) -> bool + Send,
    ) -> Result<Order, Error> {
        let mut order = Order::default();
        loop {
            let after = order.revision;
            let events =
                EventLog::stream(&self.db, AGGREGATE, &id.to_string(), after, STREAM).await?;
            for envelope in events.iter().take_while(|event| takes(event)) {
                let event =
                    decode(&envelope.event_type, &envelope.payload).map_err(Error::internal)?;
                fold::apply(&mut order, &event, envelope.occurred_at).map_err(Error::internal)?;
            }
            let read = i64::try_from(events.len()).map_err(Error::internal)?;
            if events.len() < STREAM || order.revision < after + read {
                break;
            }
        }
        if order.revision == 0 {
            return Err(not_found(id));
        }
        Ok(order)
    }

    /// A page of the events of an order, by version.
    pub(crate) async fn order_events(
        &self,
        ctx: &Ctx,
        id: OrderId,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<OrderEvent>, String), Error> {
        self.visible(ctx, id).await?;
        let size = PageSize::new(page_size)?;
        let bound = ("order_events", id.to_string());
        let after: i64 = PageToken::decode(page_token, &bound)?.unwrap_or(0);
        let mut found =
            EventLog::stream(&self.db, AGGREGATE, &id.to_string(), after, size.fetch()).await?;
        let fits = fitting(&found).min(size.get());
        let more = found.len() > fits;
        found.truncate(fits);
        let next = match found.last().filter(|_| more) {
            Some(last) => PageToken::encode(&last.aggregate_version, &bound)?,
            None => String::new(),
        };
        let events = found.iter().map(shown).collect::<Result<_, _>>()?;
        Ok((events, next))
    }

    /// The order now and after each change, until it is at rest, the caller's time is over or the process ends.
    pub(crate) async fn watch_order(
        self: &Arc<Self>,
        ctx: &Ctx,
        id: OrderId,
        after_revision: i64,
    ) -> Result<BoxStream<'static, Result<WatchOrderResponse, Error>>, Error> {
        self.visible(ctx, id).await?;
        let watch = Watch {
            app: Arc::clone(self),
            bell: self.watchers.order(id),
            id,
            seen: after_revision,
            over: false,
        };
        Ok(stream::unfold(watch, Watch::next).boxed())
    }
}

/// How many events fit into one page, at least one.
fn fitting(events: &[Envelope]) -> usize {
    let mut bytes = 0;
    let fits = events.iter().take_while(|event| {
        bytes += event.payload.len();
        bytes <= PAGE_BYTES
    });
    fits.count().max(1)
}

struct Watch {
    app: Arc<App>,
    bell: Arc<Bell>,
    id: OrderId,
    seen: i64,
    over: bool,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<WatchOrderResponse, Error>, Self)> {
        if self.over {
            return None;
        }
        loop {
            let order = match self.app.load(self.id).await {
                Ok(order) => order,
                Err(error) => {
                    self.over = true;
                    return Some((Err(error), self));
                }
            };
            self.over = at_rest(&order);
            if order.revision > self.seen {
                self.seen = order.revision;
                let answer = WatchOrderResponse { order: Some(order) };
                return Some((Ok(answer), self));
            }
            if self.over {
                return None;
            }
            // Either the bell or the look: a change by another process rings no bell here.
            tokio::select! {
                () = self.bell.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = self.app.shutdown.cancelled() => {
                    self.over = true;
                    return Some((Err(draining()), self));
                }
            }
        }
    }
}

/// The stream ends with its process: whoever watches goes on elsewhere behind the version that he saw.
fn draining() -> Error {
    Error::new(
        Kind::Unavailable,
        UNAVAILABLE,
        "the service is shutting down",
    )
    .retry(LOOK)
}

/// Whether nothing more happens to an order by itself.
fn at_rest(order: &Order) -> bool {
    matches!(
        order.state(),
        OrderState::Closed | OrderState::Canceled | OrderState::Expired
    )
}

fn shown(envelope: &Envelope) -> Result<OrderEvent, Error> {
    let event = decode(&envelope.event_type, &envelope.payload).map_err(Error::internal)?;
    Ok(OrderEvent {
        event_id: envelope.event_id.to_string(),
        revision: envelope.aggregate_version,
        actor: envelope.actor.clone(),
        create_time: Some(to_timestamp(envelope.occurred_at)),
        payload: Some(event),
    })
}
