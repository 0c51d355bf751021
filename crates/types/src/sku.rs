//! The merchant's own name for something that is sold.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A stock keeping unit: 1 to 64 printable ASCII characters, no space at either end, compared byte by
/// byte. Clones share the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sku(Arc<str>);

/// A text that is no sku.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sku is 1 to 64 printable ASCII characters without a space at either end")]
pub struct SkuError;

impl Sku {
    /// The longest sku in characters.
    pub const MAX_LEN: usize = 64;

    /// Checks and takes the text.
    pub fn parse(text: &str) -> Result<Self, SkuError> {
        let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let edges = text.starts_with(' ') || text.ends_with(' ');
        if text.is_empty() || text.len() > Self::MAX_LEN || !printable || edges {
            return Err(SkuError);
        }
        Ok(Self(Arc::from(text)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sku {
    type Err = SkuError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl AsRef<str> for Sku {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Hashes and compares as its text.
impl std::borrow::Borrow<str> for Sku {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl serde::Serialize for Sku {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Sku {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        crate::ids::from_text(from)
    }
}
