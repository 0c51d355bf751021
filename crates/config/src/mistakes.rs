//! Everything that is wrong with a configuration, collected before anyone is told.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The setting, e.g. `order.quote_lifetime`.
    pub key: String,
    /// What is wrong with it, e.g. `must be at least 1s`.
    pub what: String,
    /// Where its value came from, e.g. `environment variable STOA_ORDER__QUOTE_LIFETIME`; empty when that is not known.
    pub source: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.what)?;
        if !self.source.is_empty() {
            write!(f, " (from {})", self.source)?;
        }
        Ok(())
    }
}

/// All of them, in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// None so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one; `source` is filled in later by [`crate::Settings::section`] when it is known.
    pub fn add(&mut self, key: impl Into<String>, what: impl Into<String>) {
        self.push(Mistake {
            key: key.into(),
            what: what.into(),
            source: String::new(),
        });
    }

    /// Adds `what` about `key` unless `holds`.
    pub fn require(&mut self, holds: bool, key: &str, what: &str) {
        if !holds {
            self.add(key, what);
        }
    }

    pub(crate) fn push(&mut self, mistake: Mistake) {
        if !self.0.contains(&mistake) {
            self.0.push(mistake);
        }
    }

    /// The value, or `None` after its mistakes were taken over.
    pub fn keep<T>(&mut self, result: Result<T, Self>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(mistakes) => {
                for mistake in mistakes.0 {
                    self.push(mistake);
                }
                None
            }
        }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing is wrong.
    ///
    /// # Errors
    /// Itself, when something is.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl std::error::Error for Mistakes {}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        write!(f, "{count} {noun} in the configuration")?;
        for mistake in &self.0 {
            write!(f, "\n  {mistake}")?;
        }
        Ok(())
    }
}
