//! Conditional writes: the state a caller has seen, as an opaque tag.

use std::fmt;

use sha2::{Digest, Sha256};
use stoa_errors::{Error, Kind};

/// The tag of one state of one resource; it changes with every change of the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Etag(String);

impl Etag {
    /// The tag of version `version` of the resource `name`.
    #[must_use]
    pub fn of(name: &str, version: i64) -> Self {
        let mut hash = Sha256::new();
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(version.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let short = digest.iter().take(9).copied().collect::<Vec<u8>>();
        Self(crate::page::base64(&short))
    }

    /// The text that goes out.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses a write whose caller has seen another state; an empty tag is no condition, quotes as in HTTP are taken off.
    ///
    /// # Errors
    /// `ABORTED` / `ETAG_MISMATCH`, without a retry hint: the caller must read again first.
    pub fn require(&self, seen: &str) -> Result<(), Error> {
        let seen = seen.trim().trim_start_matches("W/").trim_matches('"');
        if seen.is_empty() || seen == "*" || seen == self.0 {
            return Ok(());
        }
        Err(Error::new(
            Kind::Aborted,
            "ETAG_MISMATCH",
            "the resource has changed since it was read",
        )
        .meta("etag", self))
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Etag> for String {
    fn from(etag: Etag) -> Self {
        etag.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_changes_with_name_and_version() {
        assert_eq!(Etag::of("prd_1", 1), Etag::of("prd_1", 1));
        assert_ne!(Etag::of("prd_1", 1), Etag::of("prd_1", 2));
        assert_ne!(Etag::of("prd_1", 1), Etag::of("prd_2", 1));
    }

    #[test]
    fn only_another_tag_is_refused() {
        let etag = Etag::of("prd_1", 7);
        let quoted = format!("\"{etag}\"");
        for seen in ["", "*", etag.as_str(), quoted.as_str()] {
            assert!(etag.require(seen).is_ok(), "{seen}");
        }
        let refusal = etag.require(Etag::of("prd_1", 6).as_str());
        assert!(
            refusal
                .is_err_and(|error| error.reason == "ETAG_MISMATCH" && error.retry_after.is_none())
        );
    }
}
