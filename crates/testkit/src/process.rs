//! The built `stoa`, or a service alone, as a process of its own: what can be killed.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use stoa_chassis::{ADDRESSES, Addresses};

use crate::Doors;
use crate::wait::eventually_blocking;

/// The suite, or one service, as a process. Dropped, it is killed.
#[derive(Debug)]
pub struct SuiteProcess {
    child: Child,
    launch: Launch,
    doors: Doors,
}

/// How it is started, each time.
#[derive(Clone, Debug)]
struct Launch {
    binary: PathBuf,
    /// What the suite's binary is asked; a service's has no such word.
    command: Option<&'static str>,
    /// Where a service listens for its peers: a free port at first, the same in every later life.
    peers: Option<SocketAddr>,
    /// The environment of every life; what is below is that of the next one alone.
    lasting: Vec<(String, String)>,
    data: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

/// The binary that `cargo build` made last: `STOA_BIN`, or `stoa` beside the folder of this test.
///
/// # Panics
/// When there is none.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "a test's own variable, not a setting of the suite"
)]
pub fn binary() -> PathBuf {
    let named = std::env::var_os("STOA_BIN").map(PathBuf::from);
    let path = named.unwrap_or_else(|| {
        let test = std::env::current_exe().expect("the path of this test");
        // target/<profile>/deps/<test>
        let profile = test.ancestors().nth(2).expect("a target folder");
        profile.join("stoa")
    });
    assert!(
        path.is_file(),
        "{} is missing: run `cargo build -p stoa` first (`cargo xtask test` does)",
        path.display()
    );
    path
}

impl SuiteProcess {
    /// Starts `stoa up` in this folder on free ports and waits until it is ready.
    ///
    /// # Panics
    /// When it does not become ready.
    #[must_use]
    pub fn start(data: &Path) -> Self {
        Self::start_with(&binary(), data, &[], &[])
    }

    /// As [`SuiteProcess::start`]: this binary, with these arguments and this environment.
    ///
    /// # Panics
    /// When it does not become ready.
    #[must_use]
    pub fn start_with(
        binary: &Path,
        data: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        Launch::new(binary, data, arguments, environment).started()
    }

    /// Starts the service of this name alone, and waits until it is ready; every later life has the same environment.
    ///
    /// # Panics
    /// When it does not become ready.
    #[must_use]
    pub fn service(
        name: &str,
        data: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let binary = binary().with_file_name(format!("stoa-{name}"));
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let launch = Launch {
            command: None,
            peers: Some(free),
            ..Launch::new(&binary, data, arguments, environment)
        };
        let lasting = launch.environment.clone();
        Launch { lasting, ..launch }.started()
    }

    /// Where it listens for its peers, as they are told.
    ///
    /// # Panics
    /// When it is the suite, which has none.
    #[must_use]
    pub fn peers(&self) -> String {
        let at = self.doors.addresses().peers.expect("a service alone");
        format!("http://{at}")
    }

    /// Starts it without waiting: for a start that is expected to die.
    ///
    /// # Panics
    /// When the process cannot be started.
    #[must_use]
    pub fn spawn(
        binary: &Path,
        data: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Child {
        Launch::new(binary, data, arguments, environment).spawn()
    }

    /// What it and its sandbox have written to stdout and stderr, in all its lives.
    ///
    /// # Panics
    /// When the file cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.launch.log()).expect("a log")
    }

    /// The id of the process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, now.
    ///
    /// # Panics
    /// When there is no such process any more.
    pub fn kill(&mut self) -> ExitStatus {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("the status of what was killed")
    }

    /// `SIGTERM`, and waits for the end.
    ///
    /// # Panics
    /// When it does not end.
    pub fn terminate(&mut self) -> ExitStatus {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(asked.is_ok_and(|status| status.success()), "kill failed");
        self.ended()
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// When it does not.
    pub fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually_blocking("the end of the suite", || {
            child.try_wait().expect("the status of a child")
        })
    }

    /// Starts it again in the same folder, after it has ended; ports are new, except the one of a service for its peers.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn restart(&mut self) {
        self.restart_with(&[]);
    }

    /// As [`SuiteProcess::restart`], with another environment.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn restart_with(&mut self, environment: &[(&str, &str)]) {
        self.launch.environment = environment
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        self.child = self.launch.spawn();
        self.doors = self.launch.ready(&mut self.child);
    }
}

impl Launch {
    fn new(binary: &Path, data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            binary: binary.to_owned(),
            command: Some("up"),
            peers: None,
            lasting: Vec::new(),
            data: data.to_owned(),
            arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
            environment: environment.iter().map(owned).collect(),
        }
    }

    fn started(mut self) -> SuiteProcess {
        let mut child = self.spawn();
        let doors = self.ready(&mut child);
        self.peers = doors.addresses().peers;
        SuiteProcess {
            child,
            launch: self,
            doors,
        }
    }

    fn log(&self) -> PathBuf {
        let mut log = self.data.clone().into_os_string();
        log.push(".log");
        log.into()
    }

    fn spawn(&self) -> Child {
        // What an earlier life wrote says nothing about this one.
        let _missing = std::fs::remove_file(self.data.join(ADDRESSES));
        let log = || -> File {
            let log = OpenOptions::new()
                .create(true)
                .append(true)
                .open(self.log());
            log.expect("a log file")
        };
        let free = "127.0.0.1:0";
        Command::new(&self.binary)
            .args(self.command)
            .arg("--data")
            .arg(&self.data)
            .args(["--grpc", free, "--http", free, "--admin", free])
            .args(self.peers.map(|at| format!("--peers={at}")))
            .args(&self.arguments)
            .envs(
                crate::databases(&self.data)
                    .into_iter()
                    .map(|(key, value)| {
                        let name = key.to_uppercase().replace('.', "__");
                        (format!("STOA_{name}"), value)
                    }),
            )
            .envs(self.lasting.iter().cloned())
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log())
            .stderr(log())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.binary.display()))
    }

    fn ready(&self, child: &mut Child) -> Doors {
        let addresses = eventually_blocking("a suite that is ready", || {
            if let Some(status) = child.try_wait().expect("the status of a child") {
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                panic!("the suite ended with {status} instead of becoming ready:\n{log}");
            }
            Addresses::read(&self.data).ok()
        });
        Doors::new(&self.data, addresses)
    }
}

impl Deref for SuiteProcess {
    type Target = Doors;

    fn deref(&self) -> &Doors {
        &self.doors
    }
}

impl Drop for SuiteProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}
