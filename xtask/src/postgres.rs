//! `cargo xtask postgres start | stop`: a private Postgres for the tests, on loopback, with fsync on.
//!
//! Its data stand in the folder for temporary files, because the server refuses to run as root and another user may
//! not enter the working tree. They live as long as the server: a start finds or makes an empty one, because what an
//! earlier server left, perhaps killed under load, takes longer to recover than to make anew. `.tools/postgres.url` says how the tests reach it: as a role that may make databases and
//! roles, and nothing else.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{self, say};
use crate::tools::Tools;

/// The user under whom the server runs when everything else runs as root.
const USER: &str = "stoa-postgres";
/// The role of the tests.
const ROLE: &str = "stoa_tests";
/// What the server is told beside its port and its socket; everything that durability rests on keeps its default.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c max_connections=600 -c shared_buffers=192MB \
    -c max_wal_size=4GB -c checkpoint_timeout=15min -c deadlock_timeout=200ms";

/// The file with the URL, below `.tools`.
fn url_file(tools: &Tools) -> PathBuf {
    tools.dir().join("postgres.url")
}

/// One cluster per working tree.
struct Cluster {
    home: PathBuf,
    bin: PathBuf,
}

impl Cluster {
    fn of(root: &Path) -> Result<Self> {
        // FNV-1a: clones of the project on one machine have servers of their own.
        let hash = root
            .as_os_str()
            .as_encoded_bytes()
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let home = std::env::temp_dir().join(format!("stoa-postgres-{:08x}", hash >> 32));
        Ok(Self {
            home,
            bin: programs()?,
        })
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    fn password(&self) -> PathBuf {
        self.home.join("password")
    }

    /// One of the server's programs, as the server's user.
    fn command(&self, program: &str) -> Result<Command> {
        let program = self.bin.join(program);
        let mut command = if is_root()? {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={USER}"))
                .arg(format!("--regid={USER}"))
                .arg("--clear-groups")
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir("/").stdin(Stdio::null());
        Ok(command)
    }

    fn runs(&self) -> Result<bool> {
        if !self.data().join("postmaster.pid").exists() {
            return Ok(false);
        }
        let status = self
            .command("pg_ctl")?
            .arg("status")
            .arg("-D")
            .arg(self.data())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        Ok(status.success())
    }

    fn remove(&self) -> Result<()> {
        if self.home.exists() {
            fs::remove_dir_all(&self.home)
                .with_context(|| format!("cannot remove {}", self.home.display()))?;
        }
        Ok(())
    }

    fn init(&self) -> Result<()> {
        fs::create_dir_all(&self.home)?;
        fs::set_permissions(&self.home, fs::Permissions::from_mode(0o711))?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.password())?;
        writeln!(file, "{}", secret()?)?;
        drop(file);
        for folder in ["data", "socket"] {
            fs::create_dir_all(self.home.join(folder))?;
        }
        if is_root()? {
            for path in ["data", "socket", "password"] {
                let owner = format!("{USER}:{USER}");
                process::capture(Command::new("chown").arg(owner).arg(self.home.join(path)))?;
            }
        }
        let mut initdb = self.command("initdb")?;
        initdb
            .args(["-A", "scram-sha-256", "-U", "postgres", "-E", "UTF8"])
            .args(["--locale=C", "--no-sync", "-D"])
            .arg(self.data())
            .arg(format!("--pwfile={}", self.password().display()));
        process::capture(&mut initdb).map(drop)
    }

    fn start(&self) -> Result<u16> {
        let port = free_port()?;
        let options = format!(
            "-p {port} -k {} {SETTINGS}",
            self.home.join("socket").display()
        );
        let started = self
            .command("pg_ctl")?
            .args(["-w", "-t", "300", "-s", "start", "-D"])
            .arg(self.data())
            .arg("-l")
            .arg(self.data().join("server.log"))
            .arg("-o")
            .arg(options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !started.success() {
            let log = self.data().join("server.log");
            bail!("Postgres does not start; {} says why", log.display());
        }
        Ok(port)
    }

    /// The role of the tests, made or given a new password; the URL.
    fn role(&self, port: u16) -> Result<String> {
        let password = secret()?;
        let script = format!(
            "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') \
             THEN CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE; END IF; END $$; \
             GRANT pg_read_all_stats TO {ROLE}; ALTER ROLE {ROLE} PASSWORD '{password}';"
        );
        let owner = fs::read_to_string(self.password())?;
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-U",
            "postgres",
        ])
        .args(["-d", "postgres", "-p", &port.to_string(), "-c", &script])
        .env("PGPASSWORD", owner.trim());
        process::capture(&mut psql)?;
        Ok(format!(
            "postgres://{ROLE}:{password}@127.0.0.1:{port}/postgres"
        ))
    }
}

