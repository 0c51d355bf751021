//! On what a proof was run: figures of a disk that does not sync prove nothing about durability.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::process;

/// How long syncs are counted.
const COUNTED: Duration = Duration::from_secs(3);

/// What the report says of it.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) commit: String,
    pub(crate) begun: String,
    pub(crate) system: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    /// 4 KiB written and synced, one after the other, per second.
    pub(crate) syncs_per_second: u64,
}

/// Looks; `folder` is on the disk that the tests use.
pub(crate) fn look(root: &Path, folder: &Path) -> Result<Machine> {
    let said = |program: &str, arguments: &[&str]| -> String {
        let said = process::capture(Command::new(program).args(arguments).current_dir(root));
        said.map_or_else(
            |_| "unknown".to_owned(),
            |bytes| String::from_utf8_lossy(&bytes).trim().to_owned(),
        )
    };
    let changed = !said("git", &["status", "--porcelain"]).is_empty();
    let mut commit = said("git", &["rev-parse", "--short=12", "HEAD"]);
    if changed {
        commit.push_str(" with changes");
    }
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|rest| rest.split_once(':'))
        .map_or("unknown", |(_, name)| name.trim());
    Ok(Machine {
        commit,
        begun: said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        system: said("uname", &["-sr"]),
        processor: model.to_owned(),
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        syncs_per_second: syncs_per_second(folder)?,
    })
}

fn syncs_per_second(folder: &Path) -> Result<u64> {
    let path = folder.join("sync");
    let mut file =
        File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let page = [7_u8; 4_096];
    let (started, mut syncs) = (Instant::now(), 0_u64);
    while started.elapsed() < COUNTED {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&page)?;
        file.sync_data()?;
        syncs = syncs.saturating_add(1);
    }
    std::fs::remove_file(&path)?;
    Ok(syncs / COUNTED.as_secs())
}

/// A seed that nobody has chosen.
#[expect(
    clippy::disallowed_methods,
    reason = "a seed that differs each time; the report says which it was"
)]
pub(crate) fn a_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(1, |now| now.as_secs())
}
