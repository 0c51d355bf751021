//! What stands beside a closing row, so that an edit of either is seen.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The seal over the parts of a closing row: SHA-256 in hex, each part with its length before it. It is a checksum that
/// anybody can compute: it tells an edit from what was closed, and keeps nobody out.
#[must_use]
pub fn seal(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        hash.update(length.to_be_bytes());
        hash.update(part);
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        let _never_fails = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let one = seal(&[b"mug", b"12"]);
        assert_eq!(one.len(), 64);
        assert_eq!(one, seal(&[b"mug", b"12"]));
        assert_ne!(one, seal(&[b"mug1", b"2"]));
        assert_ne!(one, seal(&[b"mug", b"12", b""]));
    }
}
