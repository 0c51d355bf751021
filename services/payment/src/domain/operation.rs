//! One request to the provider: it reserves its amount before it is sent, and counts as spent until
//! it is known that it did not happen.

use stoa_types::{OperationId, PaymentId, Timestamp, Uuid, WorkflowId};

/// What is asked of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OperationKind {
    Authorize,
    Capture,
    Void,
    Refund,
    Credit,
}

impl OperationKind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Authorize,
        Self::Capture,
        Self::Void,
        Self::Refund,
        Self::Credit,
    ];

    /// The word in the database and in logs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Authorize => "AUTHORIZE",
            Self::Capture => "CAPTURE",
            Self::Void => "VOID",
            Self::Refund => "REFUND",
            Self::Credit => "CREDIT",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OperationState {
    /// Reserved; being sent.
    Pending,
    /// Sent, and nothing is known.
    Unknown,
    /// It happened.
    Succeeded,
    /// It did not happen.
    Failed,
    /// Undone before it was sent.
    Canceled,
}

impl OperationState {
    pub(crate) const ALL: [Self; 5] = [
        Self::Pending,
        Self::Unknown,
        Self::Succeeded,
        Self::Failed,
        Self::Canceled,
    ];

    /// The word in the database and in logs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Unknown => "UNKNOWN",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Canceled => "CANCELED",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it may still have happened or happen: its amount is reserved.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Unknown)
    }

    /// Whether its amount counts as spent.
    pub(crate) const fn counts(self) -> bool {
        matches!(self, Self::Pending | Self::Unknown | Self::Succeeded)
    }
}

/// One operation. Its id is the reference and the key under which the provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) id: OperationId,
    /// None for the mark of an authorisation that was undone before it was seen.
    pub(crate) payment_id: Option<PaymentId>,
    pub(crate) kind: OperationKind,
    pub(crate) state: OperationState,
    /// Minor units of the payment's currency.
    pub(crate) amount: i64,
    /// Scope and request id of the call that made it; unique for good.
    pub(crate) create_key: String,
    /// The authorisation of a capture or void, the capture of a refund.
    pub(crate) target: Option<OperationId>,
    /// The provider's own id, once known.
    pub(crate) provider_id: Option<String>,
    /// The provider's code, else empty.
    pub(crate) failure_code: String,
    /// How often it was sent, or may have been.
    pub(crate) attempts: i32,
    pub(crate) first_sent_at: Option<Timestamp>,
    pub(crate) last_sent_at: Option<Timestamp>,
    /// Its caller no longer wants it: it is not sent again, and undone should it have happened.
    pub(crate) abandoned: bool,
    /// It took effect after we had given up.
    pub(crate) late: bool,
    /// The provider did it by itself: a chargeback, a refund in its console. We never asked for it.
    pub(crate) reported: bool,
    /// The workflow that brings it to an end, if one had to be started.
    pub(crate) workflow_id: Option<WorkflowId>,
    /// Who asked for it.
    pub(crate) actor: String,
    pub(crate) correlation_id: Uuid,
    pub(crate) traceparent: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}
