//! `kill -9` at any moment of a shop's day: the suite after a random number of commits and sometimes again while it starts,
//! now and then the replay or the sandbox; also with a clock that is five minutes off, and off the other way in the next life.
//! In the end the figures are exact, the books balance, and the provider's own books agree with them.
//!
//! The seed of a run is printed; `STOA_SEED` repeats it. `STOA_KILLS` and `STOA_KILL_SECONDS` say how often and for how long at
//! least; a day has room for some kills, so it is lived again in a new folder until there were enough.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use stoa_testkit::{SuiteProcess, binary};
use tokio::time::sleep;

use crate::life::{Provider, SHORT_LEASE, crash_binary, doctor};
use crate::proof::{Luck, is_on_postgres, note, wanted};
use crate::replay::{last_line, lasting};
use crate::retail::{self, DAY};

/// How often the suite is killed in each of the three tests, unless a longer run is wanted: a hundred times in all.
const KILLS: u64 = 34;

/// How often in one day, at most.
const IN_A_DAY: u64 = 34;

/// How often the replay is killed in a day, at most.
const REPLAYS: u64 = 5;

/// Commits of orders in one life, at most.
const COMMITS: u64 = 10;

/// How far a clock is off, in seconds.
const OFF: i64 = 300;

/// How long one life, and in the end the replay, may go on without the commits that are waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// An order is refused when its authorisation was sent so often and never arrived: by default five times, and each life here sends
/// once what the last one could not.
const SENDS: (&str, &str) = ("STOA_PAYMENT__SEND_LIMIT", "1000");

/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// A replay as a process, and what it has said.
pub(crate) struct Replay {
    command: Command,
    child: Child,
    said: PathBuf,
}

impl Replay {
    pub(crate) fn start(data: &Path, file: &Path) -> Self {
        let said = data.with_extension("report");
        let mut command = Command::new(binary());
        command
            .args(["replay", "--format", "json", "--data"])
            .arg(data)
            .arg(file)
            .stdout(File::create(&said).unwrap());
        Self {
            child: command.spawn().unwrap(),
            command,
            said,
        }
    }

    /// Starts it again when it has given up: one call was not answered for some seconds, over several lives of the suite.
    pub(crate) fn go_on(&mut self) {
        let ended = self.child.try_wait().unwrap();
        if ended.is_some_and(|status| !status.success()) {
            self.command.stdout(File::create(&self.said).unwrap());
            self.child = self.command.spawn().unwrap();
        }
    }

    /// Whether it has come to a good end.
    pub(crate) fn is_done(&mut self) -> bool {
        let status = self.child.try_wait().unwrap();
        status.is_some_and(|status| status.success())
    }

    /// Waits for its end, which must be a good one; what it has said.
    pub(crate) async fn said(&mut self) -> String {
        let until = Instant::now() + 2 * PATIENCE;
        while !self.is_done() {
            assert!(Instant::now() < until, "the replay does not end");
            self.go_on();
            sleep(LOOK).await;
        }
        fs::read_to_string(&self.said).unwrap()
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

/// Which suite is killed.
struct Victim<'a> {
    binary: PathBuf,
    data: &'a Path,
    arguments: Vec<&'a str>,
    /// Whether its clock is off, each time in another way.
    is_off: bool,
}

impl Victim<'_> {
    fn start(&self) -> SuiteProcess {
        SuiteProcess::start_with(
            &self.binary,
            self.data,
            &self.arguments,
            &[SHORT_LEASE, SENDS],
        )
    }

    /// Starts it again; one time in three it is killed once more on the way.
    async fn restart(&self, suite: &mut SuiteProcess, luck: &mut Luck) {
        let off = [0, OFF, -OFF][usize::try_from(luck.up_to(3)).unwrap() - 1].to_string();
        let environment = [SHORT_LEASE, SENDS, ("STOA_CLOCK_OFFSET", off.as_str())];
        let environment = &environment[..2 + usize::from(self.is_off)];
        if luck.up_to(3) == 1 {
            let mut unborn =
                SuiteProcess::spawn(&self.binary, self.data, &self.arguments, environment);
            sleep(Duration::from_millis(luck.up_to(150))).await;
            unborn.kill().unwrap();
            unborn.wait().unwrap();
        }
        suite.restart_with(environment);
    }
}

