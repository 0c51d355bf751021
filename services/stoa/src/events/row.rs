//! One dead letter as it is shown.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use stoa_api::convert::{duration, timestamp};
use stoa_api::ops::v1::{DeadLetter, DeadLetterState};

use crate::client::Failure;
use crate::status;

/// One letter of a consumer of one service.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) event_id: String,
    pub(super) service: String,
    pub(super) consumer: String,
    pub(super) state: &'static str,
    pub(super) aggregate_kind: String,
    pub(super) aggregate_id: String,
    pub(super) aggregate_version: i64,
    pub(super) event_type: String,
    pub(super) position: i64,
    pub(super) attempts: i64,
    pub(super) last_error: Option<String>,
    pub(super) discard_actor: Option<String>,
    pub(super) discard_reason: Option<String>,
    pub(super) correlation_id: String,
    pub(super) occur_time: Option<String>,
    pub(super) create_time: Option<String>,
}

impl Row {
    pub(super) fn new(service: String, letter: Option<DeadLetter>) -> Result<Self, Failure> {
        let letter = letter.ok_or_else(|| {
            Failure::Broken("the answer of the suite holds no dead letter".to_owned())
        })?;
        let state = state(letter.state());
        let time = |time: Option<prost_types::Timestamp>| {
            time.and_then(|time| timestamp("time", &time).ok())
                .map(|time| time.to_string())
        };
        let some = |text: String| (!text.is_empty()).then_some(text);
        Ok(Self {
            event_id: letter.event_id,
            service,
            consumer: letter.consumer,
            state,
            aggregate_kind: letter.aggregate_kind,
            aggregate_id: letter.aggregate_id,
            aggregate_version: letter.aggregate_version,
            event_type: letter.event_type,
            position: letter.position,
            attempts: letter.attempts,
            last_error: some(letter.last_error),
            discard_actor: some(letter.discard_actor),
            discard_reason: some(letter.discard_reason),
            correlation_id: letter.correlation_id,
            occur_time: time(letter.occur_time),
            create_time: time(letter.create_time),
        })
    }
}

fn state(state: DeadLetterState) -> &'static str {
    match state {
        DeadLetterState::Unspecified => "unspecified",
        DeadLetterState::Poison => "poison",
        DeadLetterState::Queued => "queued",
        DeadLetterState::Early => "early",
        DeadLetterState::Discarded => "discarded",
    }
}

/// All of it, one line per field.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let of = format!(
            "{} {} version {}",
            self.aggregate_kind, self.aggregate_id, self.aggregate_version
        );
        for (name, value) in [
            ("event", self.event_id.clone()),
            ("type", self.event_type.clone()),
            ("of", of),
            ("service", self.service.clone()),
            ("consumer", self.consumer.clone()),
            ("state", self.state.to_owned()),
            ("attempts", self.attempts.to_string()),
            ("last error", or(&self.last_error)),
            ("given up by", or(&self.discard_actor)),
            ("because", or(&self.discard_reason)),
            ("position", self.position.to_string()),
            ("correlation", self.correlation_id.clone()),
            ("happened", or(&self.occur_time)),
            ("kept since", or(&self.create_time)),
        ] {
            writeln!(f, "{name:11} {value}")?;
        }
        Ok(())
    }
}

/// Whole seconds of a span, if there is one.
pub(super) fn seconds(age: Option<&prost_types::Duration>) -> Option<u64> {
    let age = duration("age", age?).ok();
    age.as_ref().map(Duration::as_secs)
}

/// How long, for a person.
pub(super) fn told(seconds: Option<u64>) -> String {
    seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds} s"))
}

/// What became of the letters of an aggregate.
#[derive(Debug, Serialize)]
pub(super) struct Left {
    event_id: String,
    service: String,
    consumer: String,
    aggregate_kind: String,
    aggregate_id: String,
    applied: i64,
    left: i64,
}

impl Left {
    pub(super) fn new(row: Row, applied: i64, left: i64) -> Self {
        Self {
            event_id: row.event_id,
            service: row.service,
            consumer: row.consumer,
            aggregate_kind: row.aggregate_kind,
            aggregate_id: row.aggregate_id,
            applied,
            left,
        }
    }

    /// What is left is not done.
    pub(super) const fn status(&self) -> u8 {
        match self.left {
            0 => status::OK,
            _ => status::REFUSED,
        }
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            consumer,
            aggregate_kind,
            aggregate_id,
            applied,
            left,
            ..
        } = self;
        writeln!(
            f,
            "{applied} applied, {left} left of {aggregate_kind} {aggregate_id} in {consumer}"
        )?;
        if *left > 0 {
            write!(
                f,
                "the first of them holds up the others: `stoa events dead-letters --consumer {consumer}` says why; \
                 mend that and replay again, or give it up by `stoa events discard`"
            )?;
        }
        Ok(())
    }
}
