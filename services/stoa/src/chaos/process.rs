//! Whose the suite is: one that runs already is left alone; one that was started here is killed, again and again.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use stoa_api::ops::v1::GetInfoRequest;
use stoa_store::{FolderLock, StoreError};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, sleep_until};

use crate::client::{Failure, Where};

use super::tally::Tally;

/// How long a start may take.
const START: Duration = Duration::from_secs(60);

/// A suite that was started here.
#[derive(Debug)]
pub(super) struct Owned {
    data: PathBuf,
    child: Child,
}

impl Owned {
    /// Starts a suite in this folder, unless one runs there.
    pub(super) async fn start(data: &Path) -> Result<Option<Self>, Failure> {
        match FolderLock::folder(data) {
            Ok(free) => drop(free),
            Err(StoreError::Locked { .. }) => {
                eprintln!("a suite runs in {}: it is not killed", data.display());
                return Ok(None);
            }
            Err(error) => {
                return Err(Failure::Usage(format!(
                    "cannot use {}: {error}",
                    data.display()
                )));
            }
        }
        let child = spawn(data).map_err(broken)?;
        let mut owned = Self {
            data: data.to_owned(),
            child,
        };
        owned.ready().await?;
        Ok(Some(owned))
    }

    /// `kill -9`, and a new start in the same folder.
    async fn die_and_rise(&mut self) -> Result<(), Failure> {
        self.child.kill().await.map_err(broken)?;
        self.child = spawn(&self.data).map_err(broken)?;
        self.ready().await
    }

    async fn ready(&mut self) -> Result<(), Failure> {
        let until = Instant::now() + START;
        loop {
            if let Some(ended) = self.child.try_wait().map_err(broken)? {
                return Err(Failure::Broken(format!(
                    "the suite ended with {ended} instead of becoming ready; see {}",
                    log(&self.data).display()
                )));
            }
            // The addresses of an earlier life answer nobody.
            let suite = Where::folder(&self.data).connect()?;
            let asked = suite.call(GetInfoRequest {});
            let asked = tokio::time::timeout(Duration::from_secs(1), asked).await;
            if matches!(asked, Ok(Ok(_))) {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(Failure::Broken(
                    "the suite does not become ready".to_owned(),
                ));
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends it in order.
    pub(super) async fn stop(mut self) {
        let asked = self.child.id().map(|id| {
            std::process::Command::new("kill")
                .args(["-TERM", &id.to_string()])
                .status()
        });
        if !matches!(asked, Some(Ok(status)) if status.success()) {
            let _killed = self.child.start_kill();
        }
        let _ended = self.child.wait().await;
    }
}

/// Kills what was started here until the time is over, about every so many seconds; what is left of it at the end.
pub(super) async fn kills(
    owned: Option<Owned>,
    every: u64,
    tally: &Tally,
    seed: u64,
    until: Instant,
) -> Result<Option<Owned>, Failure> {
    let Some(mut owned) = owned else {
        return Ok(None);
    };
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        let pause = Duration::from_millis(random.random_range(every * 500..=every * 1_500));
        let next = Instant::now() + pause;
        if next >= until {
            sleep_until(until).await;
            return Ok(Some(owned));
        }
        sleep_until(next).await;
        tally.killed();
        owned.die_and_rise().await?;
    }
}

fn spawn(data: &Path) -> io::Result<Child> {
    std::fs::create_dir_all(data)?;
    let log = || {
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log(data))
    };
    let free = "127.0.0.1:0";
    Command::new(std::env::current_exe()?)
        .arg("up")
        .arg("--data")
        .arg(data)
        .args(["--grpc", free, "--http", free, "--admin", free])
        .stdin(Stdio::null())
        .stdout(log()?)
        .stderr(log()?)
        .kill_on_drop(true)
        .spawn()
}

/// What the suite says while it is killed.
fn log(data: &Path) -> PathBuf {
    data.join("chaos.log")
}

fn broken(error: io::Error) -> Failure {
    Failure::Broken(format!("the suite cannot be started or killed: {error}"))
}
