//! How one service says to another, over the network, who it is and in which story it calls: by a secret that the
//! processes of a deployment share, and by headers that are believed because of it.
//!
//! Only a listener for peers looks at any of this (`server::peer_stack`). One that anybody may reach does not know the
//! headers, so that whoever has the secret is still nobody there.

use std::fmt;

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use stoa_errors::Error;
use stoa_types::Principal;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::admit::Facts;
use crate::auth::{GUEST_SECRET, hash, unauthenticated};
use crate::client::Outgoing;

/// Who calls: the name of a service.
const PEER: HeaderName = HeaderName::from_static("stoa-peer");
/// The secret of the deployment.
const SECRET: HeaderName = HeaderName::from_static("stoa-peer-secret");
/// On whose behalf.
const ACTING_FOR: HeaderName = HeaderName::from_static("stoa-acting-for");
/// The story that the call belongs to.
const CORRELATION: HeaderName = HeaderName::from_static("stoa-correlation-id");
/// What in that story made it.
const CAUSATION: HeaderName = HeaderName::from_static("stoa-causation-id");

/// How short a secret may be: 32 hexadecimal digits are 128 bits.
const SHORTEST: usize = 32;

/// What the processes of one deployment know and nobody else does.
#[derive(Clone)]
pub struct PeerSecret {
    header: HeaderValue,
    hash: [u8; 32],
}

impl PeerSecret {
    /// The secret `text`: at least 32 visible ASCII characters.
    ///
    /// # Errors
    /// What cannot stand in a header, or is too short to be one.
    pub fn new(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid("secret", "header", "must be 32 or more visible ASCII");
        if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong());
        }
        let mut header = HeaderValue::try_from(text).map_err(|_| wrong())?;
        header.set_sensitive(true);
        Ok(Self {
            header,
            hash: hash(text.as_bytes()),
        })
    }

    /// Writes into a request that it comes from `caller`, and the story that it inherits.
    pub(super) fn sign(
        &self,
        caller: &'static str,
        outgoing: Option<&Outgoing>,
        headers: &mut HeaderMap,
    ) {
        headers.insert(PEER, HeaderValue::from_static(caller));
        headers.insert(SECRET, self.header.clone());
        let Some(outgoing) = outgoing else {
            return;
        };
        let causation = outgoing.causation_id.map(|id| id.to_string());
        let told = [
            (ACTING_FOR, Some(outgoing.acting_for.clone())),
            (CORRELATION, Some(outgoing.correlation_id.to_string())),
            (CAUSATION, causation),
        ];
        for (name, value) in told {
            if let Some(value) = value.and_then(|text| HeaderValue::try_from(text).ok()) {
                headers.insert(name, value);
            }
        }
    }

    /// Notes who calls and in which story, if the secret is right. What was presented is gone from the headers then.
    pub(crate) fn believe(&self, headers: &mut HeaderMap, facts: &mut Facts) -> Result<(), Error> {
        headers.remove(AUTHORIZATION);
        headers.remove(GUEST_SECRET);
        let presented = headers.remove(SECRET);
        let presented = presented.as_ref().map_or(&[][..], HeaderValue::as_bytes);
        let known = bool::from(hash(presented).ct_eq(&self.hash));
        let mut take = |name| {
            let value = headers.remove(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let name = take(PEER).filter(|_| known).ok_or_else(|| {
            unauthenticated(
                "for services of the suite only: the secret of the deployment is missing or wrong",
            )
        })?;
        let id = |text: String| Uuid::parse_str(&text).ok();
        facts.acting_for = take(ACTING_FOR);
        facts.causation_id = take(CAUSATION).and_then(id);
        if let Some(story) = take(CORRELATION).and_then(id) {
            facts.correlation_id = story;
        }
        facts.principal = Principal::service(name);
        Ok(())
    }
}

impl fmt::Debug for PeerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PeerSecret(***)")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const TEXT: &str = "0123456789abcdef0123456789abcdef";

    fn outgoing() -> Outgoing {
        Outgoing {
            deadline: stoa_types::Timestamp::MAX,
            acting_for: "guest:abababab".to_owned(),
            request_id: "r".to_owned(),
            traceparent: None,
            correlation_id: Uuid::from_u128(7),
            causation_id: Some(Uuid::from_u128(8)),
        }
    }

    #[test]
    fn what_one_signs_the_other_believes() {
        let secret = PeerSecret::new(TEXT).unwrap();
        let mut headers = HeaderMap::new();
        secret.sign("order", Some(&outgoing()), &mut headers);
        let mut facts = Facts::default();
        secret.believe(&mut headers, &mut facts).unwrap();
        assert!(headers.is_empty(), "nothing behind can log it");
        assert_eq!(facts.principal, Principal::service("order"));
        assert_eq!(facts.acting_for.as_deref(), Some("guest:abababab"));
        assert_eq!(facts.correlation_id, Uuid::from_u128(7));
        assert_eq!(facts.causation_id, Some(Uuid::from_u128(8)));
    }

    #[test]
    fn without_the_secret_nobody_is_a_service() {
        let secret = PeerSecret::new(TEXT).unwrap();
        let other = PeerSecret::new("another secret".repeat(3).replace(' ', "-").as_str()).unwrap();
        let mut wrong = HeaderMap::new();
        other.sign("order", Some(&outgoing()), &mut wrong);
        let mut missing = HeaderMap::new();
        missing.insert(PEER, HeaderValue::from_static("order"));
        let mut nameless = HeaderMap::new();
        nameless.insert(SECRET, HeaderValue::from_static(TEXT));
        for mut headers in [wrong, missing, nameless, HeaderMap::new()] {
            let mut facts = Facts::default();
            let refusal = secret.believe(&mut headers, &mut facts).unwrap_err();
            assert_eq!(refusal.reason, "UNAUTHENTICATED");
            assert_eq!(facts.principal, Principal::Nobody);
            assert_eq!(facts.acting_for, None);
        }
        assert!(PeerSecret::new("short").is_err());
        assert!(PeerSecret::new(&"ü".repeat(40)).is_err());
    }
}
