//! Who calls. Until there are users a caller is nobody, a guest with a secret of his own, staff with
//! a token, or another service.

use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::sync::Arc;

/// What a member of staff may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permissions {
    /// Everything.
    All,
    /// What the set names, such as `order.price_override`.
    Only(Arc<BTreeSet<String>>),
}

impl Permissions {
    /// Whether `permission` is among them.
    #[must_use]
    pub fn allows(&self, permission: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(set) => set.contains(permission),
        }
    }
}

impl<T: Into<String>> FromIterator<T> for Permissions {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        Self::Only(Arc::new(names.into_iter().map(Into::into).collect()))
    }
}

/// Who calls. `Debug` shows what may stand in a log: [`Principal::actor`].
#[derive(Clone, PartialEq, Eq)]
pub enum Principal {
    /// No credentials at all.
    Nobody,
    /// Whoever presents a secret that his client made; only its SHA-256 is ever kept.
    Guest {
        /// SHA-256 of the secret.
        secret_hash: [u8; 32],
    },
    /// A person or tool of the merchant.
    Staff {
        /// The name of the token.
        name: String,
        /// What the token may do.
        permissions: Permissions,
    },
    /// Another service of the suite.
    Service {
        /// The service's name.
        name: String,
    },
}

impl Principal {
    /// Another service.
    #[must_use]
    pub fn service(name: impl Into<String>) -> Self {
        Self::Service { name: name.into() }
    }

    /// For logs, events and histories: `guest:<8 hex digits>`, `staff:operator`, `service:order`,
    /// `nobody`. It names nobody's secret and is not unique among guests.
    #[must_use]
    pub fn actor(&self) -> String {
        match self {
            Self::Nobody => "nobody".to_owned(),
            Self::Guest { secret_hash } => hex("guest:", secret_hash.iter().take(4)),
            Self::Staff { name, .. } => format!("staff:{name}"),
            Self::Service { name } => format!("service:{name}"),
        }
    }

    /// The scope of an idempotency key and the owner of what a caller makes: as [`Principal::actor`],
    /// but a guest is named by the whole hash.
    #[must_use]
    pub fn scope(&self) -> String {
        match self {
            Self::Guest { secret_hash } => hex("guest:", secret_hash.iter()),
            Self::Nobody | Self::Staff { .. } | Self::Service { .. } => self.actor(),
        }
    }
}

fn hex<'a>(prefix: &str, bytes: impl Iterator<Item = &'a u8>) -> String {
    let mut text = String::with_capacity(prefix.len() + 64);
    text.push_str(prefix);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.actor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_never_holds_the_whole_hash_of_a_guest() {
        let guest = Principal::Guest {
            secret_hash: [0xab; 32],
        };
        assert_eq!(guest.actor(), "guest:abababab");
        assert_eq!(format!("{guest:?}"), "guest:abababab");
        assert_eq!(guest.scope(), format!("guest:{}", "ab".repeat(32)));
    }

    #[test]
    fn others_are_named_in_full() {
        let staff = Principal::Staff {
            name: "operator".to_owned(),
            permissions: Permissions::All,
        };
        assert_eq!(staff.actor(), "staff:operator");
        assert_eq!(Principal::service("order").scope(), "service:order");
        assert_eq!(Principal::Nobody.scope(), "nobody");
    }

    #[test]
    fn permissions_are_all_or_a_set() {
        assert!(Permissions::All.allows("anything"));
        let some: Permissions = ["ops.audit"].into_iter().collect();
        assert!(some.allows("ops.audit"));
        assert!(!some.allows("order.price_override"));
    }
}
