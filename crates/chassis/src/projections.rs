//! Where projections that are built anew read what happened: in the logs of the services that this process runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use stoa_errors::{Error, Kind, reason};
use stoa_events::{EmbeddedBus, Envelope, EventLog, Rebuild, Sources};
use stoa_store::Db;

use crate::compose::Part;

/// The logs of this process, by service. They are read as the relay reads them: on behalf of their service.
pub(crate) struct Logs(BTreeMap<&'static str, Db>);

impl Logs {
    pub(crate) fn of(parts: &[Part]) -> Self {
        Self(
            parts
                .iter()
                .map(|part| (part.name, part.db.clone()))
                .collect(),
        )
    }

    /// What fills the shadows of the projections that listen to `bus`.
    pub(crate) fn rebuilds(self, bus: &EmbeddedBus) -> Vec<BoxFuture<'static, ()>> {
        let logs: Arc<dyn Sources> = Arc::new(self);
        let mut all: Vec<BoxFuture<'static, ()>> = Vec::new();
        for subscription in bus.subscriptions() {
            if subscription.consumer().shadow().is_some() {
                all.push(Box::pin(Rebuild::keep(subscription, Arc::clone(&logs))));
            }
        }
        all
    }
}

impl Sources for Logs {
    fn read<'a>(
        &'a self,
        service: &'a str,
        after: i64,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Envelope>, Error>> {
        Box::pin(async move {
            let db = self.0.get(service).ok_or_else(|| {
                let what = format!("the log of {service} is not in this process");
                let missing = Error::new(Kind::Unavailable, reason::UNAVAILABLE, what);
                missing.retry(Duration::from_secs(1))
            })?;
            Ok(EventLog::read(db, after, limit).await?)
        })
    }
}
