//! `grpc-timeout`: how long the caller waits, as at most eight digits and a unit
//! (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).

use std::time::Duration;

use http::header::{HeaderMap, HeaderValue};
use stoa_errors::Error;

/// The name of the header.
pub const GRPC_TIMEOUT: &str = "grpc-timeout";

/// The largest number that eight digits hold.
const MOST: u128 = 99_999_999;

/// What the caller says, if he says anything.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<Duration>, Error> {
    let Some(value) = headers.get(GRPC_TIMEOUT) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .and_then(parse)
        .map(Some)
        .ok_or_else(|| {
            Error::invalid(
                GRPC_TIMEOUT,
                "grpc-timeout",
                "must be 1 to 8 digits and one of H M S m u n",
            )
        })
}

fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit())
    {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3_600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// The header value for `span`: the finest unit that fits, cut off, so that a callee never has more
/// time than its caller.
pub(crate) fn write(span: Duration) -> HeaderValue {
    let text = if span.as_micros() <= MOST {
        format!("{}u", span.as_micros())
    } else if span.as_millis() <= MOST {
        format!("{}m", span.as_millis())
    } else {
        format!("{}S", u128::from(span.as_secs()).min(MOST))
    };
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("0u"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_unit_and_nothing_else() {
        for (text, span) in [
            ("1H", Some(Duration::from_secs(3_600))),
            ("2M", Some(Duration::from_secs(120))),
            ("3S", Some(Duration::from_secs(3))),
            ("4m", Some(Duration::from_millis(4))),
            ("5u", Some(Duration::from_micros(5))),
            ("6n", Some(Duration::from_nanos(6))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3_600))),
            ("100000000S", None),
            ("S", None),
            ("", None),
            ("1", None),
            ("-1S", None),
            ("+1S", None),
            ("1s", None),
            ("1\u{e9}", None),
        ] {
            assert_eq!(parse(text), span, "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads_and_never_more() {
        for micros in [
            0,
            1,
            99_999_999,
            100_000_000,
            123_456_789_012,
            99_000_000_000_000,
        ] {
            let span = Duration::from_micros(micros);
            let back = write(span).to_str().ok().and_then(parse);
            let back = back.unwrap_or(Duration::MAX);
            assert!(
                back <= span && back >= span.mul_f64(0.999),
                "{span:?} {back:?}"
            );
        }
        // More than three years cannot be said, and need not be.
        assert_eq!(write(Duration::MAX), "99999999S");
    }
}
