//! Who calls, by what he presents: `authorization: Bearer <token>` is staff, `stoa-guest-secret` is a
//! guest, both at once is a mistake, nothing is nobody. Only hashes of either are kept or compared.

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue};
use sha2::{Digest, Sha256};
use stoa_errors::{Error, Kind, reason};
use stoa_types::{Permissions, Principal};
use subtle::ConstantTimeEq;

/// The header, and gRPC metadata, in which a guest presents the secret that his client made.
pub const GUEST_SECRET: &str = "stoa-guest-secret";

/// How long a guest secret may be: 22 characters of 64 are 132 bits.
const SECRET_LEN: std::ops::RangeInclusive<usize> = 22..=128;

/// A token of staff, as the server keeps it.
#[derive(Clone)]
pub struct StaffToken {
    /// Who it is, as events and logs will show: `operator`.
    pub name: String,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// What it may do.
    pub permissions: Permissions,
}

impl StaffToken {
    /// The token `token` of `name`; only its hash is kept.
    #[must_use]
    pub fn new(name: impl Into<String>, token: &str, permissions: Permissions) -> Self {
        Self {
            name: name.into(),
            token_hash: hash(token.as_bytes()),
            permissions,
        }
    }
}

impl std::fmt::Debug for StaffToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaffToken")
            .field("name", &self.name)
            .field("permissions", &self.permissions)
            .finish_non_exhaustive()
    }
}

/// SHA-256: what is kept of a token or secret. Both are long and random, so nothing slower is needed.
#[must_use]
pub fn hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// Who presents these headers. Removes the credentials from them, so that nothing behind can log them.
pub(crate) fn authenticate(
    headers: &mut HeaderMap,
    staff: &[StaffToken],
) -> Result<Principal, Error> {
    let token = headers.remove(AUTHORIZATION);
    let secret = headers.remove(GUEST_SECRET);
    match (token, secret) {
        (None, None) => Ok(Principal::Nobody),
        (Some(token), None) => staff_of(&token, staff),
        (None, Some(secret)) => guest_of(&secret),
        (Some(_), Some(_)) => Err(Error::new(
            Kind::InvalidArgument,
            reason::CREDENTIALS_AMBIGUOUS,
            "give a staff token or a guest secret, not both",
        )
        .field(
            GUEST_SECRET,
            reason::CREDENTIALS_AMBIGUOUS,
            "must not come together with authorization",
        )),
    }
}

fn staff_of(header: &HeaderValue, staff: &[StaffToken]) -> Result<Principal, Error> {
    let token = header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| unauthenticated("authorization must be \"Bearer <token>\""))?;
    let presented = hash(token.as_bytes());
    let mut found = None;
    // Every token is compared, each in constant time: how long it takes tells nothing about the tokens.
    for known in staff {
        if bool::from(known.token_hash.ct_eq(&presented)) {
            found = Some(known);
        }
    }
    found
        .map(|known| Principal::Staff {
            name: known.name.clone(),
            permissions: known.permissions.clone(),
        })
        .ok_or_else(|| unauthenticated("the token is not known"))
}

fn guest_of(header: &HeaderValue) -> Result<Principal, Error> {
    let secret = header.as_bytes();
    let unreserved = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    if SECRET_LEN.contains(&secret.len()) && secret.iter().all(unreserved) {
        return Ok(Principal::Guest {
            secret_hash: hash(secret),
        });
    }
    let rule = "a guest secret has 22 to 128 characters of A-Z a-z 0-9 - _ . ~";
    Err(
        Error::new(Kind::InvalidArgument, reason::GUEST_SECRET_MALFORMED, rule).field(
            GUEST_SECRET,
            reason::GUEST_SECRET_MALFORMED,
            rule,
        ),
    )
}

/// The caller must say who he is.
pub(crate) fn unauthenticated(message: &'static str) -> Error {
    Error::new(Kind::Unauthenticated, reason::UNAUTHENTICATED, message)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn ask(pairs: &[(&'static str, &str)]) -> Result<Principal, Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        let staff = [
            StaffToken::new("operator", "t0ken-of-the-operator", Permissions::All),
            StaffToken::new(
                "clerk",
                "t0ken-of-the-clerk",
                ["order.read"].into_iter().collect(),
            ),
        ];
        let outcome = authenticate(&mut headers, &staff);
        assert!(headers.is_empty(), "the credentials are gone");
        outcome
    }

    #[test]
    fn everybody_is_who_he_presents() {
        assert_eq!(ask(&[]).unwrap(), Principal::Nobody);
        let staff = ask(&[("authorization", "bearer t0ken-of-the-clerk")]).unwrap();
        assert_eq!(staff.actor(), "staff:clerk");
        let secret = "abcdefghijklmnopqrst-_";
        assert_eq!(
            ask(&[(GUEST_SECRET, secret)]).unwrap(),
            Principal::Guest {
                secret_hash: hash(secret.as_bytes())
            }
        );
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_reason() {
        let long = "x".repeat(129);
        for (pairs, reason) in [
            (vec![("authorization", "Bearer nope")], "UNAUTHENTICATED"),
            (vec![("authorization", "Basic dTpw")], "UNAUTHENTICATED"),
            (vec![("authorization", "Bearer")], "UNAUTHENTICATED"),
            (vec![("authorization", "")], "UNAUTHENTICATED"),
            (vec![(GUEST_SECRET, "short")], "GUEST_SECRET_MALFORMED"),
            (vec![(GUEST_SECRET, &long)], "GUEST_SECRET_MALFORMED"),
            (
                vec![(GUEST_SECRET, "with a space in the middle")],
                "GUEST_SECRET_MALFORMED",
            ),
            (
                vec![
                    ("authorization", "Bearer t0ken-of-the-clerk"),
                    (GUEST_SECRET, "abcdefghijklmnopqrst-_"),
                ],
                "CREDENTIALS_AMBIGUOUS",
            ),
        ] {
            assert_eq!(ask(&pairs).unwrap_err().reason, reason, "{pairs:?}");
        }
    }
}
