//! Which rows an order writes: triggers on every table of every service tell, while orders are placed one at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde::Deserialize;

use super::super::call::Order;
use crate::open_loop::{self, Load};
use crate::postgres::{Database, Server};

/// Tells of every row that is written, with the text of every column.
const TRIGGERS: &str = include_str!("triggers.sql");

/// Takes the triggers away again.
const UNDO: &str = "DROP SCHEMA stoa_load CASCADE";

const SEEN: &str = "SELECT json_build_object('at', extract(epoch FROM at), 'id', id, 'tx', tx, 'table', tab, 'op', op, \
    'old', old, 'new', new) FROM stoa_load.seen ORDER BY id";

/// How long nothing may be written before an order is taken to be finished, and how long that may take.
const QUIET: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(60);

/// How many orders may be recorded until two of them have written alike.
const ORDERS: usize = 8;

/// What was done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Op {
    Insert,
    Update,
    Delete,
}

/// The text of each column; what is NULL is `None`.
pub(super) type Row = BTreeMap<String, Option<String>>;

/// One row that was written.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Write {
    at: f64,
    id: u64,
    pub(super) tx: u64,
    pub(super) table: String,
    pub(super) op: Op,
    pub(super) old: Option<Row>,
    pub(super) new: Option<Row>,
    #[serde(skip)]
    pub(super) service: String,
}

impl Write {
    /// What two orders have in common.
    fn kind(&self) -> (String, String, Op) {
        (self.service.clone(), self.table.clone(), self.op)
    }
}

/// A column of a table.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Column {
    pub(super) table: String,
    pub(super) column: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Whether it is in the primary key, and whether in any unique index.
    pub(super) primary: bool,
    pub(super) unique: bool,
}

const COLUMNS: &str = include_str!("columns.sql");

/// Two orders that wrote alike, and the columns of all services' tables.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) one: Vec<Write>,
    pub(super) other: Vec<Write>,
    pub(super) columns: BTreeMap<String, Vec<Column>>,
}

type Services = BTreeMap<String, Database>;

/// Places orders until two have written alike.
pub(super) fn orders(server: &Server, services: &Services, order: &Arc<Order>) -> Result<Recorded> {
    let mut columns = BTreeMap::new();
    for (service, database) in services {
        columns.insert(service.clone(), lines(server, database, COLUMNS)?);
        server.query(&database.url, TRIGGERS)?;
    }
    let found = alike(server, services, order);
    for database in services.values() {
        server.query(&database.url, UNDO)?;
    }
    let (one, other) = found?;
    Ok(Recorded {
        one,
        other,
        columns,
    })
}

fn alike(
    server: &Server,
    services: &Services,
    order: &Arc<Order>,
) -> Result<(Vec<Write>, Vec<Write>)> {
    quiet(server, services, &BTreeSet::new())?;
    taken(server, services)?;
    std::thread::sleep(QUIET * 2);
    // What is written while there is no order belongs to none.
    let idle = taken(server, services)?;
    let idle: BTreeSet<_> = idle.iter().map(Write::kind).collect();
    let one_order = Load {
        rate: 1,
        span: Duration::from_secs(1),
    };
    let mut recorded: Vec<Vec<Write>> = Vec::new();
    while recorded.len() < ORDERS {
        let outcome = open_loop::run(order, one_order)?;
        if let Some(failure) = outcome.first_failure {
            bail!("the order to record failed: {failure}");
        }
        quiet(server, services, &idle)?;
        let mut wrote = taken(server, services)?;
        wrote.retain(|write| !idle.contains(&write.kind()));
        let kinds = sorted(&wrote);
        if let Some(like) = recorded.iter().find(|other| sorted(other) == kinds) {
            return Ok((like.clone(), wrote));
        }
        recorded.push(wrote);
    }
    bail!("no two of {ORDERS} orders wrote the same kinds of rows")
}

fn sorted(writes: &[Write]) -> Vec<(String, String, Op)> {
    let mut kinds: Vec<_> = writes.iter().map(Write::kind).collect();
    kinds.sort();
    kinds
}

/// Waits until nothing but `idle` is written any more.
fn quiet(
    server: &Server,
    services: &Services,
    idle: &BTreeSet<(String, String, Op)>,
) -> Result<()> {
    let began = Instant::now();
    let mut last = (usize::MAX, Instant::now());
    while last.1.elapsed() < QUIET {
        let count = seen(server, services)?;
        let count = count
            .iter()
            .filter(|write| !idle.contains(&write.kind()))
            .count();
        if count != last.0 {
            last = (count, Instant::now());
        }
        if idle.is_empty() && began.elapsed() > QUIET * 2 {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            bail!("the suite still writes a minute after its last order");
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// What was written since it was last taken, in order.
fn taken(server: &Server, services: &Services) -> Result<Vec<Write>> {
    let all = seen(server, services)?;
    for (service, database) in services {
        let of_service = all.iter().filter(|write| write.service == *service);
        if let Some(last) = of_service.map(|write| write.id).max() {
            let forget = format!("DELETE FROM stoa_load.seen WHERE id <= {last}");
            server.query(&database.url, &forget)?;
        }
    }
    Ok(all)
}

fn seen(server: &Server, services: &Services) -> Result<Vec<Write>> {
    let mut all = Vec::new();
    for (service, database) in services {
        for write in lines::<Write>(server, database, SEEN)? {
            all.push(Write {
                service: service.clone(),
                ..write
            });
        }
    }
    // One clock for all: they stand on one server.
    all.sort_by(|one: &Write, other| one.at.total_cmp(&other.at).then(one.id.cmp(&other.id)));
    Ok(all)
}

fn lines<T: for<'de> Deserialize<'de>>(
    server: &Server,
    database: &Database,
    query: &str,
) -> Result<Vec<T>> {
    let text = server.query(&database.url, query)?;
    let rows = text.lines().map(serde_json::from_str::<T>);
    Ok(rows.collect::<Result<_, _>>()?)
}
