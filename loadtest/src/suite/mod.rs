//! The suite under test: a process of its own.
//!
//! | file | question it answers |
//! |---|---|
//! | `mod` | how is it started, and how is it ended |
//! | `reading` | what do its `/metrics` and the kernel say of it at one moment |
//! | `kernel` | what does /proc say of a process |

pub(crate) mod kernel;
pub(crate) mod reading;

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use stoa_chassis::{Addresses, operator_token_path};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};

use crate::postgres::Databases;

/// How long a start may take.
const START: Duration = Duration::from_secs(60);

/// What `/readyz` says when the listeners serve.
const SERVING: &str = "{\"name\":\"serving\",\"ok\":true}";

/// How a suite is to be started.
#[derive(Debug)]
pub(crate) struct Launch {
    command: Command,
    data: PathBuf,
    databases: Option<Databases>,
}

impl Launch {
    /// By `command`, with its data in `data`, which is made; on Postgres with `databases`, which go when it ends.
    pub(crate) fn new(mut command: Command, data: &Path, databases: Option<Databases>) -> Self {
        command.arg("--data").arg(data);
        for listener in ["--grpc", "--http", "--admin"] {
            command.args([listener, "127.0.0.1:0"]);
        }
        if let Some(databases) = &databases {
            command.args(["--database", databases.admin()]);
            command.env("STOA_DATABASE__PREFIX", databases.prefix());
        }
        command.env("STOA_TELEMETRY__FILTER", "warn");
        Self {
            command,
            data: data.to_owned(),
            databases,
        }
    }

    /// A setting, such as `STOA_TELEMETRY__OTLP`.
    #[must_use]
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it and waits until it is ready.
    pub(crate) fn start(mut self) -> Result<Suite> {
        fs::create_dir_all(&self.data)?;
        // What an earlier process of the folder left would be taken for this one's.
        let _absent = fs::remove_file(self.data.join(stoa_chassis::ADDRESSES));
        let log = self.data.with_extension("log");
        let started = Instant::now();
        let child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .spawn()
            .with_context(|| format!("cannot start {}", self.command.get_program().display()))?;
        let mut process = Process(child);
        let addresses = ready(&self.data, &mut process, started)?;
        let took = started.elapsed();
        let token = fs::read_to_string(operator_token_path(&self.data))?;
        Ok(Suite {
            process,
            addresses,
            bearer: format!("Bearer {}", token.trim()),
            data: self.data,
            databases: self.databases,
            started_in: took,
        })
    }
}

/// A running suite.
#[derive(Debug)]
pub(crate) struct Suite {
    process: Process,
    addresses: Addresses,
    bearer: String,
    data: PathBuf,
    databases: Option<Databases>,
    started_in: Duration,
}

impl Suite {
    /// Where it serves what.
    pub(crate) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Its databases, on Postgres.
    pub(crate) fn databases(&self) -> Option<&Databases> {
        self.databases.as_ref()
    }

    /// From its start until it was ready.
    pub(crate) fn started_in(&self) -> Duration {
        self.started_in
    }

    /// A connection that opens when it is used; inside a runtime.
    pub(crate) fn channel(&self) -> Result<Channel> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.addresses.grpc))?;
        Ok(endpoint.tcp_nodelay(true).connect_lazy())
    }

    /// A request of staff.
    pub(crate) fn staff<T>(&self, message: T) -> Result<tonic::Request<T>> {
        let mut request = tonic::Request::new(message);
        let bearer: MetadataValue<Ascii> = self.bearer.parse()?;
        request.metadata_mut().insert("authorization", bearer);
        Ok(request)
    }

    /// Stops the process for a while, as a debugger or a busy host would.
    pub(crate) fn pause(&self, span: Duration) -> Result<()> {
        signal(self.pid(), "-STOP")?;
        std::thread::sleep(span);
        signal(self.pid(), "-CONT")
    }

    /// Ends it in order; its databases go, its folder stays.
    pub(crate) fn stop(mut self) -> Result<()> {
        signal(self.pid(), "-TERM")?;
        self.process.0.wait()?;
        Ok(())
    }
}

/// A process that dies with whoever started it.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            // It may have ended meanwhile, which is as well.
            let _ended = self.0.kill().and_then(|()| self.0.wait());
        }
    }
}

fn signal(pid: u32, signal: &str) -> Result<()> {
    let done = Command::new("kill")
        .arg(signal)
        .arg(pid.to_string())
        .status()?;
    if !done.success() {
        bail!("cannot signal the suite");
    }
    Ok(())
}

fn ready(data: &Path, process: &mut Process, started: Instant) -> Result<Addresses> {
    let log = data.with_extension("log");
    loop {
        if let Ok(addresses) = Addresses::read(data)
            && let Ok(answer) = get(addresses.admin, "/readyz")
            && answer.contains(SERVING)
        {
            return Ok(addresses);
        }
        if process.0.try_wait()?.is_some() {
            let said = fs::read_to_string(&log).unwrap_or_default();
            bail!("the suite ended at once: {said}");
        }
        if started.elapsed() > START {
            bail!("the suite is not ready; its log is {}", log.display());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The whole answer to a GET, its head included.
fn get(address: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    // The older protocol has no chunks: the answer is what comes until the end.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
