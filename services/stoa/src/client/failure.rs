//! How a tool ends that could not do its work: a sentence for a person and an exit status for a script.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use stoa_errors::Error;

use crate::status;

/// Why a tool could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The arguments cannot be meant so.
    #[error("{0}")]
    Usage(String),
    /// No suite has ever become ready in this data folder.
    #[error(
        "no suite has started in {}; start one with `stoa up --data {}`, then run this command again",
        .data.display(), .data.display()
    )]
    NeverStarted {
        /// The data folder.
        data: PathBuf,
    },
    /// Nothing answers any more.
    #[error(
        "the suite at {address} has not answered for {} s; when it is back, run this command again: nothing is done twice",
        .silent.as_secs()
    )]
    Gone {
        /// Where it was.
        address: String,
        /// For how long.
        silent: Duration,
    },
    /// The suite answered that it does not do this.
    #[error("{method} was refused: {}", Explained(error))]
    Refused {
        /// The path of the RPC.
        method: &'static str,
        /// What it said.
        error: Error,
    },
    /// The suite is there and cannot answer now, however often it is asked.
    #[error(
        "{method} still fails after {tries} tries; run this command again: {}",
        Explained(error)
    )]
    Overwhelmed {
        /// The path of the RPC.
        method: &'static str,
        /// How often it was asked.
        tries: u32,
        /// What it said last.
        error: Error,
    },
    /// Not at this moment; the text says so.
    #[error("{0}")]
    Busy(String),
    /// The answer, a file or the terminal is not as it must be.
    #[error("{0}")]
    Broken(String),
}

impl Failure {
    /// The exit status of a tool that ends with it: 64 for wrong arguments, 75 when the same command may succeed later, 1 for a
    /// refusal, 70 for everything else.
    #[must_use]
    pub const fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => status::USAGE,
            Self::NeverStarted { .. }
            | Self::Gone { .. }
            | Self::Overwhelmed { .. }
            | Self::Busy(_) => status::TRY_AGAIN,
            Self::Refused { .. } => status::REFUSED,
            Self::Broken(_) => status::INTERNAL,
        }
    }

    /// The same refusal, with what to do next.
    #[must_use]
    pub(crate) fn with_next(mut self, next: &str) -> Self {
        if let Self::Refused { error, .. } = &mut self {
            error.message = format!("{}\n  next: {next}", error.message).into();
        }
        self
    }

    /// The documented reason (`OUT_OF_STOCK`), when the suite refused.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Refused { error, .. } => Some(&error.reason),
            _ => None,
        }
    }
}

/// An error with its reason and the fields that it is about.
struct Explained<'a>(&'a Error);

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.reason, self.0.message)?;
        for violation in &self.0.violations {
            write!(f, "\n  {}: {}", violation.field, violation.description)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_its_reason_and_the_fields() {
        let failure = Failure::Refused {
            method: "/stoa.order.v1.OrderService/PlaceOrder",
            error: Error::invalid("email", "string.pattern", "must be an address"),
        };
        let text = failure.to_string();
        assert!(text.contains("INVALID_ARGUMENT"), "{text}");
        assert!(text.contains("email: must be an address"), "{text}");
        assert_eq!(failure.reason(), Some("INVALID_ARGUMENT"));
        assert_eq!(failure.status(), 1);
    }

    #[test]
    fn who_is_gone_may_be_asked_again_later() {
        let failure = Failure::Gone {
            address: "http://127.0.0.1:7400".to_owned(),
            silent: Duration::from_secs(5),
        };
        assert!(failure.to_string().contains("run this command again"));
        assert_eq!(failure.status(), 75);
    }
}
