//! A suite from outside: its addresses, its operator's token, and who may come in.

use std::path::{Path, PathBuf};

use stoa_chassis::{Addresses, operator_token_path};
use stoa_errors::Error;
use tonic::transport::Endpoint;

use crate::{Caller, Rest};

/// The listeners of a suite that runs, in this process or another.
#[derive(Clone, Debug)]
pub struct Doors {
    data: PathBuf,
    addresses: Addresses,
    token: String,
}

impl Doors {
    /// Those of the suite that runs in this folder.
    ///
    /// # Panics
    /// When none has become ready there.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        let addresses = Addresses::read(data).expect("the addresses of a suite that is ready");
        Self::new(data, addresses)
    }

    pub(crate) fn new(data: &Path, addresses: Addresses) -> Self {
        let token =
            std::fs::read_to_string(operator_token_path(data)).expect("an operator's token");
        Self {
            data: data.to_owned(),
            addresses,
            token: token.trim().to_owned(),
        }
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// The operator's token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Somebody without a credential.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[must_use]
    pub fn nobody(&self) -> Caller {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.addresses.grpc));
        Caller::nobody(endpoint.expect("an address").connect_lazy())
    }

    /// The operator.
    #[must_use]
    pub fn staff(&self) -> Caller {
        self.nobody().with_token(&self.token)
    }

    /// The guest of this name: each has a secret of his own.
    #[must_use]
    pub fn guest(&self, name: &str) -> Caller {
        self.nobody().with_guest_secret(&Self::secret(name))
    }

    /// The secret of the guest of this name.
    #[must_use]
    pub fn secret(name: &str) -> String {
        format!("secret-of-{name:-<24}")
    }

    /// REST without a credential.
    #[must_use]
    pub fn rest(&self) -> Rest {
        Rest::new(format!("http://{}", self.addresses.http))
    }

    /// The admin port.
    #[must_use]
    pub fn admin(&self) -> Rest {
        Rest::new(format!("http://{}", self.addresses.admin))
    }

    /// The metrics page.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn metrics(&self) -> String {
        self.admin().get("/metrics").await.text
    }

    /// The reason of a refusal.
    ///
    /// # Panics
    /// When it was none.
    pub fn reason<T>(answer: Result<T, Error>) -> String {
        match answer {
            Ok(_) => panic!("this should have been refused"),
            Err(error) => error.reason.to_string(),
        }
    }
}
