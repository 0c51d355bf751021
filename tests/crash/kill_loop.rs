//! `kill -9` at any moment of a shop's day: the suite after a random number of commits and sometimes again while it starts,
//! now and then the replay or the sandbox. In the end the figures are exact, the books balance, and the provider's own books agree with them.
//!
//! The seed of a run is printed; `STOA_SEED` repeats it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use stoa_testkit::{SuiteProcess, binary};
use tokio::time::sleep;

use crate::life::{Provider, doctor};
use crate::replay::{last_line, lasting};
use crate::retail::{self, DAY};

/// How often the suite is killed, at least; as often it must have found work that a dead one had left.
const SUITE: u32 = 20;

/// How often the replay is killed.
const REPLAY: u32 = 5;

/// Commits of orders in one life, at most.
const COMMITS: u64 = 16;

/// How long one life, and in the end the replay, may go on without the commits that are waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Numbers that a seed repeats (xorshift64*).
struct Luck(u64);

impl Luck {
    fn new() -> Self {
        let named = std::env::var("STOA_SEED").ok();
        let seed = named.map_or_else(
            || {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
                u64::from(now.subsec_nanos()) ^ now.as_secs() << 20
            },
            |seed| seed.parse().unwrap(),
        );
        eprintln!("seed {seed}");
        Self(seed.max(1))
    }

    /// 1 to `most`.
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        1 + (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % most
    }
}

/// A replay as a process, and what it has said.
struct Replay {
    child: Child,
    said: PathBuf,
}

impl Replay {
    fn start(data: &Path, file: &Path) -> Self {
        let said = data.with_extension("report");
        let mut command = Command::new(binary());
        command
            .args(["replay", "--format", "json", "--data"])
            .arg(data)
            .arg(file)
            .stdout(File::create(&said).unwrap());
        Self {
            child: command.spawn().unwrap(),
            said,
        }
    }

    fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        self.child.wait().unwrap();
    }
}

/// A figure of the order service on the metrics page.
async fn figure(suite: &SuiteProcess, name: &str, label: &str) -> u64 {
    let page = suite.metrics().await;
    let line = page
        .lines()
        .find(|line| line.starts_with(name) && line.contains(label));
    let number = line.and_then(|line| line.rsplit(' ').next());
    number.map_or(0, |number| number.parse().unwrap())
}

async fn commits(suite: &SuiteProcess) -> u64 {
    figure(suite, "stoa_store_commits_total{", "db=\"order\"").await
}

async fn adopted(suite: &SuiteProcess) -> u64 {
    figure(suite, "stoa_workflow_adopted_total{", "service=\"order\"").await
}

/// Kills the sandbox that the suite has as its child; it is started again.
fn kill_sandbox(suite: &SuiteProcess) {
    let tasks = fs::read_dir(format!("/proc/{}/task", suite.pid())).unwrap();
    let lists =
        tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("children")).ok());
    for child in lists.collect::<String>().split_whitespace() {
        let killed = Command::new("kill").args(["-KILL", child]).status();
        assert!(killed.unwrap().success());
    }
}

/// Starts it again; one time in three it is killed once more on the way.
async fn restart(suite: &mut SuiteProcess, data: &Path, arguments: &[&str], luck: &mut Luck) {
    if luck.up_to(3) == 1 {
        let mut unborn = SuiteProcess::spawn(&binary(), data, arguments, &[]);
        sleep(Duration::from_millis(luck.up_to(150))).await;
        unborn.kill().unwrap();
        unborn.wait().unwrap();
    }
    suite.restart();
}

/// Replays the file while the suite and the replay are killed; then all must be as if nothing had happened. The suite has a
/// sandbox of its own, which dies with it, unless another provider is named.
async fn replay_under_fire(file: &Path, provider: Option<&Provider>) {
    let mut luck = Luck::new();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let named = provider.map(|provider| ["--provider", provider.url.as_str()]);
    let arguments = named.as_ref().map_or(&[][..], |named| &named[..]);
    let mut suite = SuiteProcess::start_with(&binary(), &data, arguments, &[]);
    let mut replay = Replay::start(&data, file);
    let (mut killed, mut replays, mut found) = (0, 0, 0);
    while killed < SUITE || replays < REPLAY || found < SUITE {
        let wanted = commits(&suite).await + luck.up_to(COMMITS);
        let until = Instant::now() + PATIENCE;
        while commits(&suite).await < wanted {
            assert!(
                !replay.is_over(),
                "the replay ended after {killed} deaths of the suite, {found} of which left work, and {replays} of its own"
            );
            assert!(Instant::now() < until, "nothing is committed any more");
            sleep(LOOK).await;
        }
        if provider.is_none() && killed % 5 == 2 {
            kill_sandbox(&suite);
            sleep(Duration::from_millis(luck.up_to(300))).await;
        }
        suite.kill();
        killed += 1;
        if replays < REPLAY && killed % 4 == 0 {
            replay = Replay::start(&data, file);
            replays += 1;
        }
        restart(&mut suite, &data, arguments, &mut luck).await;
        found += u32::from(adopted(&suite).await > 0);
    }
    let until = Instant::now() + 2 * PATIENCE;
    while !replay.is_over() {
        assert!(Instant::now() < until, "the replay does not end");
        sleep(LOOK).await;
    }
    eprintln!(
        "{killed} deaths of the suite, {found} of which left work, and {replays} of the replay"
    );
    assert!(replay.child.wait().unwrap().success(), "{}", suite.log());
    let report = last_line(&fs::read_to_string(&replay.said).unwrap());
    assert_eq!(lasting(&report), retail::figures(file));
    doctor(&binary(), &data);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day() {
    if let Some(folder) = retail::folder() {
        replay_under_fire(&folder.join(DAY), None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_all_comes_back_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all-comes-back.csv");
    retail::all_comes_back(&file);
    let settle = Duration::from_secs(2);
    let provider = Provider::start(&folder.path().join("provider"), settle).await;
    replay_under_fire(&file, Some(&provider)).await;
    let (kinds, true_figures) = (provider.sums().await, retail::figures(&file));
    let figure = |name: &str| true_figures[name].as_i64().unwrap();
    let of = |kind: &str| kinds.get(kind).copied().unwrap_or_default();
    let (orders, sales) = (figure("orders"), figure("sales_minor"));
    assert_eq!(of("authorization succeeded"), (orders, sales));
    assert_eq!(of("capture succeeded"), (orders, sales));
    let (refunded, credited) = (of("refund succeeded"), of("credit succeeded"));
    assert_eq!(refunded.1 + credited.1, figure("refunds_minor"));
    // A cancellation is a return or, where the order is not known, a credit.
    assert_eq!(refunded.0 + credited.0, figure("cancellations"));
    assert_eq!(kinds.len(), 4, "and nothing else: {kinds:?}");
}
