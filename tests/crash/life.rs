//! A suite that dies and is started again in the same folder; its callers, who repeat a call until they are answered; and the
//! payment provider, who lives on with books of his own.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use stoa_api::Call;
use stoa_api::ops::v1::{ListWorkflowsRequest, Workflow, WorkflowState};
use stoa_chassis::Addresses;
use stoa_errors::Error;
use stoa_testkit::{Caller, Doors, PATIENCE, SuiteProcess};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, block_in_place};
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How a process ends at a boundary.
const DIED: i32 = 86;

/// Where a runner is not alone, the work of a dead one waits for the end of its lease: here not for long.
pub(crate) const SHORT_LEASE: (&str, &str) = ("STOA_WORKFLOW__LEASE", "1s");

/// The suite hears his webhooks when it has this setting.
pub(crate) const WEBHOOKS: (&str, &str) = (
    "STOA_PAYMENT__WEBHOOK_SECRET",
    "a-secret-between-us-and-them",
);

/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// The build that has the boundaries: `STOA_CRASH_BIN`, else where `cargo xtask test` puts it.
pub(crate) fn crash_binary() -> PathBuf {
    let named = std::env::var_os("STOA_CRASH_BIN").map(PathBuf::from);
    let path = named.unwrap_or_else(|| {
        let test = std::env::current_exe().unwrap();
        // target/<profile>/deps/<test>
        let target = test.ancestors().nth(3).unwrap();
        target.join("crash-points").join("stoa")
    });
    assert!(
        path.is_file(),
        "{} is missing: `cargo xtask test` makes it",
        path.display()
    );
    path
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who<'a> {
    Staff,
    Guest(&'a str),
}

/// The payment provider, on the runtime of the test: a suite that dies does not take him along.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) url: String,
    _task: JoinHandle<()>,
    _end: DropGuard,
}

impl Provider {
    pub(crate) async fn start(folder: &Path, settle_window: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let config = stoa_sandbox::Config {
            settle_window,
            ..stoa_sandbox::Config::new(folder)
        };
        let end = CancellationToken::new();
        let served = stoa_sandbox::run(config, listener, end.clone());
        let task = tokio::spawn(async move { served.await.unwrap() });
        Self {
            url,
            _task: task,
            _end: end.drop_guard(),
        }
    }

    /// Says him where the suite of this life hears what nobody waits for.
    async fn tells(&self, http: SocketAddr) {
        let url = format!("http://{http}/v1/provider-events/sandbox");
        let hook = serde_json::json!({ "url": url, "secret": WEBHOOKS.1 });
        let put = reqwest::Client::new().put(format!("{}/v1/webhook", self.url));
        let answer = put.json(&hook).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// How often he has done what, and for how much in all: by "kind state".
    pub(crate) async fn sums(&self) -> BTreeMap<String, (i64, i64)> {
        let mut sums = BTreeMap::new();
        let mut after = 0;
        loop {
            // A page is shorter than the list; its rows stand at positions without a gap.
            let (page, last) = self.books(after).await;
            after += i64::try_from(page.len()).unwrap();
            for row in &page {
                let (what, amount) = row.rsplit_once(' ').unwrap();
                let (count, sum) = sums.entry(what.to_owned()).or_insert((0, 0));
                *count += 1;
                *sum += amount.parse::<i64>().unwrap();
            }
            if after >= last {
                return sums;
            }
        }
    }

    /// What his books say after a position, "kind state amount" each, and the last position.
    pub(crate) async fn books(&self, after: i64) -> (Vec<String>, i64) {
        let url = format!("{}/v1/operations?after={after}", self.url);
        let list: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = list["operations"].as_array().unwrap().iter();
        let rows = rows.map(|row| {
            let (kind, state) = (text(row, "kind"), text(row, "state"));
            format!("{kind} {state} {}", row["amount_minor"])
        });
        (rows.collect(), list["last_position"].as_i64().unwrap())
    }
}

/// The suite, from one life to the next.
pub(crate) struct Life {
    folder: TempDir,
    pub(crate) provider: Provider,
    environment: Vec<(String, String)>,
    child: Option<Child>,
    doors: Option<Doors>,
    /// How much of what was planned has not happened yet, as far as is known. The process finds it in a file, and takes out of it
    /// what has happened.
    planned: usize,
}

impl Life {
    /// A new shop without a life, with these settings (`STOA_SECTION__KEY`).
    pub(crate) async fn new(settings: &[(&str, &str)], settle_window: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let provider = Provider::start(&folder.path().join("provider"), settle_window).await;
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            folder,
            provider,
            environment: settings.iter().map(owned).collect(),
            child: None,
            doors: None,
            planned: 0,
        }
    }

