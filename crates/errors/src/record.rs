//! How a refusal is stored under an idempotency key, so that it can be replayed word for word.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, FieldViolation};
use crate::kind::Kind;

/// The public part of an [`Error`] in a form for serde. The cause is not in it (it was logged when it
/// happened), nor a retry hint (a recorded refusal does not change by asking again). Fields may be
/// added, never renamed: rows outlive binaries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The class of failure.
    pub kind: Kind,
    /// The documented reason.
    pub reason: String,
    /// The public text.
    pub message: String,
    /// Rules that fields break.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<FieldViolation>,
    /// Public facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

impl Error {
    /// The form to store.
    #[must_use]
    pub fn to_record(&self) -> Record {
        Record {
            kind: self.kind,
            reason: self.reason.clone().into_owned(),
            message: self.message.clone().into_owned(),
            violations: self.violations.clone(),
            metadata: self.metadata.clone(),
        }
    }

    /// The refusal that was stored.
    #[must_use]
    pub fn from_record(record: Record) -> Self {
        let mut error = Self::new(
            record.kind,
            Cow::Owned(record.reason),
            Cow::Owned(record.message),
        );
        error.violations = record.violations;
        error.metadata = record.metadata;
        error
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_refusal_reads_back_word_for_word() {
        let refusal = Error::new(
            Kind::FailedPrecondition,
            "OUT_OF_STOCK",
            "2 of MUG are left",
        )
        .field("lines[0].quantity", "OUT_OF_STOCK", "at most 2")
        .meta("available", 2);
        let text = serde_json::to_string(&refusal.to_record()).unwrap();
        let record: Record = serde_json::from_str(&text).unwrap();
        assert_eq!(Error::from_record(record), refusal);
    }

    /// A row written by the first version must be readable for ever.
    #[test]
    fn an_old_row_reads_back() {
        let old = r#"{"kind":"NOT_FOUND","reason":"QUOTE_NOT_FOUND","message":"gone"}"#;
        let record: Record = serde_json::from_str(old).unwrap();
        let error = Error::from_record(record);
        assert_eq!(error.kind, Kind::NotFound);
        assert_eq!(error.reason, "QUOTE_NOT_FOUND");
    }
}
