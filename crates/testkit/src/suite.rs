//! Modules in this process, on a temporary folder, with the real sandbox over a socket and real listeners.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stoa_chassis::{Launch, Running};
use stoa_config::{Settings, Sources};
use stoa_rpc::StaffToken;
use stoa_types::Clock;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::Doors;

/// A suite that runs in this process. Everything on it goes through its listeners ([`Doors`]).
#[derive(Debug)]
pub struct Suite {
    running: Running,
    provider: Option<Provider>,
    doors: Doors,
    folder: Folder,
}

/// The sandbox, on the runtime of the test.
#[derive(Debug)]
struct Provider {
    address: SocketAddr,
    task: JoinHandle<()>,
    end: CancellationToken,
    _guard: DropGuard,
}

/// Where the suite keeps its data.
#[derive(Debug)]
enum Folder {
    /// Gone with the suite.
    Temporary(TempDir),
    /// The test's own.
    Kept(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

/// How a suite is started.
#[derive(Debug)]
pub struct Builder {
    modules: stoa_chassis::Suite,
    folder: Option<PathBuf>,
    settings: Vec<(String, String)>,
    launch: Launch,
    provider: bool,
    terms: fn(&mut stoa_sandbox::Config),
}

impl Builder {
    /// These modules.
    #[must_use]
    pub fn new(modules: stoa_chassis::Suite) -> Self {
        let quiet = true;
        Self {
            modules,
            folder: None,
            settings: Vec::new(),
            launch: Launch {
                quiet,
                ..Launch::default()
            },
            provider: true,
            terms: |_| {},
        }
    }

    /// In this folder, which outlives the suite.
    #[must_use]
    pub fn data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// With one more setting, `section.key`.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// With this clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.launch.clock = Arc::new(clock);
        self
    }

    /// With one more member of staff, beside the operator.
    #[must_use]
    pub fn staff(mut self, token: StaffToken) -> Self {
        self.launch.staff.push(token);
        self
    }

    /// Without a payment provider: for modules that need none.
    #[must_use]
    pub fn without_provider(mut self) -> Self {
        self.provider = false;
        self
    }

    /// With a payment provider on other terms.
    #[must_use]
    pub fn terms(mut self, terms: fn(&mut stoa_sandbox::Config)) -> Self {
        self.terms = terms;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(self) -> Suite {
        let folder = self.folder.map_or_else(
            || Folder::Temporary(TempDir::new().expect("a temporary folder")),
            Folder::Kept,
        );
        let data = folder.path();
        let provider = if self.provider {
            Some(Provider::start(&data.join("sandbox"), self.terms).await)
        } else {
            None
        };
        let free = "127.0.0.1:0".to_owned();
        let mut flags = vec![
            ("server.data".to_owned(), data.display().to_string()),
            ("server.grpc".to_owned(), free.clone()),
            ("server.http".to_owned(), free.clone()),
            ("server.admin".to_owned(), free),
            ("server.threads".to_owned(), "2".to_owned()),
        ];
        flags.extend(crate::databases(data));
        if let Some(provider) = &provider {
            let url = format!("http://{}", provider.address);
            flags.push(("payment.provider_url".to_owned(), url));
        }
        flags.extend(self.settings);
        let sources = Sources {
            flags,
            ..Sources::default()
        };
        let settings = Settings::load(&sources).expect("settings that can be read");
        let started = self.modules.start(settings, self.launch).await;
        let running = started.unwrap_or_else(|error| panic!("the suite does not start: {error:?}"));
        let doors = Doors::new(data, running.addresses());
        Suite {
            running,
            provider,
            doors,
            folder,
        }
    }
}

impl Suite {
    /// Starts these modules in a temporary folder.
    ///
    /// # Panics
    /// When they do not start.
    pub async fn start(modules: stoa_chassis::Suite) -> Self {
        Builder::new(modules).start().await
    }

    /// Where the payment provider listens.
    #[must_use]
    pub fn provider(&self) -> Option<SocketAddr> {
        self.provider.as_ref().map(|provider| provider.address)
    }

    /// Ends it in order; its folder stays as long as what is given back.
    pub async fn stop(self) -> Option<TempDir> {
        self.running.stop().await;
        if let Some(provider) = self.provider {
            provider.stop().await;
        }
        match self.folder {
            Folder::Temporary(folder) => Some(folder),
            Folder::Kept(_) => None,
        }
    }
}

impl Deref for Suite {
    type Target = Doors;

    fn deref(&self) -> &Doors {
        &self.doors
    }
}

impl Provider {
    #[expect(
        clippy::disallowed_methods,
        reason = "the sandbox is no part of the suite; in production it is another process"
    )]
    async fn start(folder: &Path, terms: fn(&mut stoa_sandbox::Config)) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let end = CancellationToken::new();
        let mut config = stoa_sandbox::Config::new(folder);
        terms(&mut config);
        let served = stoa_sandbox::run(config, listener, end.clone());
        let task = tokio::spawn(async move {
            if let Err(error) = served.await {
                panic!("the sandbox ended badly: {error:?}");
            }
        });
        Self {
            address,
            task,
            _guard: end.clone().drop_guard(),
            end,
        }
    }

    async fn stop(self) {
        self.end.cancel();
        self.task.await.expect("a sandbox that ended in order");
    }
}
