//! The peers of a service that is a process of its own: where they listen, and the secret by which they know each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use http::Uri;
use serde::{Deserialize, Serialize};
use stoa_api::METHODS;
use stoa_config::{Mistakes, Secret, Section};
use stoa_errors::Error;
use stoa_rpc::{Gate, Peer, PeerSecret};

use crate::folder;

/// The file with the deployment's secret, unless another one is named.
pub const PEERS_SECRET: &str = "peers.secret";

/// `[peers]`: the other services of the deployment, such as `catalog = "http://127.0.0.1:7511"`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct PeersSettings {
    /// The secret that the processes of the deployment share; absent: what the file holds.
    pub secret: Option<Secret<String>>,
    /// The file with it, made at the first start; absent: `peers.secret` in the data folder.
    pub secret_file: Option<PathBuf>,
    /// Where each service listens for its peers, by its name.
    #[serde(flatten)]
    pub at: BTreeMap<String, Option<String>>,
}

impl Default for PeersSettings {
    fn default() -> Self {
        // stoa.<service>.v1.<Service>
        let services = METHODS
            .iter()
            .filter_map(|method| method.service.split('.').nth(1));
        let at = services.filter(|name| *name != "ops");
        Self {
            secret: None,
            secret_file: None,
            at: at.map(|name| (name.to_owned(), None)).collect(),
        }
    }
}

impl Section for PeersSettings {
    const NAME: &'static str = "peers";

    fn validate(&self, mistakes: &mut Mistakes) {
        for (name, at) in &self.at {
            let good = at.as_deref().is_none_or(|at| address(at).is_some());
            mistakes.require(good, name, ADDRESS);
        }
        let secret = self.secret.as_ref().map(Secret::expose);
        mistakes.require(
            secret.is_none_or(|text| PeerSecret::new(text).is_ok()),
            "secret",
            "must be 32 or more visible ASCII characters",
        );
    }
}

/// What an address of a peer looks like.
const ADDRESS: &str = "must be an address such as http://127.0.0.1:7511";

fn address(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    (uri.scheme_str() == Some("http") && uri.host().is_some()).then_some(uri)
}

impl PeersSettings {
    /// Says whose address is missing of those that are called.
    pub(crate) fn require(&self, calls: &[&'static str]) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::new();
        for peer in calls {
            let named = self.at.get(*peer).is_some_and(Option::is_some);
            mistakes.require(named, &format!("peers.{peer}"), ADDRESS);
        }
        mistakes.into_result()
    }
}

/// The way to the peers over the network.
pub(crate) struct Network {
    pub(crate) secret: PeerSecret,
    at: BTreeMap<String, Option<String>>,
}

impl Network {
    /// With the secret of the settings, else of its file.
    pub(crate) fn open(settings: &PeersSettings, data: &Path) -> std::io::Result<Self> {
        let text = match (&settings.secret, &settings.secret_file) {
            (Some(secret), _) => secret.clone(),
            (None, Some(file)) => folder::secret(file)?,
            (None, None) => folder::secret(&data.join(PEERS_SECRET))?,
        };
        let unfit = |error: Error| std::io::Error::other(error.to_string());
        Ok(Self {
            secret: PeerSecret::new(text.expose()).map_err(unfit)?,
            at: settings.at.clone(),
        })
    }

    /// The service `peer`, called by `caller`; none when its address is not known.
    pub(crate) fn peer(&self, caller: &'static str, peer: &str, gate: &Gate) -> Option<Peer> {
        let uri = address(self.at.get(peer)?.as_deref()?)?;
        let peer = Peer::remote(uri, caller).with_gate(gate);
        Some(peer.with_secret(&self.secret))
    }
}
