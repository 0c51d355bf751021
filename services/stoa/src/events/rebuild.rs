//! `stoa events rebuild`: build what follows from events anew while it serves, and wait for its end.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use stoa_api::ops::v1::{GetLagRequest, ProjectionRebuild, RebuildProjectionRequest, RebuildState};

use crate::client::{Connection, Failure, Format, Report as _, Where};
use crate::status;

/// How often the end is asked for.
const LOOK: Duration = Duration::from_millis(250);

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Rebuild {
    /// The consumer whose tables they are, such as catalog.stock
    #[arg(value_name = "CONSUMER")]
    consumer: String,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

#[derive(Debug, Serialize)]
struct Ended {
    service: String,
    consumer: String,
    done: bool,
    events: i64,
    error: Option<String>,
}

impl Rebuild {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.suite.connect()?;
        let service = self.service(&suite).await?;
        let request = RebuildProjectionRequest {
            request_id: String::new(),
            service: service.clone(),
            consumer: self.consumer.clone(),
            reason: self.reason.clone(),
        };
        let mut rebuild = suite.call(request).await?.rebuild.unwrap_or_default();
        while rebuild.state() == RebuildState::Filling {
            tokio::time::sleep(LOOK).await;
            let lag = GetLagRequest {
                service: service.clone(),
            };
            let consumers = suite.call(lag).await?.consumers.into_iter();
            let mine = consumers.filter(|one| one.consumer == self.consumer);
            rebuild = mine
                .filter_map(|one| one.rebuild)
                .next()
                .unwrap_or_default();
        }
        let ended = self.ended(service, rebuild);
        let status = if ended.done {
            status::OK
        } else {
            status::REFUSED
        };
        ended.print(self.format).map(|()| status)
    }

    /// The service that has the consumer.
    async fn service(&self, suite: &Connection) -> Result<String, Failure> {
        for service in super::services(suite, None).await? {
            let lag = GetLagRequest {
                service: service.clone(),
            };
            let consumers = suite.call(lag).await?.consumers;
            if consumers.iter().any(|one| one.consumer == self.consumer) {
                return Ok(service);
            }
        }
        Err(Failure::Usage(format!(
            "no service has a consumer {}; `stoa events lag` names them",
            self.consumer
        )))
    }

    fn ended(&self, service: String, rebuild: ProjectionRebuild) -> Ended {
        Ended {
            service,
            consumer: self.consumer.clone(),
            done: rebuild.state() == RebuildState::Done,
            events: rebuild.event_count,
            error: (!rebuild.error.is_empty()).then_some(rebuild.error),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            consumer, events, ..
        } = self;
        match &self.error {
            None => write!(f, "{consumer} was built anew of {events} events and serves"),
            Some(error) => write!(
                f,
                "{consumer} could not be built anew, and serves as before: {error}\n\
                 `stoa events dead-letters --consumer {consumer}.shadow` lists what held it up; mend that and run this again"
            ),
        }
    }
}
