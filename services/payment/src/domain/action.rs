//! How a method takes money, and what a customer must do before it does.

use stoa_types::Timestamp;

/// How a method takes money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Reserves first, takes later.
    AuthorizeCapture,
    /// Its authorisation is also the capture.
    Sale,
}

impl Flow {
    /// The word in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AuthorizeCapture => "AUTHORIZE_CAPTURE",
            Self::Sale => "SALE",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::AuthorizeCapture, Self::Sale]
            .into_iter()
            .find(|flow| flow.name() == name)
    }
}

/// What kind of thing a customer must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionKind {
    /// Visit an address and come back.
    Redirect,
    /// Confirm in a wallet or bank app.
    InApp,
}

impl ActionKind {
    /// The word in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Redirect => "REDIRECT",
            Self::InApp => "IN_APP",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Redirect, Self::InApp]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// What a customer must do before an authorisation goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) kind: ActionKind,
    /// Where to send him; empty for nowhere.
    pub(crate) uri: String,
    /// After this it is given up.
    pub(crate) until: Timestamp,
}

/// The failure code of an authorisation whose customer did nothing in time.
pub(crate) const ACTION_ABANDONED: &str = "action_abandoned";
/// The failure code of an authorisation that was undone while its customer had still to act.
pub(crate) const ACTION_CANCELED: &str = "action_canceled";
