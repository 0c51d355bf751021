//! The services that a module may call.

use std::collections::BTreeMap;
use std::fmt;

use stoa_rpc::Peer;

/// The peers of one module: those that its `CALLS` names, and no other.
#[derive(Clone, Default)]
pub struct Peers(BTreeMap<&'static str, Peer>);

/// A module asked for a peer that its `CALLS` does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not among the calls that this module declares")]
pub struct Undeclared(pub &'static str);

impl Peers {
    /// No peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, peer: Peer) -> Self {
        self.0.insert(name, peer);
        self
    }

    /// The service called `name`, as a transport for its generated client.
    ///
    /// # Errors
    /// When the module does not declare that it calls it.
    pub fn get(&self, name: &'static str) -> Result<Peer, Undeclared> {
        self.0.get(name).cloned().ok_or(Undeclared(name))
    }
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
