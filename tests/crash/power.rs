//! The shop's day with power cuts. `kill -9` takes the process and leaves the kernel what it was given; a power cut takes that
//! too. Here a file layer (`tests/power/forget.c`) is preloaded under the suite and its sandbox and keeps beside their files what
//! a disk would hold: what was synced. At a cut both die, and that disk is what the next life finds.
//!
//! What anybody has seen before a cut must be there after it; in the end the figures are exact and the books balance. A build
//! that does not sync must be caught: else this would prove nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use stoa_api::ops::v1::GetLogStateRequest;
use stoa_chassis::Addresses;
use stoa_testkit::{Doors, SuiteProcess, binary};
use tokio::time::sleep;

use crate::disk::Disk;
use crate::kill_loop::Replay;
use crate::life::{crash_binary, doctor};
use crate::proof::{Luck, is_on_postgres, note, wanted};
use crate::replay::{last_line, lasting};
use crate::retail::{self, DAY};

/// Events of orders in one life, at most.
const EVENTS: u64 = 30;

/// How long a sync takes, in microseconds: as on a quick disk.
const SYNC_US: &str = "1500";

/// How long one life, and in the end the replay, may go on without what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Whose logs are looked at.
const SERVICES: [&str; 3] = ["order", "inventory", "payment"];

/// The file layer, compiled once.
fn layer() -> &'static Path {
    static LAYER: OnceLock<PathBuf> = OnceLock::new();
    LAYER.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("power/forget.c");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let built = folder.join(format!("forget-{}.so", std::process::id()));
        let layer = folder.join("forget.so");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"])
            .args([&built, &source])
            .status();
        let compiled = compiled.is_ok_and(|status| status.success());
        assert!(compiled, "`cc` cannot compile {}", source.display());
        // Another test may have it loaded: it keeps its file.
        std::fs::rename(&built, &layer).unwrap();
        layer
    })
}

/// A suite over the file layer.
struct Suite<'a> {
    binary: PathBuf,
    mutants: &'a str,
    disk: &'a Disk,
    child: Option<Child>,
}

impl Suite<'_> {
    /// Starts it; says why when it does not become ready.
    async fn start(&mut self) -> Result<Doors, String> {
        let disk = &self.disk;
        let environment = [
            ("LD_PRELOAD", layer().to_str().unwrap()),
            ("STOA_POWER_FOLDER", disk.folder.to_str().unwrap()),
            ("STOA_POWER_DISK", disk.disk.to_str().unwrap()),
            ("STOA_POWER_SYNC_US", SYNC_US),
            ("STOA_MUTANT", self.mutants),
        ];
        let child = SuiteProcess::spawn(&self.binary, &disk.folder, &[], &environment);
        let child = self.child.insert(child);
        let until = Instant::now() + PATIENCE;
        while Addresses::read(&disk.folder).is_err() {
            let ended = child.try_wait().unwrap();
            if ended.is_some() || Instant::now() > until {
                let log = disk.folder.with_extension("log");
                let log = std::fs::read_to_string(log).unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                let last = &lines[lines.len().saturating_sub(15)..];
                return Err(format!(
                    "no suite became ready: {ended:?}\n{}",
                    last.join("\n")
                ));
            }
            sleep(LOOK).await;
        }
        Ok(Doors::of(&disk.folder))
    }

    /// Suite and sandbox stop at one moment and die.
    fn cut(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let mut all = vec![child.id().to_string()];
        let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id()));
        let lists = tasks
            .into_iter()
            .flatten()
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
        let children = lists.collect::<String>();
        all.extend(children.split_whitespace().map(str::to_owned));
        for signal in ["-STOP", "-KILL"] {
            // Who is gone already needs no signal.
            let _sent = Command::new("kill").arg(signal).args(&all).output();
        }
        child.wait().unwrap();
        let gone = |id: &String| !Path::new("/proc").join(id).join("exe").exists();
        let until = Instant::now() + PATIENCE;
        while !all.iter().all(gone) {
            assert!(Instant::now() < until, "the sandbox outlives its death");
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Suite<'_> {
    fn drop(&mut self) {
        self.cut();
    }
}

/// How far the log of each service is, as anybody can see.
async fn seen(doors: &Doors) -> BTreeMap<&'static str, i64> {
    let mut seen = BTreeMap::new();
    for service in SERVICES {
        let request = GetLogStateRequest {
            service: service.to_owned(),
        };
        let state = doors.staff().call(request).await.unwrap();
        seen.insert(service, state.written);
    }
    seen
}

/// Replays the day while the power fails; says what was lost.
async fn a_day_with_cuts(binary: PathBuf, mutants: &str, cuts: u64) -> Result<(), String> {
    let Some(retail) = retail::folder() else {
        return Ok(());
    };
    if is_on_postgres() {
        // There the disk is the server's affair.
        return Ok(());
    }
    let file = retail.join(DAY);
    let mut luck = Luck::new();
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::new(folder.path());
    let mut suite = Suite {
        binary,
        mutants,
        disk: &disk,
        child: None,
    };
    let mut doors = suite.start().await?;
    let mut replay = Replay::start(&disk.folder, &file);
    let (mut forgotten, mut torn) = (0, 0);
    for cut in 1..=cuts {
        let mut before = seen(&doors).await;
        let events = i64::try_from(luck.up_to(EVENTS)).unwrap();
        let (goal, until) = (before["order"] + events, Instant::now() + PATIENCE);
        while before["order"] < goal {
            assert!(!replay.is_done(), "the replay ended before cut {cut}");
            replay.go_on();
            assert!(Instant::now() < until, "nothing is committed any more");
            sleep(LOOK).await;
            before = seen(&doors).await;
        }
        sleep(Duration::from_millis(luck.up_to(20))).await;
        suite.cut();
        let lost = disk.cut(&mut luck);
        forgotten += lost.pages;
        torn += u64::from(lost.is_torn);
        doors = suite.start().await?;
        let after = seen(&doors).await;
        if SERVICES
            .iter()
            .any(|service| after[service] < before[service])
        {
            return Err(format!("cut {cut}: {before:?} was seen, {after:?} is left"));
        }
    }
    let report = last_line(&replay.said().await);
    assert_eq!(lasting(&report), retail::figures(&file));
    doctor(&suite.binary, &disk.folder);
    let seed = luck.seed;
    let detail = format!("{forgotten} pages were not synced, {torn} cuts kept some; seed {seed}");
    eprintln!("{cuts} power cuts: {detail}");
    note("power cut", cuts, &detail);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_survives_power_cuts() {
    let cuts = wanted("STOA_POWER_CUTS", 5);
    a_day_with_cuts(binary(), "", cuts).await.unwrap();
}

/// A build that asks the engine not to sync loses what was seen, or does not even start again.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_does_not_sync_is_caught() {
    if retail::folder().is_none() || is_on_postgres() {
        return;
    }
    let caught = a_day_with_cuts(crash_binary(), "store.sync.off", 5).await;
    let why = caught.unwrap_err();
    eprintln!("caught: {why}");
    note("power cut of a build that does not sync, caught", 1, "");
}