/// What was done to a day.
#[derive(Debug, Default)]
struct Tally {
    killed: u64,
    /// Deaths that left work behind, which the next life found.
    found: u64,
    replays: u64,
    sandboxes: u64,
}

/// Replays the file while the suite, so often, and the replay are killed; then all must be as if nothing had happened. The
/// suite has a sandbox of its own, which dies with it, unless another provider is named.
async fn a_day(
    file: &Path,
    provider: Option<&Provider>,
    is_off: bool,
    kills: u64,
    luck: &mut Luck,
) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let named = provider.map(|provider| ["--provider", provider.url.as_str()]);
    let victim = Victim {
        binary: if is_off { crash_binary() } else { binary() },
        data: &data,
        arguments: named.into_iter().flatten().collect(),
        is_off,
    };
    let mut suite = victim.start();
    let mut replay = Replay::start(&data, file);
    let mut tally = Tally::default();
    while tally.killed < kills {
        let goal = commits(&suite).await + luck.up_to(COMMITS);
        let until = Instant::now() + PATIENCE;
        while commits(&suite).await < goal && !replay.is_done() {
            assert!(Instant::now() < until, "nothing is committed any more");
            replay.go_on();
            sleep(LOOK).await;
        }
        if replay.is_done() {
            break;
        }
        if provider.is_none() && tally.killed % 5 == 2 {
            kill_sandbox(&suite);
            sleep(Duration::from_millis(luck.up_to(300))).await;
            tally.sandboxes += 1;
        }
        suite.kill();
        if tally.replays < REPLAYS && tally.killed % 4 == 3 {
            replay = Replay::start(&data, file);
            tally.replays += 1;
        }
        tally.killed += 1;
        victim.restart(&mut suite, luck).await;
        tally.found += u64::from(adopted(&suite).await > 0);
    }
    let report = last_line(&replay.said().await);
    assert_eq!(lasting(&report), retail::figures(file));
    doctor(&victim.binary, &data);
    tally
}

/// Day after day until there were enough kills, and enough time is over.
async fn days(what: &str, mut day: impl AsyncFnMut(u64, &mut Luck) -> Tally) {
    let (kills, seconds) = (wanted("STOA_KILLS", KILLS), wanted("STOA_KILL_SECONDS", 0));
    let (started, mut luck) = (Instant::now(), Luck::new());
    let mut all = Tally::default();
    while all.killed < kills || started.elapsed() < Duration::from_secs(seconds) {
        let left = kills.saturating_sub(all.killed);
        let today = if left == 0 {
            IN_A_DAY
        } else {
            left.min(IN_A_DAY)
        };
        let done = day(today, &mut luck).await;
        all.killed += done.killed;
        all.found += done.found;
        all.replays += done.replays;
        all.sandboxes += done.sandboxes;
    }
    let seed = luck.seed;
    eprintln!("{what}, seed {seed}: {all:?}");
    // On Postgres it is found later, when the lease of the dead one has lapsed.
    let hit = all.found * 3 > all.killed || is_on_postgres();
    assert!(hit, "most deaths hit nobody: {all:?}");
    let detail = format!("{what}; {} left work; seed {seed}", all.found);
    note("kill of the suite", all.killed, &detail);
    note("kill of the replay", all.replays, what);
    note("kill of the sandbox", all.sandboxes, what);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day() {
    let Some(folder) = retail::folder() else {
        return;
    };
    let file = folder.join(DAY);
    let day = async |kills, luck: &mut Luck| a_day(&file, None, false, kills, luck).await;
    days("the day", day).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_clock_that_is_off() {
    let Some(folder) = retail::folder() else {
        return;
    };
    let file = folder.join(DAY);
    let day = async |kills, luck: &mut Luck| a_day(&file, None, true, kills, luck).await;
    days("a clock five minutes off", day).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_all_comes_back_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all-comes-back.csv");
    retail::all_comes_back(&file);
    let day = async |kills, luck: &mut Luck| {
        let settle = Duration::from_secs(2);
        let books = tempfile::tempdir().unwrap();
        let provider = Provider::start(&books.path().join("provider"), settle).await;
        let tally = a_day(&file, Some(&provider), false, kills, luck).await;
        all_came_back(&file, &provider).await;
        tally
    };
    days("a day that all comes back from", day).await;
}

/// The provider's own books say what the file says, each penny once.
async fn all_came_back(file: &Path, provider: &Provider) {
    let (kinds, true_figures) = (provider.sums().await, retail::figures(file));
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
