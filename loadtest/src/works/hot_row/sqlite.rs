//! On a SQLite file as a careful program would use one: WAL, `synchronous=FULL`, prepared statements, a connection each.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rusqlite::{Connection, TransactionBehavior, params};

use super::ON_HAND;
use crate::figures::{float, per};

const TABLES: &str = "
    CREATE TABLE level (sku TEXT NOT NULL PRIMARY KEY, on_hand INTEGER NOT NULL, held INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE hold (id INTEGER PRIMARY KEY, sku TEXT NOT NULL, owner TEXT NOT NULL, quantity INTEGER NOT NULL) STRICT;";
const TAKE: &str = "UPDATE level SET held = held + 1 WHERE sku = ?1 AND on_hand - held >= 1";
const HOLD: &str = "INSERT INTO hold (sku, owner, quantity) VALUES (?1, ?2, 1)";
const SKU: &str = "HOT";

/// The file.
#[derive(Debug)]
pub(in crate::works) struct Place(PathBuf);

impl Place {
    pub(super) fn make(folder: &Path) -> Result<Self> {
        let place = Self(folder.join("hot-row.db"));
        let connection = place.connect()?;
        connection.execute_batch(TABLES)?;
        connection.execute(
            "INSERT INTO level VALUES (?1, ?2, 0)",
            params![SKU, ON_HAND],
        )?;
        Ok(place)
    }

    fn connect(&self) -> Result<Connection> {
        let connection = Connection::open(&self.0).context("cannot open the hot row's file")?;
        connection.busy_timeout(Duration::from_secs(30))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(connection)
    }

    pub(super) fn rate(&self, clients: u32, span: Duration) -> Result<f64> {
        let before = self.held()?;
        let started = Instant::now();
        let counts = thread::scope(|scope| {
            let clients: Vec<_> = (0..clients)
                .map(|_| scope.spawn(|| self.client(started + span)))
                .collect();
            let joined = clients.into_iter().map(|client| match client.join() {
                Ok(count) => count,
                Err(_) => bail!("a client of the hot row panicked"),
            });
            joined.collect::<Result<Vec<u64>>>()
        })?;
        let took = started.elapsed();
        let count: u64 = counts.iter().sum();
        ensure!(self.held()? - before == count, "the hot row lost a hold");
        Ok(per(float(count), took.as_secs_f64()))
    }

    fn client(&self, end: Instant) -> Result<u64> {
        let mut connection = self.connect()?;
        let mut count = 0;
        while Instant::now() < end {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let taken = tx.prepare_cached(TAKE)?.execute(params![SKU])?;
            ensure!(taken == 1, "the hot row is sold out");
            tx.prepare_cached(HOLD)?
                .execute(params![SKU, "ord_00000000000000000000000000"])?;
            tx.commit()?;
            count += 1;
        }
        Ok(count)
    }

    /// Units held.
    fn held(&self) -> Result<u64> {
        let sql = "SELECT held FROM level WHERE sku = ?1";
        let held: i64 = self
            .connect()?
            .query_row(sql, params![SKU], |row| row.get(0))?;
        Ok(u64::try_from(held)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hold_of_several_clients_is_in_the_level() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::make(folder.path()).unwrap();
        let span = Duration::from_millis(50);
        // `rate` compares what the clients counted with what the row says.
        place.rate(3, span).unwrap();
        let rows: i64 = place
            .connect()
            .unwrap()
            .query_row("SELECT count(*) FROM hold", [], |row| row.get(0))
            .unwrap();
        assert_eq!(u64::try_from(rows), Ok(place.held().unwrap()));
        assert!(rows > 0);
    }
}
