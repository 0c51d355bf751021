//! The Postgres server: databases of a run's own, and the server's own programs as processes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use stoa_chassis::DATABASES;

/// A server, and where its programs stand.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// The URL of a role that may make databases and roles.
    url: String,
    /// The folder of psql and pgbench; without one they are looked for where the shell looks.
    bin: Option<PathBuf>,
}

impl Server {
    pub(crate) fn new(url: &str, bin: Option<&Path>) -> Self {
        Self {
            url: url.to_owned(),
            bin: bin.map(Path::to_owned),
        }
    }

    /// The URL of its administrator.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What a query said: a line per row, columns divided by tabs. `url` names the database.
    pub(crate) fn query(&self, url: &str, query: &str) -> Result<String> {
        let arguments = ["-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1"];
        let mut psql = self.program("psql");
        psql.args(arguments).args(["-d", url, "-c", query]);
        output(&mut psql)
    }

    /// One of the server's programs.
    pub(crate) fn program(&self, name: &str) -> Command {
        let path = match &self.bin {
            Some(bin) => bin.join(name),
            None => PathBuf::from(name),
        };
        let mut command = Command::new(path);
        command.stdin(Stdio::null());
        command
    }

    /// A set of databases for a suite, under names that nobody else uses.
    pub(crate) fn databases(&self) -> Databases {
        Databases {
            server: self.clone(),
            prefix: format!("load_{}_{:08x}", std::process::id(), rand::random::<u32>()),
        }
    }
}

/// What a program printed; an error shows what it complained about.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = Path::new(command.get_program())
        .file_name()
        .map_or_else(String::new, |name| name.display().to_string());
    let output = command
        .output()
        .with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{name} printed no text"))
}

/// The databases of one suite; they and their roles go with it.
#[derive(Debug)]
pub(crate) struct Databases {
    server: Server,
    prefix: String,
}

/// One database, as the suite's folder remembers it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Database {
    /// With the password.
    pub(crate) url: String,
}

impl Databases {
    /// The URL of the server's administrator.
    pub(crate) fn admin(&self) -> &str {
        self.server.url()
    }

    /// The server they stand on.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// What the names of its roles and databases begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The database of each service, once the suite of the folder has started.
    pub(crate) fn of_services(&self, data: &Path) -> Result<BTreeMap<String, Database>> {
        let text = fs::read_to_string(data.join(DATABASES))?;
        let mut services: BTreeMap<String, Database> = serde_json::from_str(&text)?;
        for database in services.values_mut() {
            // What stands behind it is for the suite's driver.
            if let Some((url, _)) = database.url.split_once('?') {
                database.url = url.to_owned();
            }
        }
        Ok(services)
    }

    fn remove(&self) -> Result<()> {
        let list = |what: &str, name: &str| {
            let like = self.prefix.replace('_', "\\_");
            let query = format!("SELECT {name} FROM {what} WHERE {name} LIKE '{like}\\_%'");
            self.server.query(self.admin(), &query)
        };
        for database in list("pg_database", "datname")?.lines() {
            let drop = format!("DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE)");
            self.server.query(self.admin(), &drop)?;
        }
        for role in list("pg_roles", "rolname")?.lines() {
            let drop = format!("DROP ROLE IF EXISTS \"{role}\"");
            self.server.query(self.admin(), &drop)?;
        }
        Ok(())
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            eprintln!(
                "databases {}_* are left on the server: {error:#}",
                self.prefix
            );
        }
    }
}

/// What pgbench is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pgbench<'a> {
    /// The database.
    pub(crate) url: &'a str,
    /// The file with the script of one transaction.
    pub(crate) script: &'a Path,
    /// How many clients do it at the same time.
    pub(crate) clients: u32,
    /// For how long.
    pub(crate) seconds: u64,
}

impl Server {
    /// Runs pgbench with prepared statements; the scripts done per second.
    pub(crate) fn pgbench(&self, run: Pgbench<'_>) -> Result<f64> {
        self.pgbench_with(run, &[])
    }

    /// The same with variables of the script.
    pub(crate) fn pgbench_with(&self, run: Pgbench<'_>, variables: &[(&str, &str)]) -> Result<f64> {
        let mut command = self.program("pgbench");
        for (name, value) in variables {
            command.args(["-D", &format!("{name}={value}")]);
        }
        command
            .args(["-n", "-M", "prepared", "-T", &run.seconds.to_string()])
            .args(["-c", &run.clients.to_string()])
            .args(["-j", &run.clients.min(2).to_string(), "-f"])
            .arg(run.script.as_os_str())
            .arg(OsStr::new(run.url));
        let said = output(&mut command)?;
        tps(&said).with_context(|| format!("pgbench said no rate: {said}"))
    }
}

fn tps(said: &str) -> Option<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::tps;

    #[test]
    fn the_rate_of_pgbench_is_read() {
        let said = "latency average = 2.5 ms\ntps = 812.250000 (without initial connection time)\n";
        assert_eq!(tps(said), Some(812.25));
        assert_eq!(tps("ERROR"), None);
    }
}
