//! Whether everything held: each answered order is as it was promised, and the doctor finds nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use serde::Serialize;
use stoa_api::order::v1::{GetOrderRequest, OrderState};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::client::{Connection, Failure, Progress};

use super::tally::{Promise, Tally};

/// How long everything may take to come to rest: longer than a provider may leave us in the dark.
const REST: Duration = Duration::from_secs(180);

/// Promises that are asked for at once.
const AT_ONCE: usize = 8;

/// Broken promises that are shown.
const SHOWN: usize = 10;

/// What is printed.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    /// Whether everything held.
    pub(super) ok: bool,
    /// The run's seed.
    pub(super) seed: u64,
    /// Misfortunes that were made, by name.
    pub(super) injected: BTreeMap<String, u64>,
    /// Answers that came, by name.
    pub(super) answered: BTreeMap<String, u64>,
    /// Orders whose answer was asked for again.
    pub(super) promises: usize,
    /// What is not as it was answered.
    pub(super) broken_promises: Vec<String>,
    /// What the doctor says.
    pub(super) doctor: serde_json::Value,
}

/// Waits until the doctor finds nothing, for as long as things may take to come to rest; then asks for every promise.
pub(super) async fn reach(
    suite: &Connection,
    data: &Path,
    tally: &Tally,
    seed: u64,
) -> Result<Verdict, Failure> {
    let until = Instant::now() + REST;
    let doctor = loop {
        let doctor = doctor(data).await?;
        if is_well(&doctor) || Instant::now() >= until {
            break doctor;
        }
        sleep(Duration::from_secs(2)).await;
    };
    let promises = tally.promises();
    let progress = Progress::new("promises", u64::try_from(promises.len()).unwrap_or(0));
    let mut broken = tally.broken();
    let asked: Vec<Option<String>> = stream::iter(&promises)
        .map(|promise| async {
            let kept = kept(suite, promise).await;
            progress.add(1);
            kept
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    progress.finish();
    broken.extend(asked.into_iter().flatten());
    Ok(Verdict {
        ok: broken.is_empty() && is_well(&doctor),
        seed,
        injected: tally.injected(),
        answered: tally.answered(),
        promises: promises.len(),
        broken_promises: broken,
        doctor,
    })
}

/// The doctor as anybody may call him.
async fn doctor(data: &Path) -> Result<serde_json::Value, Failure> {
    let failed =
        |error: std::io::Error| Failure::Broken(format!("the doctor does not come: {error}"));
    let output = Command::new(std::env::current_exe().map_err(failed)?)
        .args(["doctor", "--quiesced", "--format", "json", "--data"])
        .arg(data)
        .output()
        .await
        .map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        Failure::Broken(format!("the doctor gave no diagnosis: {said}"))
    })
}

fn is_well(doctor: &serde_json::Value) -> bool {
    doctor.get("ok").and_then(serde_json::Value::as_bool) == Some(true)
}

/// What is wrong with an order that was answered; nothing when it is as it was, or further.
async fn kept(suite: &Connection, promise: &Promise) -> Option<String> {
    let request = GetOrderRequest {
        order_id: promise.order_id.clone(),
        ..GetOrderRequest::default()
    };
    let guest = match suite.guest(&promise.secret) {
        Ok(guest) => guest,
        Err(failure) => return Some(failure.to_string()),
    };
    let now = match guest.call(request).await {
        Ok(answer) => answer.order.unwrap_or_default().state(),
        Err(failure) => {
            return Some(format!(
                "{} was answered, and is lost: {failure}",
                promise.order_id
            ));
        }
    };
    (!holds(promise.state, promise.ending, now)).then(|| {
        format!(
            "{} was answered as {} and is {}",
            promise.order_id,
            promise.state.as_str_name(),
            now.as_str_name()
        )
    })
}

/// Whether an order that was shown so may be as it is now: the same, or further on its way.
fn holds(shown: OrderState, ending: bool, now: OrderState) -> bool {
    match shown {
        OrderState::Pending | OrderState::Canceling => now != OrderState::Unspecified,
        OrderState::Canceled => now == OrderState::Canceled,
        _ => match now {
            OrderState::Confirmed | OrderState::Closed | OrderState::OnHold => true,
            OrderState::Canceling | OrderState::Canceled => ending,
            _ => false,
        },
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, counts) in [("Injected", &self.injected), ("Answered", &self.answered)] {
            writeln!(f, "{title}")?;
            for (what, count) in counts {
                writeln!(f, "  {count:>8}  {what}")?;
            }
        }
        for broken in self.broken_promises.iter().take(SHOWN) {
            writeln!(f, "BROKEN  {broken}")?;
        }
        let doctor = if is_well(&self.doctor) {
            "and the doctor finds nothing"
        } else {
            "and the doctor finds something broken: `stoa doctor` says what repairs it"
        };
        let (promises, broken) = (self.promises, self.broken_promises.len());
        match broken {
            0 => write!(
                f,
                "All {promises} answered orders are as they were answered, {doctor}."
            ),
            _ => write!(f, "{broken} of {promises} answers were not kept, {doctor}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_may_go_on_and_never_back() {
        use OrderState::{Canceled, Closed, Confirmed, Pending, Unspecified};
        for (shown, ending, now, kept) in [
            (Confirmed, false, Confirmed, true),
            (Confirmed, false, Closed, true),
            (Confirmed, false, Pending, false),
            (Confirmed, false, Canceled, false),
            (Confirmed, true, Canceled, true),
            (Canceled, false, Confirmed, false),
            (Pending, false, Confirmed, true),
            (Pending, false, Unspecified, false),
        ] {
            assert_eq!(holds(shown, ending, now), kept, "{shown:?} {now:?}");
        }
    }
}
