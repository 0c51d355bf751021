//! The yardstick of the flash sale: one hot row, changed on condition, with the row of its hold, in plain SQL.
//!
//! Each hold is a transaction of its own and durable before the next one of its client begins. No key, no ledger, no event:
//! less than a shop needs, so that nobody can say that the yardstick was made heavy.
//!
//! | file | answers |
//! |---|---|
//! | `sqlite` | on a file with `synchronous=FULL` |
//! | `postgres` | on a server, by pgbench |

mod postgres;
mod sqlite;

use std::time::Duration;

use anyhow::Result;

use super::best::{TRY, best};
use crate::bench::{Bench, Engine};

/// The numbers of clients that are tried.
const CLIENTS: [u32; 6] = [1, 2, 4, 8, 16, 32];

/// Units that lie there: more than any run takes.
const ON_HAND: i64 = 1_000_000_000;

/// Where the row stands.
#[derive(Debug)]
pub(super) enum HotRow {
    /// In a file.
    Sqlite(sqlite::Place),
    /// In a database on a server.
    Postgres(postgres::Place),
}

impl HotRow {
    /// Makes it on the engine of the suite.
    pub(super) fn make(bench: &Bench) -> Result<Self> {
        Ok(match bench.engine() {
            Engine::Sqlite => Self::Sqlite(sqlite::Place::make(bench.folder())?),
            Engine::Postgres => {
                Self::Postgres(postgres::Place::make(bench.server()?, bench.folder())?)
            }
        })
    }

    /// Holds per second by so many clients.
    pub(super) fn rate(&self, clients: u32, span: Duration) -> Result<f64> {
        match self {
            Self::Sqlite(place) => place.rate(clients, span),
            Self::Postgres(place) => place.rate(clients, span),
        }
    }

    /// By how many clients most are held.
    pub(super) fn best(&self) -> Result<u32> {
        let (clients, rate) = best(&CLIENTS, |clients| self.rate(clients, TRY))?;
        eprintln!("hot row: {rate:.0} holds/s by {clients} clients");
        Ok(clients)
    }
}
