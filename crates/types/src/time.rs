//! When: microseconds in UTC, and the only place that asks the machine for them.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;
use serde::{Deserialize, Serialize};

/// A moment: microseconds since 1970-01-01T00:00:00Z, as databases store it. Arithmetic saturates at
/// the ends of `i64` (about 292,000 years), so a deadline never wraps into the past.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest moment that can be said.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest moment that can be said; used for "never".
    pub const MAX: Self = Self(i64::MAX);

    /// The moment that many microseconds after (or before) 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The moment `span` later; parts of a microsecond are cut off.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span_micros(span)))
    }

    /// The moment `span` earlier; parts of a microsecond are cut off.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span_micros(span)))
    }

    /// How much time passed from `earlier` to this moment; zero when `earlier` is the later one.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let micros = i128::from(self.0) - i128::from(earlier.0);
        Duration::from_micros(u64::try_from(micros.max(0)).unwrap_or(u64::MAX))
    }
}

fn span_micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC with as many digits as needed (`2026-11-21T07:25:54.123456Z`). A moment outside the
/// years 0 to 9999, which RFC 3339 cannot say, is written as `@<microseconds>us`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok());
        match text {
            Some(text) => f.write_str(&text),
            None => write!(f, "@{}us", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no RFC 3339 moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time such as 2026-11-21T07:25:54Z")]
pub struct ParseTimestampError;

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    /// Reads RFC 3339 with any offset; digits below a microsecond are cut off.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| ParseTimestampError)?;
        let micros = moment.unix_timestamp_nanos().div_euclid(1_000);
        i64::try_from(micros)
            .map(Self)
            .map_err(|_| ParseTimestampError)
    }
}

/// Where "now" comes from. It is handed in, so that a test owns the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that is handed in"
    )]
    fn now(&self) -> Timestamp {
        let now = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(span) => Timestamp(span_micros(span)),
            Err(early) => Timestamp(0).minus(early.duration()),
        };
        #[cfg(feature = "crash-points")]
        let now = crate::crash::as_the_clock_says(now);
        now
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn prints_and_reads_rfc_3339() {
        let moment = Timestamp::from_micros(1_795_246_754_123_456);
        assert_eq!(moment.to_string(), "2026-11-21T07:39:14.123456Z");
        assert_eq!(moment.to_string().parse::<Timestamp>().unwrap(), moment);
        assert_eq!(
            "2026-11-21T08:39:14.123456789+01:00"
                .parse::<Timestamp>()
                .unwrap(),
            moment
        );
        assert_eq!(Timestamp::MAX.to_string(), "@9223372036854775807us");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn saturates_instead_of_wrapping() {
        assert_eq!(Timestamp::MAX.plus(Duration::from_secs(1)), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.minus(Duration::MAX), Timestamp::MIN);
        assert_eq!(
            Timestamp::MIN.since(Timestamp::MAX),
            Duration::ZERO,
            "a span is never negative"
        );
        assert_eq!(
            Timestamp::MAX.since(Timestamp::MIN),
            Duration::from_micros(u64::MAX)
        );
    }
}
