//! `stoa order`: the typed ways out for an order that does not go on by itself. Each is refused where it would break the books,
//! and stands in the audit log with who and why.

mod cancel;
mod mark_paid;
mod retry_capture;
mod row;
mod write_off;

use clap::builder::NonEmptyStringValueParser;
use stoa_types::{Currency, Money};

use crate::client::{Failure, Format, Where};

/// What `stoa order --help` ends with.
pub(crate) const HELP: &str = "Examples:
  stoa order cancel ord_01jd6xq7y2e3p8v5k9t4m6s0ab --reason \"ordered twice\"
  stoa order retry-capture ord_01jd6xq7y2e3p8v5k9t4m6s0ab --reason \"the card was unlocked\"
  stoa order mark-paid ord_01jd6xq7y2e3p8v5k9t4m6s0ab --amount \"12.99 EUR\" --reference TX-4711 --reason \"bank transfer\"
  stoa order write-off ord_01jd6xq7y2e3p8v5k9t4m6s0ab --amount \"0.50 EUR\" --reason \"not worth asking for\"

There is no skip and no force: an order that is not paid is never said to be.";

/// The arguments of `stoa order`.
#[derive(Debug, clap::Args)]
pub(crate) struct Order {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do with it.
#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Cancel the whole of an order that has not shipped
    #[command(after_help = "Example:
  stoa order cancel ord_01jd6xq7y2e3p8v5k9t4m6s0ab --reason \"ordered twice\"

Its stock is released and its money given back before it is CANCELED; until then it is CANCELING.")]
    Cancel(cancel::Cancel),
    /// Try again to take what is due of an order that is ON_HOLD
    #[command(after_help = "Example:
  stoa order retry-capture ord_01jd6xq7y2e3p8v5k9t4m6s0ab --reason \"the card was unlocked\"")]
    RetryCapture(retry_capture::RetryCapture),
    /// Record money that was paid for an order outside of Stoa
    #[command(after_help = "Example:
  stoa order mark-paid ord_01jd6xq7y2e3p8v5k9t4m6s0ab --amount \"12.99 EUR\" --reference TX-4711 --reason \"bank transfer\"

It counts as charged and is never given back by Stoa.")]
    MarkPaid(mark_paid::MarkPaid),
    /// Give up money that is due of an order
    #[command(after_help = "Example:
  stoa order write-off ord_01jd6xq7y2e3p8v5k9t4m6s0ab --amount \"0.50 EUR\" --reason \"not worth asking for\"")]
    WriteOff(write_off::WriteOff),
}

impl Order {
    /// Does it.
    ///
    /// # Errors
    /// What the suite refused, or that it is gone.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        match &self.verb {
            Verb::Cancel(cancel) => cancel.run().await,
            Verb::RetryCapture(retry) => retry.run().await,
            Verb::MarkPaid(mark) => mark.run().await,
            Verb::WriteOff(write_off) => write_off.run().await,
        }
    }
}

/// Which order, why, of which suite, and how it is printed.
#[derive(Debug, clap::Args)]
struct One {
    /// Its id, ord_..
    id: String,
    /// Why, for the audit log and the order's history
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    reason: String,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    suite: Where,
}

impl One {
    /// The failure, and what to do next.
    fn advised(&self, failure: Failure) -> Failure {
        let (id, suite) = (&self.id, self.suite.arguments());
        let next = match failure.reason() {
            Some("ORDER_NOT_FOUND") => "check the id".to_owned(),
            Some("ORDER_STATE") => format!(
                "see how it stands and what is going on: stoa workflow list --subject {id}{suite}"
            ),
            Some("CONFLICT") => format!(
                "wait until that work has ended, then run this command again: stoa workflow list --subject {id}{suite}"
            ),
            Some("AMOUNT_EXCEEDS_DUE") => {
                "give no more than is due; the order's totals, captured and paid_externally tell"
                    .to_owned()
            }
            Some("EXTERNAL_REF_USED") => {
                "this payment stands in the order already; another one has another reference"
                    .to_owned()
            }
            Some("CURRENCY_MISMATCH") => "give the amount in the order's currency".to_owned(),
            _ => return failure,
        };
        failure.with_next(&next)
    }
}

/// An amount as it is typed: `12.99 EUR`.
fn amount(text: &str) -> Result<Money, String> {
    let wrong = || format!("{text} is no amount; it must look like \"12.99 EUR\"");
    let (number, code) = text.trim().split_once(' ').ok_or_else(wrong)?;
    let currency = Currency::parse(code.trim()).map_err(|error| error.to_string())?;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let places = usize::try_from(currency.exponent()).map_err(|_| wrong())?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > places {
        return Err(format!("{}, with {places} places at most", wrong()));
    }
    let minor = format!("{whole}{part:0<places$}")
        .parse()
        .map_err(|_| wrong())?;
    Ok(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_amount_has_the_places_of_its_currency() {
        for (text, minor) in [
            ("12.99 EUR", 1_299),
            ("12.9 EUR", 1_290),
            ("12 EUR", 1_200),
            ("0.05 GBP", 5),
            ("100 JPY", 100),
            ("1.234 KWD", 1_234),
        ] {
            assert_eq!(amount(text).unwrap().minor, minor, "{text}");
        }
        for text in [
            "12.999 EUR",
            "1.0 JPY",
            "-1 EUR",
            "EUR",
            "12.99",
            "1,5 EUR",
            ".5 EUR",
            "1 XYZ",
        ] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}
