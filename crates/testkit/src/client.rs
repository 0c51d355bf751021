//! The same caller through either door: journeys are written once and run over gRPC and over REST.

use stoa_api::Call;
use stoa_errors::Error;

use crate::{Caller, Doors, Rest};

/// Through which door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// gRPC.
    Grpc,
    /// REST, by the bindings of the contract.
    Rest,
}

/// Somebody who calls through one door.
#[derive(Clone, Debug)]
pub enum Client {
    /// Over gRPC.
    Grpc(Caller),
    /// Over REST.
    Rest(Rest),
}

impl Client {
    /// Calls the RPC that this message is for, once. A write without a key gets a fresh one.
    ///
    /// # Errors
    /// What the suite refused; the same over both.
    pub async fn call<C: Call>(&self, message: C) -> Result<C::Response, Error> {
        match self {
            Self::Grpc(caller) => caller.call(message).await,
            Self::Rest(rest) => rest.call(message).await,
        }
    }
}

impl Doors {
    /// Somebody without a credential.
    #[must_use]
    pub fn nobody_by(&self, way: Way) -> Client {
        match way {
            Way::Grpc => Client::Grpc(self.nobody()),
            Way::Rest => Client::Rest(self.rest()),
        }
    }

    /// The operator.
    #[must_use]
    pub fn staff_by(&self, way: Way) -> Client {
        match way {
            Way::Grpc => Client::Grpc(self.staff()),
            Way::Rest => Client::Rest(self.rest().with_token(self.token())),
        }
    }

    /// The guest of this name.
    #[must_use]
    pub fn guest_by(&self, way: Way, name: &str) -> Client {
        match way {
            Way::Grpc => Client::Grpc(self.guest(name)),
            Way::Rest => Client::Rest(self.rest().with_guest_secret(&Self::secret(name))),
        }
    }
}