    /// From now on this goes wrong, one after the other: `<boundary>:<before, after, lost or twice>`.
    pub(crate) fn plan(&mut self, points: &[&str]) {
        let (file, fresh) = (self.plan_file(), self.folder.path().join("planned"));
        std::fs::write(&fresh, points.join("\n")).unwrap();
        std::fs::rename(&fresh, &file).unwrap();
        self.planned = points.len();
    }

    fn plan_file(&self) -> PathBuf {
        self.folder.path().join("plan")
    }

    /// What was planned and has not happened yet.
    fn to_come(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.plan_file()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// `kill -9`, and a new life.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        self.start().await;
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended already.
            let _ended = child.kill();
            child.wait().unwrap();
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts, and again whenever it dies on the way as planned.
    pub(crate) async fn start(&mut self) {
        let data = self.data();
        let plan = self.plan_file();
        loop {
            let mut environment: Vec<(&str, &str)> = self
                .environment
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            environment.push(("STOA_CRASH_PLAN", plan.to_str().unwrap()));
            environment.push(("STOA_MUTANT", "store.sync.off"));
            environment.push(SHORT_LEASE);
            let arguments = ["--provider", &self.provider.url];
            let child = SuiteProcess::spawn(&crash_binary(), &data, &arguments, &environment);
            self.child = Some(child);
            let until = Instant::now() + PATIENCE;
            while !self.has_died() {
                if Addresses::read(&data).is_ok() {
                    let doors = Doors::of(&data);
                    self.provider.tells(doors.addresses().http).await;
                    self.doors = Some(doors);
                    return;
                }
                assert!(
                    Instant::now() < until,
                    "no suite became ready: {}",
                    self.log()
                );
                sleep(LOOK).await;
            }
        }
    }

    /// Whether the present life is over, at its boundary.
    fn has_died(&mut self) -> bool {
        let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() else {
            return false;
        };
        let left = self.to_come().len();
        let died = status.code() == Some(DIED) && left < self.planned;
        assert!(died, "ended with {status}: {}", self.log());
        self.planned = left;
        true
    }

    /// Starts it again if it has died.
    async fn look(&mut self) {
        if self.has_died() {
            self.start().await;
        }
    }

    /// The end of its log.
    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("data.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    pub(crate) fn caller(&self, who: Who<'_>) -> Caller {
        let doors = self.doors.as_ref().unwrap();
        match who {
            Who::Staff => doors.staff(),
            Who::Guest(name) => doors.guest(name),
        }
    }

    /// Calls under the same key until there is an answer, whoever dies meanwhile.
    pub(crate) async fn try_ask<C: Call>(
        &mut self,
        who: Who<'_>,
        message: C,
    ) -> Result<C::Response, Error> {
        let named = !C::METHOD.keyed || message.request_id().is_some_and(|id| !id.is_empty());
        assert!(
            named,
            "{}: a call that is repeated needs its key",
            C::METHOD.path
        );
        let until = Instant::now() + PATIENCE;
        loop {
            let status = match self.caller(who).raw(message.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(status) => status,
            };
            let late = status.code() == tonic::Code::DeadlineExceeded;
            if !status.details().is_empty() && !late {
                let error = stoa_rpc::client::error(status.clone());
                if error.retry_after.is_none() {
                    return Err(error);
                }
            }
            assert!(
                Instant::now() < until,
                "{} is not answered: {status:?}\n{}",
                C::METHOD.path,
                self.log()
            );
            self.look().await;
            sleep(LOOK).await;
        }
    }

    /// As [`Life::try_ask`]; it must be done.
    pub(crate) async fn ask<C: Call>(&mut self, who: Who<'_>, message: C) -> C::Response {
        match self.try_ask(who, message).await {
            Ok(answer) => answer,
            Err(error) => panic!("{}: {error} {error:?}\n{}", C::METHOD.path, self.log()),
        }
    }

    /// Waits until all that was planned has happened and all its work is at rest.
    pub(crate) async fn rest(&mut self) {
        self.rest_after(true).await;
    }

    /// As [`Life::rest`]; whether what was planned has happened, it need not.
    pub(crate) async fn rest_or_spared(&mut self) -> bool {
        self.rest_after(false).await;
        self.to_come().is_empty()
    }

    async fn rest_after(&mut self, must_happen: bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            self.look().await;
            let mut busy = Vec::new();
            for service in ["order", "payment"] {
                busy.extend(self.work(service).await);
            }
            let stuck = busy.iter().find(|it| it.state() == WorkflowState::Stuck);
            assert!(stuck.is_none(), "{stuck:?}\n{}", self.log());
            let to_come = self.to_come();
            if busy.is_empty() && (to_come.is_empty() || !must_happen) {
                return;
            }
            assert!(
                Instant::now() < until,
                "not at rest (still to come: {to_come:?}): {busy:?}\n{}",
                self.log()
            );
            sleep(LOOK).await;
        }
    }

