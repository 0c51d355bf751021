//! `stoa events lag`: how far each log is behind, and what its consumers hold back.

use std::fmt;

use serde::Serialize;
use stoa_api::ops::v1::{ConsumerLag, GetLagRequest};

use crate::client::{Failure, Format, Report as _, Where};
use crate::status;

use super::row::{seconds, told};

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Lag {
    /// The service whose log it is [default: all]
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

#[derive(Debug, Serialize)]
struct Found {
    services: Vec<Log>,
}

/// One log.
#[derive(Debug, Serialize)]
struct Log {
    service: String,
    head_position: i64,
    published_position: i64,
    waiting: i64,
    oldest_age_s: Option<u64>,
    consumers: Vec<Consumer>,
}

/// One consumer.
#[derive(Debug, Serialize)]
struct Consumer {
    consumer: String,
    poison: i64,
    queued: i64,
    early: i64,
    oldest_age_s: Option<u64>,
}

impl Lag {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.suite.connect()?;
        let mut found = Found {
            services: Vec::new(),
        };
        for service in super::services(&suite, self.service.as_ref()).await? {
            let request = GetLagRequest {
                service: service.clone(),
            };
            let lag = suite.call(request).await?;
            found.services.push(Log {
                service,
                head_position: lag.head_position,
                published_position: lag.published_position,
                waiting: lag.waiting,
                oldest_age_s: seconds(lag.oldest_age.as_ref()),
                consumers: lag.consumers.into_iter().map(Consumer::from).collect(),
            });
        }
        found.print(self.format).map(|()| status::OK)
    }
}

impl From<ConsumerLag> for Consumer {
    fn from(lag: ConsumerLag) -> Self {
        Self {
            oldest_age_s: seconds(lag.oldest_age.as_ref()),
            consumer: lag.consumer,
            poison: lag.poison,
            queued: lag.queued,
            early: lag.early,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:12} {:>10} {:>10} {:>8}  OLDEST",
            "LOG OF", "HEAD", "PUBLISHED", "WAITING"
        )?;
        for log in &self.services {
            writeln!(
                f,
                "{:12} {:>10} {:>10} {:>8}  {}",
                log.service,
                log.head_position,
                log.published_position,
                log.waiting,
                told(log.oldest_age_s)
            )?;
        }
        writeln!(
            f,
            "\n{:24} {:>6} {:>6} {:>6}  OLDEST",
            "CONSUMER", "POISON", "QUEUED", "EARLY"
        )?;
        let consumers = self.services.iter().flat_map(|log| &log.consumers);
        for one in consumers {
            writeln!(
                f,
                "{:24} {:>6} {:>6} {:>6}  {}",
                one.consumer,
                one.poison,
                one.queued,
                one.early,
                told(one.oldest_age_s)
            )?;
        }
        Ok(())
    }
}
