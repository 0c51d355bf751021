//! The use cases, one to a file.

pub(crate) mod audit;
pub(crate) mod batch_set_prices;
pub(crate) mod create_channel;
pub(crate) mod first_channel;
pub(crate) mod get_channel;
pub(crate) mod list_channels;
pub(crate) mod list_prices;
pub(crate) mod price_basket;
pub(crate) mod refusal;

use std::sync::Arc;

use stoa_store::{Db, Queue};
use stoa_types::{Clock, Ids};

use batch_set_prices::BatchSetPrices;
use create_channel::CreateChannel;

/// What pricing does.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) db: Db,
    clock: Arc<dyn Clock>,
    create_channel: Queue<CreateChannel>,
    batch_set_prices: Queue<BatchSetPrices>,
}

impl App {
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, ids: &Arc<dyn Ids>) -> Self {
        Self {
            create_channel: db.queue(CreateChannel::new(Arc::clone(ids))),
            batch_set_prices: db.queue(BatchSetPrices::new(Arc::clone(ids))),
            clock,
            db,
        }
    }
}
