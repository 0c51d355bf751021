//! Lists in pages: how many at once, and where the next page begins.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use stoa_errors::{Error, Kind, reason};

/// Base64 of URLs, without padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How many resources a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(usize);

impl PageSize {
    /// What 0 stands for.
    pub const DEFAULT: i32 = 50;
    /// The largest page; a larger wish is coerced down.
    pub const MAX: i32 = 1_000;

    /// What a caller gets who asks for `wished`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` on `page_size` when it is negative.
    pub fn new(wished: i32) -> Result<Self, Error> {
        let size = match wished {
            0 => Self::DEFAULT,
            size => size.min(Self::MAX),
        };
        usize::try_from(size)
            .map(Self)
            .map_err(|_| Error::invalid("page_size", "int32.gte", "must not be negative"))
    }

    /// Resources on a page.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }

    /// Rows to ask the database for: one more, which says whether another page follows.
    #[must_use]
    pub const fn fetch(self) -> usize {
        self.0 + 1
    }
}

/// The position behind the last resource of a page, opaque to the caller and bound to the other arguments of the list.
#[derive(Clone, Copy, Debug)]
pub struct PageToken;

/// Bytes of the arguments' hash that a token carries.
const BOUND: usize = 8;

impl PageToken {
    /// The token for what follows `position`, in the list that `arguments` describe (without page size and token).
    ///
    /// # Errors
    /// When one of the two does not encode, which is a mistake of ours.
    pub fn encode<P: Serialize, A: Serialize>(
        position: &P,
        arguments: &A,
    ) -> Result<String, Error> {
        let mut bytes = hash(arguments)?;
        bytes.extend(serde_json::to_vec(position).map_err(Error::internal)?);
        Ok(base64(&bytes))
    }

    /// The position in `token`; none for the first page, whose token is empty.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID` when it was not made by this list for these arguments.
    pub fn decode<P: DeserializeOwned, A: Serialize>(
        token: &str,
        arguments: &A,
    ) -> Result<Option<P>, Error> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let (bound, position) = bytes.split_at_checked(BOUND).ok_or_else(invalid)?;
        if bound != hash(arguments)? {
            return Err(invalid());
        }
        serde_json::from_slice(position)
            .map(Some)
            .map_err(|_| invalid())
    }
}

fn hash<A: Serialize>(arguments: &A) -> Result<Vec<u8>, Error> {
    let text = serde_json::to_vec(arguments).map_err(Error::internal)?;
    let digest: [u8; 32] = Sha256::digest(text).into();
    Ok(digest.iter().take(BOUND).copied().collect())
}

fn invalid() -> Error {
    let rule = "must be the next_page_token of the same list with the same arguments";
    Error::new(
        Kind::InvalidArgument,
        reason::PAGE_TOKEN_INVALID,
        format!("page_token: {rule}"),
    )
    .field("page_token", "PAGE_TOKEN", rule)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_size_is_coerced_down_and_never_negative() {
        assert_eq!(PageSize::new(0).unwrap().get(), 50);
        assert_eq!(PageSize::new(7).unwrap().fetch(), 8);
        assert_eq!(PageSize::new(5_000).unwrap().get(), 1_000);
        assert!(PageSize::new(-1).is_err());
    }

    #[test]
    fn a_token_is_bound_to_the_other_arguments() {
        let arguments = ("channel", 3);
        let token = PageToken::encode(&(17_i64, "MUG"), &arguments).unwrap();
        let position: Option<(i64, String)> = PageToken::decode(&token, &arguments).unwrap();
        assert_eq!(position, Some((17, "MUG".to_owned())));
        assert!(PageToken::decode::<(i64, String), _>(&token, &("channel", 4)).is_err());
        assert!(PageToken::decode::<(i64, String), _>("x y", &arguments).is_err());
        assert!(PageToken::decode::<(i64, String), _>("AAAA", &arguments).is_err());
        assert_eq!(PageToken::decode::<i64, _>("", &arguments).unwrap(), None);
    }
}
