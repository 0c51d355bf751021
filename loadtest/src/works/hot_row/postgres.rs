//! On a Postgres server, by pgbench: in one statement and so in one round trip, which is the kindest form there is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use super::ON_HAND;
use crate::postgres::{Databases, Pgbench, Server};
use crate::works::database;

const TABLES: &str = "
    CREATE TABLE level (sku text PRIMARY KEY, on_hand bigint NOT NULL, held bigint NOT NULL);
    CREATE TABLE hold (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sku text NOT NULL, owner text NOT NULL,
                       quantity bigint NOT NULL);";

/// Whoever gets the row makes its hold.
const HOLD: &str = "WITH taken AS (
  UPDATE level SET held = held + 1 WHERE sku = 'HOT' AND on_hand - held >= 1 RETURNING sku
)
INSERT INTO hold (sku, owner, quantity) SELECT sku, 'ord_00000000000000000000000000', 1 FROM taken;
";

/// A database of its own, which goes with this.
#[derive(Debug)]
pub(in crate::works) struct Place {
    databases: Databases,
    url: String,
    script: PathBuf,
}

impl Place {
    pub(super) fn make(server: Server, folder: &Path) -> Result<Self> {
        let databases = server.databases();
        let url = database::make(&databases, "hot_row")?;
        let level = format!("INSERT INTO level VALUES ('HOT', {ON_HAND}, 0)");
        server.query(&url, &format!("{TABLES}{level}"))?;
        let script = folder.join("hot-row.sql");
        fs::write(&script, HOLD)?;
        Ok(Self {
            databases,
            url,
            script,
        })
    }

    pub(super) fn rate(&self, clients: u32, span: Duration) -> Result<f64> {
        let server = self.databases.server();
        // The versions of the row that are over are cleared away, as they would be in time.
        server.query(&self.url, "VACUUM level")?;
        server.pgbench(Pgbench {
            url: &self.url,
            script: &self.script,
            clients,
            seconds: span.as_secs().max(1),
        })
    }
}
