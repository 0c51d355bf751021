//! Where the bare workflow lives: a database, a runner, the threads of this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use stoa_store::{DatabaseUrl, Db, DbConfig};
use stoa_telemetry::Telemetry;
use stoa_types::{SystemClock, SystemIds};
use stoa_workflow::{Limits, MIGRATIONS, Runner};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::bare::Bare;
use crate::bench::{Bench, Engine};
use crate::load::Outcome;
use crate::postgres::Databases;
use crate::suite::kernel::Usage;
use crate::suite::reading::Metrics;
use crate::works::database;

/// Runs at the same time: more than are ever under way.
const CONCURRENCY: usize = 4_096;

/// How long the runs may take to end.
const GRACE: Duration = Duration::from_secs(5);

/// All of it.
pub(super) struct Home {
    runtime: Runtime,
    telemetry: Telemetry,
    db: Db,
    runner: Runner,
    bare: Arc<Bare>,
    /// Dropped when all of it has ended.
    _databases: Option<Databases>,
}

/// What this process has used, and its database has done, up to one moment.
#[derive(Debug)]
pub(super) struct Reading {
    usage: Usage,
    metrics: Metrics,
}

impl Home {
    /// Opens it on the engine that was asked for.
    pub(super) fn open(bench: &Bench) -> Result<Self> {
        let runtime = Runtime::new().context("cannot start threads")?;
        let (config, databases) = place(bench)?;
        let telemetry = Telemetry::quiet("bench")?;
        let clock = Arc::new(SystemClock);
        let opening = Db::open(
            config,
            MIGRATIONS.to_vec(),
            clock.clone(),
            runtime.handle().clone(),
        );
        let db = runtime.block_on(opening)?;
        db.set_meter(&telemetry.meter("store"));
        let limits = Limits {
            concurrency: CONCURRENCY,
            ..Limits::default()
        };
        let meter = telemetry.meter("workflow");
        let runner = Runner::new("bench", &db, clock, Arc::new(SystemIds), limits, &meter);
        let bare = Bare::new(&db, &runner);
        runtime.block_on(runner.start(vec![bare.clone()], runtime.handle()))?;
        Ok(Self {
            runtime,
            telemetry,
            db,
            runner,
            bare,
            _databases: databases,
        })
    }

    /// Keeps so many workflows under way for `span`.
    pub(super) fn run(&self, under_way: u32, span: Duration) -> Result<Outcome> {
        self.runtime.block_on(async {
            let started = Instant::now();
            let mut all = JoinSet::new();
            for _ in 0..under_way {
                let bare = Arc::clone(&self.bare);
                all.spawn(async move {
                    let mut seen = Outcome::empty()?;
                    while started.elapsed() < span {
                        let began = Instant::now();
                        let outcome = bare.one().await;
                        seen.record(outcome, began.elapsed());
                    }
                    Ok::<_, anyhow::Error>(seen)
                });
            }
            let mut outcome = Outcome::empty()?;
            while let Some(seen) = all.join_next().await {
                outcome.add(seen??)?;
            }
            outcome.took = started.elapsed();
            Ok(outcome)
        })
    }

    pub(super) fn reading(&self) -> Result<Reading> {
        Ok(Reading {
            usage: Usage::of(std::process::id())?,
            metrics: Metrics::page(self.telemetry.metrics().render()?),
        })
    }

    /// Ends it in order; its database on a server goes.
    pub(super) fn close(self) {
        self.runtime.block_on(async {
            self.runner.stop(GRACE).await;
            self.db.close().await;
        });
    }
}

/// A file, or a database that is made on the server.
fn place(bench: &Bench) -> Result<(DbConfig, Option<Databases>)> {
    match bench.engine() {
        Engine::Sqlite => {
            let file = bench.folder().join("workflow.db");
            Ok((DbConfig::file("workflow", file), None))
        }
        Engine::Postgres => {
            let databases = bench.server()?.databases();
            let url = database::make(&databases, "workflow")?;
            Ok((
                DbConfig::server("workflow", DatabaseUrl::new(url)),
                Some(databases),
            ))
        }
    }
}

impl Reading {
    /// Processor time of this process since an earlier moment, in microseconds.
    pub(super) fn cpu_us_since(&self, before: &Self) -> f64 {
        self.usage.cpu_us - before.usage.cpu_us
    }

    /// Bytes that were handed to the disk since an earlier moment.
    pub(super) fn written_bytes_since(&self, before: &Self) -> f64 {
        self.usage.written_bytes - before.usage.written_bytes
    }

    /// By how much all series of one name grew since an earlier moment.
    pub(super) fn grown_since(&self, before: &Self, name: &str) -> f64 {
        self.metrics.sum(name) - before.metrics.sum(name)
    }
}
