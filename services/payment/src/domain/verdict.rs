//! What has become known of an operation.

use super::Action;

/// What the provider said, or did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It happened, under the provider's own id.
    Succeeded {
        /// The provider's id.
        provider_id: String,
    },
    /// The provider refused it for good.
    Declined {
        /// The provider's code.
        code: String,
    },
    /// Nothing is known: it may have happened.
    Unknown,
    /// The customer must act before it goes on.
    Action(Action),
    /// The provider does not know it, asked again after the settle window: it did not happen.
    NeverArrived,
}

impl Verdict {
    /// Whether the operation is at its end with it.
    pub(crate) const fn ends(&self) -> bool {
        matches!(
            self,
            Self::Succeeded { .. } | Self::Declined { .. } | Self::NeverArrived
        )
    }
}

/// The failure code of an operation that never arrived.
pub(crate) const NEVER_ARRIVED: &str = "never_arrived";
