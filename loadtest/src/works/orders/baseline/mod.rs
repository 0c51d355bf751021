//! The baseline: the rows of a finished order, all of them, written by pgbench with plain SQL on the same server.
//!
//! | file | question it answers |
//! |---|---|
//! | `record` | which rows does an order write, in which transactions |
//! | `rows` | which values are the order's own, and what is fresh in the next |
//! | `script` | what does pgbench run |
//! | `tables` | where does it run it |

mod record;
mod rows;
mod script;
mod tables;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::call::Order;
use crate::bench::Bench;
use crate::postgres::{Pgbench, Server, output};
use crate::suite::Suite;

use rows::Template;
use script::Form;

/// The numbers of connections of which the best is taken.
const CONNECTIONS: [u32; 6] = [1, 2, 4, 8, 16, 32];

/// Seconds that each number is tried.
const TRY_SECONDS: u64 = 2;

/// Numbers of orders that a run of one connection may use, and those of both forms.
const KEYS_OF_A_RUN: u64 = 1_000_000;
const KEYS_OF_A_FORM: u64 = 1_000 * KEYS_OF_A_RUN;

/// One form of the baseline, ready to be measured in each round.
#[derive(Debug)]
pub(super) struct Baseline {
    server: Server,
    url: String,
    script: PathBuf,
    /// The number of connections at which it is fastest.
    pub(super) connections: u32,
    /// How often it has run: no run uses the keys of another.
    runs: Cell<u64>,
    first_key: u64,
    /// Statements and transactions of one order.
    pub(super) statements: u32,
    pub(super) commits: u32,
}

/// Both forms: one transaction per durable step, and one per service.
#[derive(Debug)]
pub(super) struct Baselines {
    pub(super) stepwise: Baseline,
    pub(super) kind: Baseline,
}

impl Baselines {
    /// Records orders on the suite and makes tables and scripts of what they wrote. The suite must have nothing else to do.
    pub(super) fn of(bench: &Bench, suite: &Suite, order: &Arc<Order>) -> Result<Self> {
        let databases = suite
            .databases()
            .context("a baseline needs a suite on Postgres")?;
        let services = databases.of_services(suite.data())?;
        let server = databases.server().clone();
        let recorded = record::orders(&server, &services, order)?;
        let template = Template::of(&recorded)?;
        let url = tables::make(&server, databases.prefix(), &services, &template)?;
        let baseline = |form: Form, name: &str, first_key: u64| -> Result<Baseline> {
            let script = bench.folder().join(name);
            let made = script::of(&template, form);
            let once = bench.folder().join(format!("once-{name}"));
            fs::write(
                &once,
                script::once(&made.text, 1 + first_key / KEYS_OF_A_FORM),
            )?;
            every_row_is_written(&server, &url, &once)?;
            fs::write(&script, &made.text)?;
            let mut baseline = Baseline {
                server: server.clone(),
                url: url.clone(),
                script,
                connections: 1,
                runs: Cell::new(0),
                first_key,
                statements: made.statements,
                commits: made.commits,
            };
            baseline.connections = baseline.best()?;
            Ok(baseline)
        };
        Ok(Self {
            stepwise: baseline(Form::PerStep, "per-step.sql", 0)?,
            kind: baseline(Form::PerService, "per-service.sql", KEYS_OF_A_FORM)?,
        })
    }
}

/// Runs a script once; an UPDATE or DELETE that finds no row would make the baseline too fast.
fn every_row_is_written(server: &Server, url: &str, script: &Path) -> Result<()> {
    let mut psql = server.program("psql");
    psql.args(["-X", "-e", "-v", "ON_ERROR_STOP=1", "-d", url, "-f"]);
    let said = output(psql.arg(script))?;
    let mut statement = "";
    for line in said.lines() {
        if line == "UPDATE 0" || line == "DELETE 0" {
            bail!("the baseline finds no row: {statement}");
        }
        statement = line;
    }
    Ok(())
}

impl Baseline {
    /// Orders per second, for so long, at its best number of connections.
    pub(super) fn per_second(&self, seconds: u64) -> Result<f64> {
        self.run(self.connections, seconds)
    }

    fn run(&self, clients: u32, seconds: u64) -> Result<f64> {
        let run = self.runs.get() + 1;
        self.runs.set(run);
        let pgbench = Pgbench {
            url: &self.url,
            script: &self.script,
            clients,
            seconds,
        };
        let first = (run * KEYS_OF_A_RUN + self.first_key).to_string();
        self.server.pgbench_with(pgbench, &[("i", &first)])
    }

    fn best(&self) -> Result<u32> {
        let mut best = (0.0, 1);
        for clients in CONNECTIONS {
            let rate = self.run(clients, TRY_SECONDS)?;
            eprintln!("the rows of an order by pgbench, {clients} connections: {rate:.0}/s");
            if rate > best.0 {
                best = (rate, clients);
            }
        }
        Ok(best.1)
    }
}
