//! Whether every event was heard by whoever listens.

use std::time::Duration;

use stoa_api::convert::duration;
use stoa_api::ops::v1::{GetLogStateRequest, GetLogStateResponse};

use crate::client::{Connection, Failure};

use super::diagnosis::{Check, Violation};
use super::repairs;
use super::settled;

/// How long an event may wait for its listeners.
const LAG: Duration = Duration::from_secs(60);

/// No event waits for long, and no listener keeps one aside; with `quiesced`, none waits.
pub(super) async fn check(
    suite: &Connection,
    services: &[String],
    quiesced: bool,
) -> Result<Check, Failure> {
    settled(|| async move {
        let mut check = Check::new("logs_delivered");
        let mut moving = false;
        for service in services {
            let request = GetLogStateRequest {
                service: service.clone(),
            };
            let log = suite.call(request).await?;
            check.examined += log.position.max(log.written);
            // An event that came before its predecessor is kept aside for a moment too.
            for violation in letters(service, &log).chain(late(service, &log, quiesced)) {
                moving = true;
                check.add(violation);
            }
        }
        Ok((check, !moving))
    })
    .await
}

/// A log that is behind.
fn late(service: &str, log: &GetLogStateResponse, quiesced: bool) -> Option<Violation> {
    let lag = log.lag.as_ref();
    let lag = lag.and_then(|lag| duration("lag", lag).ok());
    let waits = match lag {
        Some(lag) => quiesced || lag > LAG,
        None => false,
    };
    waits.then(|| Violation {
        subject: service.to_owned(),
        detail: format!(
            "events behind position {} of {} were not heard, the oldest for {} s",
            log.published,
            log.position,
            lag.unwrap_or_default().as_secs()
        ),
        repair: repairs::of("logs_delivered", service),
    })
}

/// Events that listeners keep aside.
fn letters<'a>(
    service: &'a str,
    log: &'a GetLogStateResponse,
) -> impl Iterator<Item = Violation> + 'a {
    let kept = log.consumers.iter().filter(|it| it.dead_letters > 0);
    kept.map(move |consumer| Violation {
        subject: format!("{service}: {}", consumer.name),
        detail: format!(
            "it keeps {} events that it could not take",
            consumer.dead_letters
        ),
        repair: repairs::of("logs_delivered", service),
    })
}

#[cfg(test)]
mod tests {
    use stoa_api::convert::to_duration;

    use super::*;

    fn log(lag: Option<u64>) -> GetLogStateResponse {
        GetLogStateResponse {
            written: 10,
            position: 10,
            published: 7,
            lag: lag.map(|lag| to_duration(Duration::from_secs(lag))),
            ..GetLogStateResponse::default()
        }
    }

    #[test]
    fn an_event_may_wait_a_little_while_things_go_on() {
        assert_eq!(late("order", &log(Some(59)), false), None);
        assert!(late("order", &log(Some(61)), false).is_some());
        assert!(late("order", &log(Some(0)), true).is_some());
        assert_eq!(late("order", &log(None), true), None);
    }
}
