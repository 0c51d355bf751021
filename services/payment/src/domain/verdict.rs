//! What has become known of an operation.

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
    /// The provider does not know it, asked again after the settle window: it did not happen.
    NeverArrived,
}

/// The failure code of an operation that never arrived.
pub(crate) const NEVER_ARRIVED: &str = "never_arrived";
