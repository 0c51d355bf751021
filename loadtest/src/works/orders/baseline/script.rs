//! What pgbench runs for one order: `i` counts the orders of a connection, `n` is the order's own number, `m` that of the
//! rows before it.

use super::record::Op;
use super::rows::{SPREAD, Step, Template, Value};

/// How an order's rows are divided into transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As a lone order commits.
    PerStep,
    /// Once per service, each row as it is in the end.
    PerService,
}

/// Connections that a number is made unique for.
const CONNECTIONS: u32 = 64;

/// Parameters of one statement: pgbench takes 255.
const PARAMETERS: usize = 200;

/// A script.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) text: String,
    pub(super) statements: u32,
    pub(super) commits: u32,
}

/// The script of a form.
pub(super) fn of(template: &Template, form: Form) -> Script {
    let transactions = match form {
        Form::PerStep => per_step(&template.steps),
        Form::PerService => per_service(&template.steps),
    };
    let mut text = format!(
        "\\set i :i + 1\n\\set n :i * {CONNECTIONS} + :client_id\n\\set m random(0, {})\n",
        SPREAD - 1
    );
    let (mut statements, mut commits) = (0, 0);
    for steps in transactions {
        let made = self::statements(&steps);
        if made.is_empty() {
            continue;
        }
        text += "BEGIN;\n";
        for statement in made {
            text += &statement;
            text += ";\n";
            statements += 1;
        }
        text += "COMMIT;\n";
        commits += 1;
    }
    Script {
        text,
        statements,
        commits,
    }
}

/// A script as psql runs it once, for the order of a number that no run has.
pub(super) fn once(text: &str, number: u64) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("\\set"));
    let lines: Vec<&str> = lines.collect();
    let text = lines.join("\n").replace(":n::", &format!("{number}::"));
    text.replace(":m::", "1::") + "\n"
}

/// In the order in which they began.
fn per_step(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut transactions: Vec<Vec<Step>> = Vec::new();
    for step in steps {
        let same = |others: &&mut Vec<Step>| {
            let first = others.first();
            first.is_some_and(|first| first.service == step.service && first.tx == step.tx)
        };
        match transactions.iter_mut().find(same) {
            Some(others) => others.push(step.clone()),
            None => transactions.push(vec![step.clone()]),
        }
    }
    transactions
}

/// One per service, rows that are written several times written once.
fn per_service(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut services: Vec<Vec<Step>> = Vec::new();
    for step in steps {
        let of_service = services
            .iter_mut()
            .find(|rows| rows.first().is_some_and(|row| row.service == step.service));
        match of_service {
            Some(rows) => fold(rows, step),
            None => services.push(vec![step.clone()]),
        }
    }
    for rows in &mut services {
        let tables: Vec<String> = rows.iter().map(|row| row.table.clone()).collect();
        rows.sort_by_key(|row| tables.iter().position(|table| *table == row.table));
    }
    services
}

/// Adds a write to the rows of a service.
fn fold(rows: &mut Vec<Step>, step: &Step) {
    let earlier = rows
        .iter()
        .rposition(|row| row.table == step.table && row.key == step.key && !row.key.is_empty());
    let Some(place) = earlier else {
        rows.push(step.clone());
        return;
    };
    let Some(row) = rows.get_mut(place) else {
        return;
    };
    match (row.op, step.op) {
        (Op::Insert, Op::Delete) => {
            rows.remove(place);
        }
        (Op::Insert | Op::Update, Op::Update) => {
            for (name, value) in &step.columns {
                match row.columns.iter_mut().find(|(known, _)| known == name) {
                    Some(known) => known.1 = value.clone(),
                    None => row.columns.push((name.clone(), value.clone())),
                }
            }
        }
        (Op::Update, Op::Delete) => row.op = Op::Delete,
        _ => rows.push(step.clone()),
    }
}

/// The statements of one transaction: neighbouring rows of one table are inserted together.
fn statements(steps: &[Step]) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    // The table and the columns of the INSERT that is last, and how many parameters it has.
    let mut open: Option<(String, usize)> = None;
    for step in steps {
        let place = table(&step.service, &step.table);
        match step.op {
            Op::Insert => {
                let names: Vec<String> =
                    step.columns.iter().map(|(name, _)| quoted(name)).collect();
                let head = format!(
                    "INSERT INTO {place} ({}) OVERRIDING SYSTEM VALUE VALUES ",
                    names.join(", ")
                );
                let values: Vec<String> =
                    step.columns.iter().map(|(_, value)| sql(value)).collect();
                let row = format!("({})", values.join(", "));
                let parameters = step.columns.iter().filter(|(_, value)| is_own(value));
                let parameters = parameters.count();
                match (&mut open, statements.last_mut()) {
                    (Some((last, count)), Some(statement))
                        if *last == head && *count + parameters <= PARAMETERS =>
                    {
                        *statement += &format!(", {row}");
                        *count += parameters;
                    }
                    _ => {
                        statements.push(format!("{head}{row}"));
                        open = Some((head, parameters));
                    }
                }
                continue;
            }
            Op::Update if !step.columns.is_empty() && !step.key.is_empty() => {
                let set = pairs(&step.columns, ", ");
                let key = pairs(&step.key, " AND ");
                statements.push(format!("UPDATE {place} SET {set} WHERE {key}"));
            }
            Op::Delete if !step.key.is_empty() => {
                let key = pairs(&step.key, " AND ");
                statements.push(format!("DELETE FROM {place} WHERE {key}"));
            }
            Op::Update | Op::Delete => continue,
        }
        open = None;
    }
    statements
}

