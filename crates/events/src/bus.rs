//! How an event gets from one service to another. Two buses are meant: the embedded one for services in one
//! process, and NATS JetStream as soon as two processes run.

use std::sync::Arc;

use futures::future::BoxFuture;
use stoa_store::{Db, StoreError};

use crate::{Consumer, Envelope};

/// A publication that was not acknowledged; it is repeated.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// A listener could not record it.
    #[error("{consumer} could not record the events")]
    Consumer {
        /// Which listener.
        consumer: String,
        /// Why.
        #[source]
        source: StoreError,
    },
}

/// What the relay publishes to and consumers listen at.
pub trait Bus: Send + Sync + 'static {
    /// Publishes events in their order; returns when all of them are acknowledged, which means that nothing can
    /// lose them any more. Events may be published again: whoever listens applies each once.
    fn publish(&self, events: Arc<[Envelope]>) -> BoxFuture<'_, Result<(), BusError>>;

    /// Lets `consumer` listen, with its inbox and its dead letters in `db`. Before the first publication.
    fn subscribe(&self, db: Db, consumer: Arc<dyn Consumer>);
}
