//! What the engine would do for a statement, so that a test can refuse a hot one that reads a whole table.
//!
//! Statistics and settings stay as they are in production. On Postgres the tables are filled and analysed, and the plan is the one
//! that is chosen then, twice: for the very parameter, and for any, which is what a connection may keep after a few runs. A file
//! is never analysed, so what stands in it changes no plan.

use std::collections::{BTreeMap, BTreeSet};
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

/// No hot statement of a folder (`sql/sqlite`) reads a whole table of a file. Reading the whole of a partial index is no such
/// thing: it holds what its statement looks for.
///
/// # Panics
/// When one does, or one of the list has no text in the folder.
pub async fn refuse_scans_of_file(db: &Db, folder: &Path, hot: &[(&str, Value)]) {
    let snapshot = db.snapshot().await.expect("a reader");
    let orm = snapshot.orm();
    let tables = names(
        orm,
        "SELECT name FROM pragma_table_list WHERE type = 'table'",
    )
    .await;
    let partial = names(
        orm,
        "SELECT i.name FROM pragma_table_list AS t, pragma_index_list(t.name) AS i WHERE i.partial = 1",
    )
    .await;
    let mut wrong = Vec::new();
    for (name, _) in hot {
        let file = folder.join(format!("{name}.sql"));
        let text = std::fs::read_to_string(file).expect("the text of a statement");
        let aliases = aliases(&text, &tables);
        let explain = format!("EXPLAIN QUERY PLAN {}", unnamed(&text));
        for line in lines(orm, &explain, "detail").await {
            let Some(read) = line.strip_prefix("SCAN ") else {
                continue;
            };
            let mut words = read.split(' ');
            let alias = words.next().unwrap_or_default();
            let index = words.skip_while(|word| *word != "INDEX").nth(1);
            let is_partial = index.is_some_and(|index| partial.contains(index));
            let is_virtual = read.contains(" VIRTUAL TABLE");
            if let Some(table) = aliases.get(alias)
                && !is_partial
                && !is_virtual
            {
                wrong.push(format!("{name} reads {table} ({line})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn names(orm: &DatabaseTransaction, text: &str) -> BTreeSet<String> {
    lines(orm, text, "name").await.into_iter().collect()
}

async fn lines(orm: &DatabaseTransaction, text: &str, column: &str) -> Vec<String> {
    let statement = Statement::from_string(orm.get_database_backend(), text);
    let rows = orm.query_all_raw(statement).await;
    let rows = rows.unwrap_or_else(|error| panic!("{error}\n{text}"));
    rows.iter()
        .map(|row| row.try_get("", column).expect("a text"))
        .collect()
}

/// The tables that a statement names, by what it calls them.
fn aliases(text: &str, tables: &BTreeSet<String>) -> BTreeMap<String, String> {
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .flat_map(|line| line.split([' ', '(', ')', ',']))
        .filter(|word| !word.is_empty())
        .collect();
    let mut aliases = BTreeMap::new();
    for (place, word) in code.iter().enumerate() {
        if tables.contains(*word) {
            aliases.insert((*word).to_owned(), (*word).to_owned());
            let alias = match code.get(place + 1) {
                Some(next) if next.eq_ignore_ascii_case("AS") => code.get(place + 2),
                next => next,
            };
            if let Some(alias) = alias {
                aliases.insert((*alias).to_owned(), (*word).to_owned());
            }
        }
    }
    aliases
}

/// The text with `?1` for each named parameter: the driver takes none, and a plan does not ask which value it is.
fn unnamed(text: &str) -> String {
    let mut parts = text.split(':');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest =
            part.trim_start_matches(|letter: char| letter.is_ascii_lowercase() || letter == '_');
        whole.push_str(if rest.len() < part.len() { "?1" } else { ":" });
        whole.push_str(rest);
    }
    whole
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
