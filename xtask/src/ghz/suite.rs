//! The suite that is asked: a process of its own on a fresh folder, ended with this value.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process;

use super::rest::{self, As};

/// How long a start may take.
const START: Duration = Duration::from_secs(60);

/// How often it is asked whether it is ready.
const KNOCK: Duration = Duration::from_millis(50);

/// Where it listens.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Addresses {
    pub(super) grpc: SocketAddr,
    pub(super) http: SocketAddr,
    admin: SocketAddr,
}

/// A running suite. Dropped, it is ended.
#[derive(Debug)]
pub(super) struct Suite {
    child: Child,
    pub(super) addresses: Addresses,
    pub(super) token: String,
}

impl Suite {
    /// Starts `stoa up` on free ports in `folder`, waits until it is ready, and fills the demo shop.
    pub(super) fn start(stoa: &Path, folder: &Path) -> Result<Self> {
        let data = folder.join("data");
        let log = folder.join("suite.log");
        let mut command = Command::new(stoa);
        command.arg("up").arg("--data").arg(&data);
        for listener in ["--grpc", "--http", "--admin"] {
            command.args([listener, "127.0.0.1:0"]);
        }
        let child = command
            .env("STOA_TELEMETRY__FILTER", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("cannot start {}", stoa.display()))?;
        let mut starting = Starting(Some(child));
        let addresses = starting.ready(&data).with_context(|| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            format!("the suite does not become ready: {said}")
        })?;
        let child = starting.0.take().context("the suite is there")?;
        let token = fs::read_to_string(data.join("operator.token"))?;
        let suite = Self {
            child,
            addresses,
            token: token.trim().to_owned(),
        };
        process::capture(Command::new(stoa).arg("seed").arg("--data").arg(&data))?;
        Ok(suite)
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// A process that is not ready yet; dropped so, it is ended.
struct Starting(Option<Child>);

impl Starting {
    fn ready(&mut self, data: &Path) -> Result<Addresses> {
        let began = Instant::now();
        while began.elapsed() < START {
            if let Some(child) = &mut self.0
                && let Some(status) = child.try_wait()?
            {
                bail!("it ended with {status}");
            }
            let addresses = fs::read_to_string(data.join("addresses.json"));
            let addresses = addresses.ok().map(|text| serde_json::from_str(&text));
            if let Some(Ok::<Addresses, _>(addresses)) = addresses
                && rest::send(addresses.admin, As::Nobody, "GET", "/readyz", None).is_ok()
            {
                return Ok(addresses);
            }
            sleep(KNOCK);
        }
        bail!("{} s have passed", START.as_secs())
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            end(child);
        }
    }
}

/// Kills: the folder is thrown away, so nothing needs to be drained.
fn end(child: &mut Child) {
    // It may have ended by itself.
    let _gone = child.kill();
    let _gone = child.wait();
}
