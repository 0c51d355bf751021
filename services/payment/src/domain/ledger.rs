//! The double entry of money that moved. An authorisation is no entry; the legs of one operation
//! add up to zero.

use super::OperationKind;

/// The accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Account {
    /// What the provider holds for us.
    Provider,
    /// What customers paid for orders.
    Sales,
    /// What was given back of it.
    Refunds,
    /// What was paid out without a payment.
    Credits,
}

impl Account {
    pub(crate) const ALL: [Self; 4] = [Self::Provider, Self::Sales, Self::Refunds, Self::Credits];

    /// The word in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Provider => "PROVIDER",
            Self::Sales => "SALES",
            Self::Refunds => "REFUNDS",
            Self::Credits => "CREDITS",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.name() == name)
    }
}

/// One leg: money into the account is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) account: Account,
    /// Minor units of the payment's currency.
    pub(crate) amount: i64,
}

/// The legs of an operation that succeeded; one that sells moves money as a capture does.
pub(crate) fn legs(kind: OperationKind, amount: i64) -> Option<[Leg; 2]> {
    let (account, into_provider) = match kind {
        OperationKind::Authorize | OperationKind::Void => return None,
        OperationKind::Capture => (Account::Sales, amount),
        OperationKind::Refund => (Account::Refunds, -amount),
        OperationKind::Credit => (Account::Credits, -amount),
    };
    Some([
        Leg {
            account: Account::Provider,
            amount: into_provider,
        },
        Leg {
            account,
            amount: -into_provider,
        },
    ])
}