fn pairs(columns: &[(String, Value)], between: &str) -> String {
    let pair = |(name, value): &(String, Value)| format!("{} = {}", quoted(name), sql(value));
    let pairs: Vec<String> = columns.iter().map(pair).collect();
    pairs.join(between)
}

fn is_own(value: &Value) -> bool {
    matches!(value, Value::Own { .. })
}

/// The name of a table of a service.
pub(super) fn table(service: &str, table: &str) -> String {
    format!("{}.{}", quoted(service), quoted(table))
}

/// A name as SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A value as SQL; the numbers are pgbench's variables `n` and `m`.
pub(super) fn sql(value: &Value) -> String {
    match value {
        Value::Fixed(None) => "NULL".to_owned(),
        Value::Fixed(Some(text)) => literal(text),
        Value::Own {
            recorded,
            mark,
            spread,
            kind,
        } => {
            let number = if *spread { ":m::bigint" } else { ":n::bigint" };
            own(recorded, *mark, number, kind)
        }
    }
}

/// A value of the same type and length that the number makes unique.
fn own(recorded: &str, mark: usize, number: &str, kind: &str) -> String {
    let tail = format!("'{mark:03}' || lpad(({number})::text, 13, '0')");
    let head = |text: &str| {
        let keep = text.chars().count().saturating_sub(16);
        literal(&text.chars().take(keep).collect::<String>())
    };
    match kind {
        "uuid" => {
            format!("('00000000-0000-4000-8{mark:03}-' || lpad(({number})::text, 12, '0'))::uuid")
        }
        "bigint" | "numeric" => format!("({number}) * 1000 + {mark}"),
        "integer" => format!("((({number}) * 1000 + {mark}) % 2147483647)::integer"),
        "bytea" => {
            let digits = recorded.trim_start_matches("\\x");
            format!("decode({} || {tail}, 'hex')", head(digits))
        }
        "text" => format!("{} || {tail}", head(recorded)),
        _ if kind.starts_with("character") => format!("{} || {tail}", head(recorded)),
        _ => literal(recorded),
    }
}

/// A text as SQL without a colon, behind which pgbench would look for a variable.
fn literal(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('\'', "''")
        .replace(':', "\\072")
        .replace('\n', "\\n");
    format!("E'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(tx: u64, op: Op, table: &str, key: &str, columns: &[(&str, &str)]) -> Step {
        let fixed = |text: &str| Value::Fixed(Some(text.to_owned()));
        Step {
            service: "order".to_owned(),
            tx,
            table: table.to_owned(),
            op,
            key: vec![("id".to_owned(), fixed(key))],
            columns: columns
                .iter()
                .map(|(name, value)| ((*name).to_owned(), fixed(value)))
                .collect(),
        }
    }

    fn template() -> Template {
        Template {
            steps: vec![
                step(
                    1,
                    Op::Insert,
                    "orders",
                    "a",
                    &[("id", "a"), ("state", "new")],
                ),
                step(
                    1,
                    Op::Insert,
                    "orders",
                    "b",
                    &[("id", "b"), ("state", "new")],
                ),
                step(2, Op::Update, "orders", "a", &[("state", "it's 5:30")]),
                step(2, Op::Insert, "work", "w", &[("id", "w")]),
                step(3, Op::Delete, "work", "w", &[]),
            ],
            seeds: Vec::new(),
        }
    }

    #[test]
    fn each_step_is_a_transaction_and_neighbouring_rows_go_in_together() {
        let script = of(&template(), Form::PerStep);
        assert_eq!((script.commits, script.statements), (3, 4));
        assert!(
            script.text.contains("(E'a', E'new'), (E'b', E'new');"),
            "{}",
            script.text
        );
        assert!(script.text.contains("E'it''s 5\\07230'"), "{}", script.text);
    }

    #[test]
    fn the_kinder_form_writes_each_row_once_as_it_ends() {
        let script = of(&template(), Form::PerService);
        assert_eq!((script.commits, script.statements), (1, 1));
        assert!(
            script
                .text
                .contains("(E'a', E'it''s 5\\07230'), (E'b', E'new');"),
            "{}",
            script.text
        );
    }

    #[test]
    fn a_value_of_its_own_keeps_its_type_and_length() {
        let own = |recorded: &str, kind: &str| {
            sql(&Value::Own {
                recorded: recorded.to_owned(),
                mark: 7,
                spread: false,
                kind: kind.to_owned(),
            })
        };
        assert!(own("0192", "uuid").ends_with("::uuid"));
        assert_eq!(own("41", "bigint"), "(:n::bigint) * 1000 + 7");
        assert!(own(&"ab".repeat(16), "text").starts_with("E'abababababababab' || '007'"));
        assert!(own("\\x00ff", "bytea").starts_with("decode(E'' || '007'"));
    }
}
