//! What Postgres would do for a statement, so that a test can refuse a hot one that reads a whole table.
//!
//! Statistics and settings stay as they are in production: the tables are filled and analysed, and the plan is the one that is
//! chosen then. A statement is planned twice: for the very parameter, and for any, which is what a connection may keep after a few
//! runs.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use stoa_store::Db;
use stoa_store::sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

/// Both ways in which a prepared statement may be planned.
const MODES: [&str; 2] = ["force_custom_plan", "force_generic_plan"];

/// The tables that a statement reads from beginning to end in either plan, each with the plan's mode. Empty: it uses its indexes.
///
/// # Panics
/// When the engine does not plan it.
pub async fn scans(db: &Db, text: &str, parameter: &Value) -> Vec<String> {
    let snapshot = db.snapshot().await.expect("a reader");
    let orm = snapshot.orm();
    let mut scans = BTreeSet::new();
    for mode in MODES {
        run(orm, &format!("SET LOCAL plan_cache_mode = {mode}")).await;
        let plan = explain(orm, text, parameter).await;
        collect(&plan, mode, &mut scans);
    }
    scans.into_iter().collect()
}

/// Every statement of a folder (`sql/postgres`) is named: hot, with a parameter as it comes, or cold. The hot ones read no whole
/// table.
///
/// # Panics
/// When one is in neither list, one of the lists names none, or a hot one reads a whole table.
pub async fn refuse_scans(db: &Db, folder: &Path, hot: &[(&str, Value)], cold: &[&str]) {
    let named = hot
        .iter()
        .map(|(name, _)| *name)
        .chain(cold.iter().copied());
    let named: BTreeSet<String> = named.map(str::to_owned).collect();
    assert_eq!(named, statements(folder), "each statement is hot or cold");
    let mut wrong = Vec::new();
    for (name, parameter) in hot {
        let file = folder.join(format!("{name}.sql"));
        let text = std::fs::read_to_string(file).expect("the text of a statement");
        let scans = scans(db, &text, parameter).await;
        wrong.extend((!scans.is_empty()).then(|| format!("{name} reads {}", scans.join(", "))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The statements of a folder, without its migrations (`0001_..`, `migration_1`).
fn statements(folder: &Path) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).expect("a folder of statements");
    let names = files.filter_map(|file| {
        let name = file.ok()?.file_name().into_string().ok()?;
        Some(name.strip_suffix(".sql")?.to_owned())
    });
    names
        .filter(|name| !name.starts_with(|first: char| first.is_ascii_digit()))
        .filter(|name| !name.starts_with("migration_"))
        .collect()
}

async fn explain(orm: &DatabaseTransaction, text: &str, parameter: &Value) -> Value {
    let mut code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"));
    let takes = code.any(|line| line.contains("$1"));
    let (types, values) = if takes {
        let document = parameter.to_string().replace('\'', "''");
        ("(text)", format!("('{document}')"))
    } else {
        ("", String::new())
    };
    run(orm, &format!("PREPARE probe{types} AS {text}")).await;
    let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE probe{values}");
    let statement = Statement::from_string(orm.get_database_backend(), explain);
    let row = orm.query_one_raw(statement).await;
    let row = row.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let plan: Value = row
        .expect("a plan")
        .try_get_by_index(0)
        .expect("a plan in JSON");
    run(orm, "DEALLOCATE probe").await;
    plan
}

async fn run(orm: &DatabaseTransaction, text: &str) {
    if let Err(error) = orm.execute_unprepared(text).await {
        panic!("{error}\n{text}");
    }
}

fn collect(plan: &Value, mode: &str, scans: &mut BTreeSet<String>) {
    match plan {
        Value::Array(all) => all.iter().for_each(|one| collect(one, mode, scans)),
        Value::Object(node) => {
            if node.get("Node Type").and_then(Value::as_str) == Some("Seq Scan") {
                let table = node.get("Relation Name").and_then(Value::as_str);
                scans.insert(format!("{} ({mode})", table.unwrap_or("a table")));
            }
            node.values().for_each(|one| collect(one, mode, scans));
        }
        _ => {}
    }
}
