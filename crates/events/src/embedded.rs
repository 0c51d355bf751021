//! The bus of one process: what is published is recorded by every listener before it is acknowledged.

use std::sync::{Arc, PoisonError, RwLock};

use futures::future::{BoxFuture, join_all};
use stoa_store::Db;

use crate::consumer::listens_to;
use crate::{Bus, BusError, Consumer, Envelope, Subscription, inbox};

/// Services in one process listen to each other here.
#[derive(Debug, Default)]
pub struct EmbeddedBus {
    subscriptions: RwLock<Vec<Arc<Subscription>>>,
}

impl EmbeddedBus {
    /// A bus without listeners.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everyone who listens: for the operator's view of dead letters.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<Arc<Subscription>> {
        self.subscriptions
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Bus for EmbeddedBus {
    fn publish(&self, events: Arc<[Envelope]>) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(async move {
            let deliveries = self
                .subscriptions()
                .into_iter()
                .map(|subscription| deliver(subscription, Arc::clone(&events)));
            join_all(deliveries).await.into_iter().collect()
        })
    }

    fn subscribe(&self, db: Db, consumer: Arc<dyn Consumer>) {
        self.subscriptions
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::new(Subscription::new(db, consumer)));
    }
}

/// Gives a listener what it hears.
async fn deliver(subscription: Arc<Subscription>, events: Arc<[Envelope]>) -> Result<(), BusError> {
    let patterns = subscription.consumer().listens();
    let heard: Vec<Envelope> = events
        .iter()
        .filter(|event| listens_to(patterns, &event.event_type))
        .cloned()
        .collect();
    inbox::deliver(&subscription, heard)
        .await
        .map_err(|source| BusError::Consumer {
            consumer: subscription.consumer().name().to_owned(),
            source,
        })
}
