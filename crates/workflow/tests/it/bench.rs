//! What the tests stand on: a database in a temporary folder, a kind whose runs the test scripts, a runner.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use stoa_errors::Error;
use stoa_store::{Db, DbConfig, Engine, StoreError, Tx};
use stoa_telemetry::Telemetry;
use stoa_types::{Clock, Ctx, SystemClock, SystemIds, Timestamp, Uuid, WorkflowId};
use stoa_workflow::{
    Finish, Info, Kind, Limits, MIGRATIONS, NewWorkflow, Next, Runner, Work, finish, insert,
};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc, oneshot};

/// Long enough for any machine, short enough to notice.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Bench {
    pub(crate) db: Db,
    pub(crate) telemetry: Telemetry,
    pub(crate) clock: Arc<dyn Clock>,
    config: DbConfig,
    folder: Arc<tempfile::TempDir>,
}

/// A clock that is wrong by as much, for good.
#[derive(Debug)]
pub(crate) struct Wrong(pub(crate) i64);

impl Clock for Wrong {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(SystemClock.now().micros() + self.0)
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = stoa_testdb::config("order", folder.path());
        Self {
            db: open(config.clone(), Handle::current()).await,
            telemetry: Telemetry::quiet("test").unwrap(),
            clock: Arc::new(SystemClock),
            config,
            folder: Arc::new(folder),
        }
    }

    /// Another process on the same database, on a runtime of its own; a file has one, so there it is the same one.
    pub(crate) async fn beside(&self, process: &Handle, clock: Arc<dyn Clock>) -> Self {
        let db = match self.db.engine() {
            Engine::Sqlite => self.db.clone(),
            Engine::Postgres => {
                let opening = open(self.config.clone(), process.clone());
                process.spawn(opening).await.unwrap()
            }
        };
        Self {
            db,
            telemetry: Telemetry::quiet("test").unwrap(),
            clock,
            config: self.config.clone(),
            folder: Arc::clone(&self.folder),
        }
    }

    pub(crate) fn runner(&self, limits: Limits) -> Runner {
        Runner::new(
            "order",
            &self.db,
            Arc::clone(&self.clock),
            Arc::new(SystemIds),
            limits,
            &self.telemetry.meter("workflow"),
        )
    }

    /// A runner that runs, and the runs of its one kind, which the test answers.
    pub(crate) async fn started(&self, limits: Limits) -> (Runner, Runs) {
        let runner = self.runner(limits);
        let (kind, runs) = scripted();
        runner.start(vec![kind], &Handle::current()).await.unwrap();
        (runner, runs)
    }

    /// Whether a runner stands in the table of those that live, under the name that it has now.
    pub(crate) async fn entered(&self, runner: &Runner) -> bool {
        let sql = "SELECT id FROM workflow_runner";
        let rows = self.db.query(sql, &()).await.unwrap();
        let mut names = rows.iter().map(|row| row.get::<Uuid>("id").unwrap());
        names.any(|name| name == runner.incarnation())
    }

    /// Inserts a workflow for `subject`; does not kick it.
    pub(crate) async fn insert(&self, runner: &Runner, subject: &str) -> WorkflowId {
        self.insert_many(runner, &[subject]).await[0]
    }

    pub(crate) async fn insert_many(&self, runner: &Runner, subjects: &[&str]) -> Vec<WorkflowId> {
        let now = self.clock.now();
        let mut ctx = Ctx::background("order", now, &SystemIds);
        ctx.acting_for = Some("guest:0badcafe".to_owned());
        let ctx = Arc::new(ctx);
        let new: Vec<NewWorkflow> = subjects
            .iter()
            .map(|subject| NewWorkflow {
                id: WorkflowId::new(&SystemIds),
                kind: "checkout",
                version: 1,
                subject: (*subject).to_owned(),
                step: "hold",
                state: json!({ "tries": 0 }),
                due_at: now,
                ctx: Arc::clone(&ctx),
            })
            .collect();
        let ids = new.iter().map(|new| new.id).collect();
        let runner = runner.clone();
        self.write(move |tx| {
            let (new, runner) = (new.clone(), runner.clone());
            Box::pin(async move { insert(tx, &new, &runner).await })
        })
        .await;
        ids
    }

    pub(crate) async fn write<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: for<'t> FnMut(&'t Tx) -> stoa_store::BoxFuture<'t, Result<T, StoreError>>
            + Send
            + 'static,
    {
        self.db.write("test", work).await.unwrap()
    }

    pub(crate) async fn finish(&self, work: &Work) -> bool {
        let member = Finish {
            id: work.id,
            fence: work.fence,
        };
        self.write(move |tx| {
            let member = member.clone();
            Box::pin(async move { finish(tx, &[member]).await })
        })
        .await[0]
    }

    pub(crate) async fn show(&self, id: WorkflowId) -> Info {
        stoa_workflow::show(&self.db, id).await.unwrap().unwrap()
    }

    /// Reads the row until it is as the test waits for.
    pub(crate) async fn until(&self, id: WorkflowId, what: impl Fn(&Info) -> bool) -> Info {
        let seen = tokio::time::timeout(PATIENCE, async {
            loop {
                let info = self.show(id).await;
                if what(&info) {
                    return info;
                }
                tokio::task::yield_now().await;
            }
        });
        match seen.await {
            Ok(info) => info,
            Err(_) => panic!("it stays {:?}", self.show(id).await),
        }
    }

    /// One figure of the metrics page.
    pub(crate) fn figure(&self, series: &str) -> f64 {
        let page = self.telemetry.metrics().render().unwrap();
        page.lines()
            .find_map(|line| line.strip_prefix(series))
            .unwrap_or_else(|| panic!("{series} is not on the page:\n{page}"))
            .trim()
            .parse()
            .unwrap()
    }
}