/// Starts the server unless it runs; gives the URL of the tests' role.
pub(crate) fn start(root: &Path) -> Result<String> {
    let tools = Tools::new(root);
    let cluster = Cluster::of(root)?;
    let file = url_file(&tools);
    if cluster.runs()?
        && let Ok(url) = fs::read_to_string(&file)
        && answers(&url)
    {
        return Ok(url.trim().to_owned());
    }
    say("[xtask] starting a private Postgres for the tests ..");
    if is_root()? {
        user()?;
    }
    stop(root)?;
    cluster.init()?;
    let port = cluster.start()?;
    let url = cluster.role(port)?;
    fs::create_dir_all(tools.dir())?;
    let mut options = fs::OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    writeln!(options.open(&file)?, "{url}")?;
    Ok(url)
}

/// Temporary databases from which on a cluster made anew is quicker than dropping them, one checkpoint each.
const MANY: usize = 100;

/// Starts the server, and with an empty cluster when earlier runs have left many databases.
pub(crate) fn start_tidy(root: &Path) -> Result<String> {
    let url = start(root)?;
    let cluster = Cluster::of(root)?;
    let mut psql = Command::new(cluster.bin.join("psql"));
    psql.args(["-X", "-q", "-A", "-t", "-d", &url])
        .args(["-c", "SELECT count(*) FROM pg_database"]);
    let left: usize = output(&mut psql)?.trim().parse()?;
    if left < MANY {
        return Ok(url);
    }
    say(&format!(
        "[xtask] {left} databases of earlier tests go with their cluster"
    ));
    stop(root)?;
    start(root)
}

/// Stops the server, if it runs, and removes its data.
pub(crate) fn stop(root: &Path) -> Result<()> {
    let cluster = Cluster::of(root)?;
    if cluster.runs()? {
        let mut command = cluster.command("pg_ctl")?;
        command
            .args(["-w", "-s", "-m", "immediate", "stop", "-D"])
            .arg(cluster.data());
        // A server that ended by itself meanwhile is as good as one that was stopped.
        if let Err(error) = process::capture(&mut command)
            && cluster.runs()?
        {
            return Err(error);
        }
    }
    cluster.remove()
}

fn answers(url: &str) -> bool {
    let port = url
        .rsplit_once(':')
        .and_then(|(_, rest)| rest.split('/').next())
        .and_then(|port| port.parse().ok());
    port.is_some_and(|port: u16| {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok()
    })
}

/// The folder with the newest server's programs; installs them where the system has a package of that name.
pub(crate) fn programs() -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    if !(is_root()? && process::exists("apt-get")) {
        bail!(
            "Postgres 14 or newer is needed for the tests: install it, for example with `apt-get install -y postgresql`"
        );
    }
    say("[xtask] installing postgresql ..");
    process::capture(Command::new("apt-get").args(["update", "-q"]))?;
    process::capture(
        Command::new("apt-get")
            .args([
                "install",
                "-y",
                "-q",
                "--no-install-recommends",
                "postgresql",
            ])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    installed().context("postgresql was installed, but initdb is not there")
}

fn installed() -> Option<PathBuf> {
    let packaged = fs::read_dir("/usr/lib/postgresql").ok();
    let mut versions: Vec<(u32, PathBuf)> = packaged
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(version, bin)| *version >= 14 && bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin).or_else(|| {
        let found = output(Command::new("pg_config").arg("--bindir")).ok()?;
        let bin = PathBuf::from(found.trim());
        bin.join("initdb").exists().then_some(bin)
    })
}

pub(crate) fn is_root() -> Result<bool> {
    Ok(output(Command::new("id").arg("-u"))?.trim() == "0")
}

/// The server's user, made when it is missing.
fn user() -> Result<()> {
    if process::capture(Command::new("id").args(["-u", USER])).is_ok() {
        return Ok(());
    }
    process::capture(Command::new("useradd").args([
        "-r",
        "-M",
        "-U",
        "-s",
        "/usr/sbin/nologin",
        USER,
    ]))
    .map(drop)
}

fn output(command: &mut Command) -> Result<String> {
    String::from_utf8(process::capture(command)?).context("the output is no text")
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// 128 random bits in hexadecimal digits.
fn secret() -> Result<String> {
    let mut bytes = [0_u8; 16];
    let mut random = fs::File::open("/dev/urandom")?;
    std::io::Read::read_exact(&mut random, &mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
