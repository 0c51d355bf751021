//! A suite that is up, and clients of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use stoa_chassis::{Launch, Running, StartError, Suite, operator_token_path};
use stoa_config::{Settings, Sources};
use stoa_rpc::Peer;

use crate::modules::{Catalog, Order, Strings, strings};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Up {
    pub(crate) running: Running,
    pub(crate) strings: Arc<Strings>,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn suite() -> Suite {
    Suite::new("stoa-test", "1.2.3")
        .with::<Catalog>()
        .with::<Order>()
}

/// Free ports, this folder, two threads.
pub(crate) fn settings(data: &Path, more: &[(&str, &str)]) -> Settings {
    let data = data.to_str().unwrap();
    let free = "127.0.0.1:0";
    let flags = [
        ("server.data", data),
        ("server.grpc", free),
        ("server.http", free),
        ("server.admin", free),
        ("server.threads", "2"),
    ];
    let flags = flags.iter().chain(more);
    Settings::load(&Sources {
        flags: flags
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..Sources::default()
    })
    .unwrap()
}

pub(crate) fn quiet() -> Launch {
    Launch {
        quiet: true,
        ..Launch::default()
    }
}

pub(crate) async fn start(data: &Path) -> Result<Running, StartError> {
    suite().start(settings(data, &[]), quiet()).await
}

impl Up {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            running: start(folder.path()).await.unwrap(),
            strings: strings(folder.path()),
            folder,
        }
    }

    /// Somebody without a token.
    pub(crate) fn nobody(&self) -> Peer {
        let uri = format!("http://{}", self.running.addresses().grpc);
        Peer::remote(uri.parse().unwrap(), "test")
    }

    /// Whoever has the folder's token.
    pub(crate) fn operator(&self) -> Peer {
        let token = std::fs::read_to_string(operator_token_path(self.folder.path())).unwrap();
        self.nobody().with_token(token.trim()).unwrap()
    }

    pub(crate) fn admin(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.addresses().admin)
    }

    pub(crate) fn http(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.addresses().http)
    }
}