    /// What a service has to do, the sweep that never ends left out.
    async fn work(&mut self, service: &str) -> Vec<Workflow> {
        let request = ListWorkflowsRequest {
            service: service.to_owned(),
            ..ListWorkflowsRequest::default()
        };
        let mut listed = self.ask(Who::Staff, request).await.workflows;
        listed.retain(|workflow| workflow.kind != "payment.sweep");
        listed
    }

    /// `stoa doctor --quiesced` finds nothing.
    pub(crate) fn is_healthy(&self) {
        doctor(&crash_binary(), &self.data());
    }

    /// The doctor finds nothing but this, so often.
    pub(crate) fn shows_only(&self, check: &str, count: usize) {
        let report = examine(&crash_binary(), &self.data());
        for found in report["checks"].as_array().unwrap() {
            let wanted = if found["name"] == check { count } else { 0 };
            assert_eq!(found["violation_count"], wanted, "{found}");
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `stoa doctor --quiesced` on this folder finds nothing; gives what it says.
pub(crate) fn doctor(binary: &Path, data: &Path) -> Value {
    let said = examine(binary, data);
    assert_eq!(said["ok"], true, "{said}");
    said
}

/// What a tool answers about this folder.
fn ask_tool(binary: &Path, data: &Path, arguments: &[&str]) -> Output {
    let mut tool = Command::new(binary);
    tool.args(arguments).args(["--format", "json", "--data"]);
    tool.arg(data);
    block_in_place(|| tool.output().unwrap())
}

/// Waits until all that has happened was told: on a server a relay that died is missed for the length of its lease, and what a
/// day has left behind takes its time.
fn told(binary: &Path, data: &Path) {
    let (mut least, mut until) = (i64::MAX, Instant::now() + PATIENCE);
    loop {
        let said = ask_tool(binary, data, &["events", "lag"]);
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        let last = text.lines().last().unwrap_or_default();
        let lag: Value = serde_json::from_str(last).unwrap();
        let logs = lag["services"].as_array().unwrap().iter();
        let waiting: i64 = logs.map(|log| log["waiting"].as_i64().unwrap()).sum();
        if waiting == 0 {
            return;
        }
        if waiting < least {
            (least, until) = (waiting, Instant::now() + PATIENCE);
        }
        assert!(
            Instant::now() < until,
            "events are not told any more: {lag}"
        );
        block_in_place(|| std::thread::sleep(LOOK));
    }
}

/// What `stoa doctor --quiesced` says of this folder.
fn examine(binary: &Path, data: &Path) -> Value {
    told(binary, data);
    let said = ask_tool(binary, data, &["doctor", "--quiesced"]);
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let report = text
        .lines()
        .last()
        .and_then(|it| serde_json::from_str(it).ok());
    let Some(report) = report else {
        let errors = String::from_utf8_lossy(&said.stderr).into_owned();
        panic!("the doctor cannot look: {text}\n{errors}");
    };
    let report: Value = report;
    assert_eq!(report["ok"], said.status.success(), "{report}");
    report
}
