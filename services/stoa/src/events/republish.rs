//! `stoa events republish`: tell a service's events again, to whoever has missed them.

use std::fmt;

use serde::Serialize;
use stoa_api::ops::v1::RepublishEventsRequest;

use crate::client::{Failure, Format, Report as _, Where};
use crate::status;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Republish {
    /// The service whose log it is
    #[arg(long, value_name = "NAME")]
    service: String,
    /// The events behind this position are published again; 0: all of them
    #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(0..))]
    after: i64,
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
struct Begun {
    service: String,
    after_position: i64,
}

impl Republish {
    pub(super) async fn run(&self) -> Result<u8, Failure> {
        let suite = self.suite.connect()?;
        let request = RepublishEventsRequest {
            request_id: String::new(),
            service: self.service.clone(),
            after_position: self.after,
            reason: self.reason.clone(),
        };
        let answer = suite.call(request).await?;
        let begun = Begun {
            service: self.service.clone(),
            after_position: answer.after_position,
        };
        begun.print(self.format).map(|()| status::OK)
    }
}

impl fmt::Display for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            service,
            after_position,
        } = self;
        write!(
            f,
            "the events of {service} behind position {after_position} are published again; \
             `stoa events lag --service {service}` says how far"
        )
    }
}