async fn open(config: DbConfig, spawner: Handle) -> Db {
    let clock = Arc::new(SystemClock);
    Db::open_with(
        config,
        stoa_testdb::options(),
        MIGRATIONS.to_vec(),
        clock,
        spawner,
    )
    .await
    .unwrap()
}

/// Limits under which nothing happens by itself: no search, no lease.
pub(crate) fn quiet() -> Limits {
    Limits {
        poll: Duration::from_hours(1),
        backoff: Duration::from_millis(1),
        backoff_cap: Duration::from_millis(20),
        ..Limits::default()
    }
}

/// One run that waits for the test's answer.
pub(crate) struct Run {
    pub(crate) work: Work,
    answer: oneshot::Sender<Result<Next, Error>>,
}

impl Run {
    pub(crate) fn answer(self, next: Result<Next, Error>) {
        // The run may have been stopped meanwhile, which is what some tests are about.
        let _stopped = self.answer.send(next);
    }
}

pub(crate) struct Runs(mpsc::UnboundedReceiver<Run>);

impl Runs {
    pub(crate) async fn next(&mut self) -> Run {
        tokio::time::timeout(PATIENCE, self.0.recv())
            .await
            .unwrap_or_else(|_| panic!("no workflow runs"))
            .unwrap()
    }

    /// The next one, unless none comes any more.
    pub(crate) async fn maybe(&mut self) -> Option<Run> {
        self.0.recv().await
    }

    /// Nothing runs at this moment.
    pub(crate) fn none(&mut self) -> bool {
        self.0.try_recv().is_err()
    }
}

/// A kind whose every run asks the test what comes next.
struct Scripted(Mutex<mpsc::UnboundedSender<Run>>);

pub(crate) fn scripted() -> (Arc<dyn Kind>, Runs) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Arc::new(Scripted(Mutex::new(sender))), Runs(receiver))
}

#[async_trait]
impl Kind for Scripted {
    fn name(&self) -> &'static str {
        "checkout"
    }

    fn version(&self) -> u16 {
        2
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        let (answer, told) = oneshot::channel();
        let run = Run {
            work: work.clone(),
            answer,
        };
        if self.0.lock().await.send(run).is_err() {
            return Ok(Next::Lost);
        }
        match told.await {
            Ok(next) => next,
            Err(_) => panic!("the script says no more"),
        }
    }
}

pub(crate) fn state(value: i64) -> Value {
    json!({ "tries": value })
}
