//! [`Error`]: what a caller may know and, apart from it, why it happened.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stoa_types::MoneyError;

use crate::kind::Kind;
use crate::reason;

/// A cause, kept for the log and never sent.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// One rule of the contract that a field breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldViolation {
    /// The path of the field in the request: `lines[0].quantity`.
    pub field: String,
    /// The id of the rule: `int64.gte`, or a name of ours in capitals.
    pub reason: String,
    /// What is expected, for a person to read.
    pub description: String,
}

/// What an [`Error`] is made of; read and changed through it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parts {
    /// What class of failure.
    pub kind: Kind,
    /// Which documented reason, such as `OUT_OF_STOCK`; never with a prefix.
    pub reason: Cow<'static, str>,
    /// The public text.
    pub message: Cow<'static, str>,
    /// The rules of the contract that the request breaks.
    pub violations: Vec<FieldViolation>,
    /// After which time a retry may help; absent when it does not help.
    pub retry_after: Option<Duration>,
    /// Public facts for programs, such as `sku` or `available`.
    pub metadata: BTreeMap<String, String>,
    /// The cause: logged, never sent.
    pub source: Option<Cause>,
}

/// The one error that crosses a boundary. One pointer wide, so that `Result<T, Error>` stays small;
/// [`Parts`] are reached through it (`error.kind`, `error.reason`, ..).
#[derive(Clone)]
pub struct Error(Box<Parts>);

impl Error {
    /// A failure of `kind` for `reason` with the public text `message`.
    pub fn new(
        kind: Kind,
        reason: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Parts {
            kind,
            reason: reason.into(),
            message: message.into(),
            violations: Vec::new(),
            retry_after: None,
            metadata: BTreeMap::new(),
            source: None,
        }))
    }

    /// The request breaks `rule` in `field`; reason `INVALID_ARGUMENT`.
    pub fn invalid(
        field: impl Into<String>,
        rule: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        let (field, description) = (field.into(), description.into());
        let message = format!("{field}: {description}");
        Self::new(Kind::InvalidArgument, reason::INVALID_ARGUMENT, message).field(
            field,
            rule,
            description,
        )
    }

    /// The thing named (`what`, as in "order ord_..") does not exist, or not for this caller.
    pub fn not_found(reason: impl Into<Cow<'static, str>>, what: impl fmt::Display) -> Self {
        Self::new(Kind::NotFound, reason, format!("{what} does not exist"))
    }

    /// A mistake of ours: `cause` goes to the log, the caller reads "internal error".
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Kind::Internal, reason::INTERNAL, "internal error").caused_by(cause)
    }

    /// Adds a rule that a field breaks.
    #[must_use]
    pub fn field(
        mut self,
        field: impl Into<String>,
        rule: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        self.0.violations.push(FieldViolation {
            field: field.into(),
            reason: rule.into(),
            description: description.into(),
        });
        self
    }

    /// Adds a public fact.
    #[must_use]
    pub fn meta(mut self, key: impl Into<String>, value: impl fmt::Display) -> Self {
        self.0.metadata.insert(key.into(), value.to_string());
        self
    }

    /// Says that a retry after `span` may help.
    #[must_use]
    pub fn retry(mut self, span: Duration) -> Self {
        self.0.retry_after = Some(span);
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(cause.into()));
        self
    }

    /// Whether the refusal was decided by execution and is stored under the idempotency key; see
    /// [`Kind::is_recorded`].
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.0.kind.is_recorded()
    }

    /// Its parts, to take them apart.
    #[must_use]
    pub fn into_parts(self) -> Parts {
        *self.0
    }

    /// The cause and its causes in one line, for the log; empty when there is none.
    #[must_use]
    pub fn causes(&self) -> String {
        let mut text = String::new();
        let mut next: Option<&(dyn std::error::Error + 'static)> = match &self.0.source {
            Some(cause) => Some(cause.as_ref()),
            None => None,
        };
        while let Some(cause) = next {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}

impl Deref for Error {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.0
    }
}

/// Reason and public text; the cause is reached through `source()`.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.reason, self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(cause) => Some(cause.as_ref()),
            None => None,
        }
    }
}

/// Equal for a caller: everything but the cause.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.0.kind == other.0.kind
            && self.0.reason == other.0.reason
            && self.0.message == other.0.message
            && self.0.violations == other.0.violations
            && self.0.retry_after == other.0.retry_after
            && self.0.metadata == other.0.metadata
    }
}

/// An amount that does not fit is the caller's to hear (`AMOUNT_OVERFLOW` of the package whose use case
/// added it up); two currencies in one sum are a mistake of ours.
impl From<MoneyError> for Error {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::Overflow => Self::new(
                Kind::OutOfRange,
                "AMOUNT_OVERFLOW",
                "the amount is too large",
            ),
            MoneyError::CurrencyMismatch { .. } | MoneyError::BadWeights => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_not_part_of_what_a_caller_reads() {
        let error = Error::internal(std::io::Error::other("disk /secret full"));
        assert_eq!(error.to_string(), "INTERNAL: internal error");
        assert_eq!(error.causes(), "disk /secret full");
    }

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn only_what_execution_decided_is_recorded() {
        let recorded: Vec<&str> = Kind::ALL
            .into_iter()
            .filter(|kind| kind.is_recorded())
            .map(Kind::as_str)
            .collect();
        assert_eq!(
            recorded,
            [
                "NOT_FOUND",
                "ALREADY_EXISTS",
                "FAILED_PRECONDITION",
                "OUT_OF_RANGE"
            ]
        );
    }

    #[test]
    fn builders_fill_what_they_name() {
        let error = Error::invalid("lines[0].quantity", "int64.gte", "must be at least 1")
            .field("quote_id", "string.min_len", "must not be empty")
            .meta("limit", 1)
            .retry(Duration::from_millis(5));
        assert_eq!(error.kind, Kind::InvalidArgument);
        assert_eq!(error.message, "lines[0].quantity: must be at least 1");
        assert_eq!(error.violations.len(), 2);
        assert_eq!(error.metadata.get("limit").map(String::as_str), Some("1"));
        assert_eq!(error.retry_after, Some(Duration::from_millis(5)));
    }
}
