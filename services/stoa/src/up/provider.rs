//! The sandbox as a child process: it lives as long as its standard input is open, and is started again when it dies.
//!
//! It has a process group of its own, so that Ctrl-C in a terminal reaches the suite alone: while the suite drains, its
//! provider is still there.

use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde::Deserialize;

use crate::status;

/// The pause before a sandbox that died is started again.
const PAUSE: Duration = Duration::from_millis(200);

/// A sandbox that runs, and whoever starts it again.
#[derive(Debug)]
pub(super) struct Provider {
    address: SocketAddr,
    keeper: Arc<Keeper>,
    thread: JoinHandle<()>,
}

/// Why there is no sandbox, or no place for one.
#[derive(Debug, thiserror::Error)]
pub(super) enum CannotStart {
    /// Somebody else runs in the folder.
    #[error("another suite runs in {}; stop it first, or name another --data", .0.display())]
    InUse(PathBuf),
    /// The folder cannot be made or written.
    #[error("cannot use the folder {}: {source}", .folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    /// Its process.
    #[error("cannot start the sandbox: {0}")]
    Process(#[from] io::Error),
    /// It ended, having said why on stderr.
    #[error("the sandbox did not start ({0})")]
    Ended(ExitStatus),
}

impl CannotStart {
    pub(super) fn status(&self) -> u8 {
        let kind = match self {
            Self::InUse(_) => return status::TRY_AGAIN,
            Self::Folder { source, .. } | Self::Process(source) => source.kind(),
            Self::Ended(ended) => {
                let code = ended.code().and_then(|code| u8::try_from(code).ok());
                return code.unwrap_or(status::INTERNAL);
            }
        };
        match kind {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => status::TRY_AGAIN,
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::ReadOnlyFilesystem => status::USAGE,
            _ => status::INTERNAL,
        }
    }
}

/// What keeps the child alive, and whether it is to be.
#[derive(Debug, Default)]
struct Keeper {
    state: Mutex<Kept>,
    ending: Condvar,
}

#[derive(Debug, Default)]
struct Kept {
    stdin: Option<ChildStdin>,
    ending: bool,
}

/// The line that a sandbox prints when it serves.
#[derive(Deserialize)]
struct Serving {
    address: SocketAddr,
}

impl Provider {
    /// Starts a sandbox with its books in `folder`, on a free port that it keeps; waits until it serves.
    pub(super) fn start(folder: &Path) -> Result<Self, CannotStart> {
        std::fs::create_dir_all(folder).map_err(|source| CannotStart::Folder {
            folder: folder.to_owned(),
            source,
        })?;
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (child, address) = spawn(folder, free)?;
        let keeper = Arc::new(Keeper::default());
        let thread = {
            let (keeper, folder) = (Arc::clone(&keeper), folder.to_owned());
            thread::Builder::new()
                .name("sandbox".to_owned())
                .spawn(move || keeper.keep(child, &folder, address))?
        };
        Ok(Self {
            address,
            keeper,
            thread,
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it in order.
    pub(super) fn stop(self) {
        self.keeper.end();
        if self.thread.join().is_err() {
            tracing::warn!("whoever kept the sandbox alive ended badly");
        }
    }
}

impl Keeper {
    /// Starts the child again whenever it ends, until told to let it go.
    fn keep(&self, first: Child, folder: &Path, address: SocketAddr) {
        let mut running = Some(first);
        loop {
            match running.take() {
                Some(child) => {
                    let ended = self.outlive(child);
                    if self.lock().ending {
                        return;
                    }
                    tracing::warn!(?ended, "the sandbox ended and is started again");
                }
                None => match spawn(folder, address) {
                    Ok((child, _)) => {
                        running = Some(child);
                        continue;
                    }
                    Err(error) => tracing::warn!(%error, "the sandbox cannot be started"),
                },
            }
            if self.paused() {
                return;
            }
        }
    }

    /// Holds the child's standard input open until the child ends, or is to.
    fn outlive(&self, mut child: Child) -> io::Result<ExitStatus> {
        // `wait` closes what it finds there.
        let stdin = child.stdin.take();
        {
            let mut kept = self.lock();
            if !kept.ending {
                kept.stdin = stdin;
            }
        }
        child.wait()
    }

    /// Waits a little; whether it is to end.
    fn paused(&self) -> bool {
        let kept = self.lock();
        let waited = self
            .ending
            .wait_timeout_while(kept, PAUSE, |kept| !kept.ending)
            .unwrap_or_else(PoisonError::into_inner);
        waited.0.ending
    }

    fn end(&self) {
        let mut kept = self.lock();
        kept.ending = true;
        kept.stdin = None;
        self.ending.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a sandbox and waits for the line that says where it serves.
fn spawn(folder: &Path, address: SocketAddr) -> Result<(Child, SocketAddr), CannotStart> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("sandbox")
        .arg("--data")
        .arg(folder)
        .arg("--listen")
        .arg(address.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut line)?;
    }
    match serde_json::from_str::<Serving>(&line) {
        Ok(serving) => Ok((child, serving.address)),
        // Its input closes here, so it ends.
        Err(_) => Err(CannotStart::Ended(child.wait()?)),
    }
}
