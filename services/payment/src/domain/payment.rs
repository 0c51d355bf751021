//! The intent: what the merchant wants of a customer's money, and how far it has come.

use stoa_types::{ChannelId, CreditId, Currency, OrderId, PaymentId, Principal, Timestamp};

use super::{Action, Flow, Operation, OperationKind, OperationState, Sums};

/// What an intent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IntentKind {
    /// Takes money for an order.
    Payment,
    /// Gives money that was never taken.
    Credit,
}

impl IntentKind {
    /// The word in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Payment => "PAYMENT",
            Self::Credit => "CREDIT",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Payment, Self::Credit]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// How a payment stands; computed from its sums, stored to be searched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PaymentState {
    Created,
    Processing,
    RequiresAction,
    Authorized,
    Captured,
    Declined,
    Voided,
    Refunded,
    Credited,
}

impl PaymentState {
    pub(crate) const ALL: [Self; 9] = [
        Self::Created,
        Self::Processing,
        Self::RequiresAction,
        Self::Authorized,
        Self::Captured,
        Self::Declined,
        Self::Voided,
        Self::Refunded,
        Self::Credited,
    ];

    /// The word in the database and in errors.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Processing => "PROCESSING",
            Self::RequiresAction => "REQUIRES_ACTION",
            Self::Authorized => "AUTHORIZED",
            Self::Captured => "CAPTURED",
            Self::Declined => "DECLINED",
            Self::Voided => "VOIDED",
            Self::Refunded => "REFUNDED",
            Self::Credited => "CREDITED",
        }
    }
}

/// One payment or credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payment {
    pub(crate) id: PaymentId,
    pub(crate) kind: IntentKind,
    pub(crate) flow: Flow,
    /// The order of a PAYMENT.
    pub(crate) order_id: Option<OrderId>,
    /// The credit of a CREDIT.
    pub(crate) credit_id: Option<CreditId>,
    pub(crate) channel_id: ChannelId,
    /// Whose it is: a principal's scope; empty for nobody's but staff's.
    pub(crate) owner: String,
    pub(crate) currency: Currency,
    /// What is wanted in all, minor units, above 0.
    pub(crate) amount: i64,
    pub(crate) sums: Sums,
    /// What pays; forgotten when it is not needed any more.
    pub(crate) token: Option<String>,
    /// The adapter that talks to the provider.
    pub(crate) provider: String,
    /// What the customer must do before its authorisation goes on.
    pub(crate) action: Option<Action>,
    /// Why the provider declined, else empty.
    pub(crate) decline_code: String,
    /// Scope and request id of the call that made it; unique for good.
    pub(crate) create_key: String,
    /// Raised by each change.
    pub(crate) version: i64,
    /// Raised by each event, dense.
    pub(crate) event_version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Payment {
    /// Whether the caller may see it: it is his, or he is staff that reads payments.
    pub(crate) fn is_seen_by(&self, principal: &Principal) -> bool {
        match principal {
            Principal::Staff { permissions, .. } => permissions.allows("payment.read"),
            Principal::Guest { .. } => self.owner == principal.scope(),
            Principal::Nobody | Principal::Service { .. } => false,
        }
    }

    /// Whether the caller may act for its payer: it is his, or he is staff that changes payments.
    pub(crate) fn is_confirmed_by(&self, principal: &Principal) -> bool {
        match principal {
            Principal::Staff { permissions, .. } => permissions.allows("payment.write"),
            Principal::Guest { .. } | Principal::Nobody | Principal::Service { .. } => {
                self.is_seen_by(principal)
            }
        }
    }

    /// Whether the operation waits for the customer.
    pub(crate) fn waits_with(&self, operation: &Operation) -> bool {
        self.action.is_some()
            && operation.kind == OperationKind::Authorize
            && operation.state == OperationState::Unknown
    }

    /// Whether the operation takes money at once.
    pub(crate) fn sells_with(&self, operation: &Operation) -> bool {
        self.flow == Flow::Sale && operation.kind == OperationKind::Authorize
    }

    /// How it stands, from its sums.
    pub(crate) fn state(&self) -> PaymentState {
        let sums = &self.sums;
        if sums.credited > 0 {
            PaymentState::Credited
        } else if sums.captured > 0 && sums.refunded >= sums.captured {
            PaymentState::Refunded
        } else if sums.captured > 0 {
            PaymentState::Captured
        } else if sums.authorize_pending > 0 && self.action.is_some() {
            PaymentState::RequiresAction
        } else if sums.authorize_pending > 0 || sums.credit_pending > 0 {
            PaymentState::Processing
        } else if sums.authorized > 0 && sums.voided >= sums.authorized {
            PaymentState::Voided
        } else if sums.authorized > 0 {
            PaymentState::Authorized
        } else if self.decline_code.is_empty() {
            PaymentState::Created
        } else {
            PaymentState::Declined
        }
    }
}
