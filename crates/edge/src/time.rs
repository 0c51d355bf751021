//! A timestamp as text (RFC 3339, UTC), written digit by digit: nearly every answer has two of them.

use prost_types::Timestamp;

/// The seconds that a timestamp may have: the years 1 to 9999.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
const DAY: i64 = 86_400;
/// Days from the first of March of the year 0 to the first of January 1970.
const EPOCH: i64 = 719_468;
/// Days of 400 years.
const CYCLE: i64 = 146_097;

/// Writes it as proto3 JSON has it, without quotes; none when it is not one that JSON can say.
pub(crate) fn write(out: &mut Vec<u8>, time: &Timestamp) -> Option<()> {
    let nanos = u32::try_from(time.nanos).ok()?;
    (SECONDS.contains(&time.seconds) && nanos < 1_000_000_000).then_some(())?;
    let (year, month, day) = date(time.seconds.div_euclid(DAY));
    let second = time.seconds.rem_euclid(DAY);
    digits(out, year, 1_000);
    for (mark, value) in [
        (b'-', month),
        (b'-', day),
        (b'T', second / 3_600),
        (b':', second / 60 % 60),
        (b':', second % 60),
    ] {
        out.push(mark);
        digits(out, value, 10);
    }
    let nanos = i64::from(nanos);
    if nanos != 0 {
        out.push(b'.');
    }
    match nanos {
        0 => {}
        _ if nanos % 1_000_000 == 0 => digits(out, nanos / 1_000_000, 100),
        _ if nanos % 1_000 == 0 => digits(out, nanos / 1_000, 100_000),
        _ => digits(out, nanos, 100_000_000),
    }
    out.push(b'Z');
    Some(())
}

/// The year, month and day so many days after the first of January 1970, counted from March on, so that the leap day is the last.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let cycle = days.div_euclid(CYCLE);
    let day = days.rem_euclid(CYCLE);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = match month {
        0..=9 => (month + 3, 0),
        _ => (month - 9, 1),
    };
    (400 * cycle + year + later, month, day)
}

/// The digits of a number, from that of `unit` down.
fn digits(out: &mut Vec<u8>, number: i64, unit: i64) {
    let mut unit = unit;
    while unit > 0 {
        let digit = u8::try_from(number / unit % 10).unwrap_or_default();
        out.push(b'0'.saturating_add(digit));
        unit /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(seconds: i64, nanos: i32) -> Option<String> {
        let mut out = Vec::new();
        write(&mut out, &Timestamp { seconds, nanos })?;
        String::from_utf8(out).ok()
    }

    #[test]
    fn every_day_reads_as_reflection_writes_it() {
        let mut seconds = *SECONDS.start();
        let fractions = [0, 1, 999_999_999, 120_000_000, 7_000_000, 1_000, 5_040_000];
        for fraction in fractions.into_iter().cycle() {
            let time = Timestamp {
                seconds,
                nanos: fraction,
            };
            assert_eq!(written(seconds, fraction), Some(time.to_string()));
            // A day and some: each day of the calendar, at each time of it.
            seconds += DAY + 61;
            if !SECONDS.contains(&seconds) {
                break;
            }
        }
        assert_eq!(
            written(*SECONDS.end(), 0).as_deref(),
            Some("9999-12-31T23:59:59Z")
        );
    }

    #[test]
    fn what_json_cannot_say_is_not_written() {
        assert_eq!(written(*SECONDS.start() - 1, 0), None);
        assert_eq!(written(*SECONDS.end() + 1, 0), None);
        assert_eq!(written(0, -1), None);
        assert_eq!(written(0, 1_000_000_000), None);
    }
}
