//! The tables of all services in one database, each service a schema: pgbench speaks to one database at a time.

use std::collections::BTreeMap;

use anyhow::Result;

use super::rows::{SPREAD, Seed, Template, Value};
use super::script::{quoted, sql, table};
use crate::postgres::{Database, Server, output};

/// Foreign keys could name rows that the order did not write; to do without them is kind to the baseline.
const NO_FOREIGN_KEYS: &str = "DO $$ DECLARE c record; BEGIN \
    FOR c IN SELECT conrelid::regclass AS place, conname FROM pg_constraint WHERE contype = 'f' LOOP \
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.place, c.conname); END LOOP; END $$";

/// Makes them, with the rows that were there before an order; gives the URL.
pub(super) fn make(
    server: &Server,
    prefix: &str,
    services: &BTreeMap<String, Database>,
    template: &Template,
) -> Result<String> {
    let name = format!("{prefix}_baseline");
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
    server.query(server.url(), &create)?;
    let url = match server.url().rsplit_once('/') {
        Some((host, _)) => format!("{host}/{name}"),
        None => name,
    };
    for (service, database) in services {
        let mut dump = server.program("pg_dump");
        dump.args(["--schema-only", "--no-owner", "--no-privileges", "-d"]);
        let tables = output(dump.arg(&database.url))?;
        let schema = quoted(service);
        let tables = tables.replace("public.", &format!("{schema}."));
        // Commands of psql itself are no SQL.
        let lines = tables.lines().filter(|line| !line.starts_with('\\'));
        let tables: Vec<&str> = lines.collect();
        let tables = format!("CREATE SCHEMA {schema};\n{}", tables.join("\n"));
        server.query(&url, &tables)?;
    }
    server.query(&url, NO_FOREIGN_KEYS)?;
    for seed in &template.seeds {
        server.query(&url, &insert(seed))?;
    }
    server.query(&url, "ANALYZE")?;
    Ok(url)
}

/// The rows of a seed: as many as there are values of it.
fn insert(seed: &Seed) -> String {
    let names: Vec<String> = seed.columns.iter().map(|(name, _)| quoted(name)).collect();
    let values: Vec<String> = seed.columns.iter().map(|(_, value)| sql(value)).collect();
    let values = values
        .join(", ")
        .replace(":m::", "m::")
        .replace(":n::", "m::");
    let several = seed
        .columns
        .iter()
        .any(|(_, value)| matches!(value, Value::Own { .. }));
    let last = if several { SPREAD - 1 } else { 0 };
    // What stands in a SELECT is text unless it is told; a row of VALUES takes the types of the table.
    format!(
        "DO $$ DECLARE m bigint; BEGIN FOR m IN 0..{last} LOOP \
         INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({values}) ON CONFLICT DO NOTHING; END LOOP; END $$",
        table(&seed.service, &seed.table),
        names.join(", ")
    )
}
