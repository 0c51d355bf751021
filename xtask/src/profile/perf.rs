//! Taking samples with Linux `perf`: whether it may, how it is begun at the right moment, and what it wrote.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::postgres;
use crate::process::{self, say};

/// Samples per second and processor: a prime, so that nothing periodic keeps step with it.
const FREQUENCY: &str = "997";

/// What the load says on stderr when it begins to measure.
const BEGINS: &str = "measuring";

/// Whose stacks may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The programs' and, below their calls into it, the kernel's.
    All,
    /// The programs' alone.
    User,
}

/// What was recorded.
#[derive(Debug)]
pub(super) struct Recording {
    data: PathBuf,
    /// What each process was there for.
    pub(super) roles: BTreeMap<u32, String>,
}

/// Sees to it that perf is there and may take samples.
pub(super) fn ready() -> Result<Scope> {
    if !process::exists("perf") {
        install()?;
    }
    let setting = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid")
        .context("this kernel has no performance events: a profile needs Linux with perf")?;
    let paranoid: i32 = setting
        .trim()
        .parse()
        .context("kernel.perf_event_paranoid is no number")?;
    scope(postgres::is_root()?, paranoid)
}

fn scope(is_root: bool, paranoid: i32) -> Result<Scope> {
    match paranoid {
        _ if is_root => Ok(Scope::All),
        ..=1 => Ok(Scope::All),
        2 => Ok(Scope::User),
        _ => bail!(
            "the kernel lets only root take samples (kernel.perf_event_paranoid is {paranoid}): run \
             `sudo sysctl kernel.perf_event_paranoid=1`, or this command as root"
        ),
    }
}

fn install() -> Result<()> {
    if !(postgres::is_root()? && process::exists("apt-get")) {
        bail!(
            "`perf` is not on PATH: install it, for example with `apt-get install -y linux-perf` (Debian) or \
             `apt-get install -y linux-tools-generic` (Ubuntu)"
        );
    }
    say("[xtask] installing linux-perf ..");
    process::capture(Command::new("apt-get").args(["update", "-q"]))?;
    process::capture(
        Command::new("apt-get")
            .args([
                "install",
                "-y",
                "-q",
                "--no-install-recommends",
                "linux-perf",
            ])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
    .map(drop)
}

/// Runs `load` under perf, which begins when the load says that it measures.
pub(super) fn record(
    root: &Path,
    folder: &Path,
    load: &[String],
    scope: Scope,
) -> Result<Recording> {
    let control = folder.join("control");
    process::capture(Command::new("mkfifo").arg(&control))?;
    let data = folder.join("perf.data");
    let event = match scope {
        Scope::All => "cpu-clock",
        Scope::User => {
            say("[xtask] the kernel's own stacks are not seen: kernel.perf_event_paranoid is 2");
            "cpu-clock:u"
        }
    };
    let mut perf = Command::new("perf")
        .current_dir(root)
        .args(["record", "--quiet", "--event", event, "--freq", FREQUENCY])
        .args(["--call-graph", "fp", "--delay=-1"])
        .arg(format!("--control=fifo:{}", control.display()))
        .arg("--output")
        .arg(&data)
        .arg("--")
        .args(load)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start perf")?;
    let roles = listen(&mut perf, &control);
    let status = perf.wait().context("perf is gone")?;
    let roles = roles?;
    if !status.success() {
        bail!("the load under perf ended with {status}");
    }
    if roles.is_empty() {
        bail!("the load ended without having measured anything");
    }
    Ok(Recording { data, roles })
}

/// Passes on what the load says, and begins when it measures; gives what each process is there for.
fn listen(perf: &mut Child, control: &Path) -> Result<BTreeMap<u32, String>> {
    let said = perf.stderr.take().context("perf has no stderr")?;
    let mut roles = BTreeMap::new();
    for line in BufReader::new(said).lines() {
        let line = line?;
        say(&line);
        if roles.is_empty() && line.starts_with(BEGINS) {
            fs::write(control, "enable\n").context("cannot tell perf to begin")?;
            roles = descendants(perf.id())?;
        }
    }
    Ok(roles)
}

/// Every process below this one, and what it is there for.
fn descendants(of: u32) -> Result<BTreeMap<u32, String>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let pid = entry.file_name().to_str().and_then(|it| it.parse().ok());
        // A process that has ended meanwhile is none of ours.
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let (Some(pid), Some(parent)) = (pid, parent(&stat)) {
            let line = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            parents.push((pid, parent, line));
        }
    }
    let mut found = BTreeMap::new();
    let mut wanted = vec![of];
    while let Some(wanted_parent) = wanted.pop() {
        for (pid, _, line) in parents.iter().filter(|(_, it, _)| *it == wanted_parent) {
            found.insert(*pid, role(line));
            wanted.push(*pid);
        }
    }
    Ok(found)
}

/// The parent in the text of /proc/PID/stat, whose second field may hold anything in brackets.
fn parent(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}

/// What a process with this command line is there for; the arguments are parted by NUL.
fn role(line: &str) -> String {
    let mut words = line.split('\0');
    let program = words.next().unwrap_or_default();
    let name = program
        .rsplit_once('/')
        .map_or(program, |(_, name)| name)
        .to_owned();
    match (name.as_str(), words.next()) {
        ("stoa", Some("up")) => "suite".to_owned(),
        ("stoa", Some("sandbox")) => "provider".to_owned(),
        ("stoa-load", _) => "client".to_owned(),
        _ => name,
    }
}

/// The samples as text, stack by stack; inlined calls are not looked up, which would take minutes.
pub(super) fn script(recording: &Recording) -> Result<String> {
    let text = process::capture(
        Command::new("perf")
            .args([
                "script",
                "--no-inline",
                "--fields",
                "comm,pid,tid,period,ip,sym",
            ])
            .arg("--input")
            .arg(&recording.data),
    )?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_see_what() {
        assert_eq!(scope(true, 4).unwrap(), Scope::All);
        assert_eq!(scope(false, -1).unwrap(), Scope::All);
        assert_eq!(scope(false, 1).unwrap(), Scope::All);
        assert_eq!(scope(false, 2).unwrap(), Scope::User);
        let refused = scope(false, 3).unwrap_err().to_string();
        assert!(refused.contains("sysctl kernel.perf_event_paranoid=1"));
    }

    #[test]
    fn a_process_is_known_by_its_command_line() {
        assert_eq!(role("/x/stoa\0up\0--data\0d\0"), "suite");
        assert_eq!(role("/x/stoa\0sandbox\0"), "provider");
        assert_eq!(role("target/stoa-load\0orders\0"), "client");
        assert_eq!(role("pgbench\0-c\0"), "pgbench");
    }

    #[test]
    fn a_name_with_brackets_hides_no_parent() {
        assert_eq!(parent("12 (a) b) S 7 12 12 0"), Some(7));
        assert_eq!(parent(""), None);
    }
}
