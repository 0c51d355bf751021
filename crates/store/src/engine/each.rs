//! Statements of a file that run once per row of their parameter.
//!
//! Their text begins with `-- each` and names the values of a row as its fields are named (`:sku`), or numbers them as its
//! elements stand (`?1`). What a row holds is bound as it is, and not written as a document for the engine to read again.

use rusqlite::types::{ToSqlOutput, Value as Bound, ValueRef};
use rusqlite::{Statement, ToSql};
use serde::Serialize;
use serde_json::Value;

use crate::StoreError;

/// The first line of such a statement.
const EACH: &str = "-- each\n";

/// Whether a statement runs once per row.
pub(crate) fn is_each(text: &str) -> bool {
    text.starts_with(EACH)
}

/// What a statement of a file takes.
pub(crate) enum Parameter {
    /// One document, which it spreads into rows itself.
    Document(String),
    /// Rows, for each of which it runs.
    Rows(Vec<Value>),
}

impl Parameter {
    pub(crate) fn of<P: Serialize + ?Sized>(text: &str, value: &P) -> Result<Self, StoreError> {
        if !is_each(text) {
            return document(value).map(Self::Document);
        }
        match serde_json::to_value(value).map_err(unreadable)? {
            Value::Array(rows) => Ok(Self::Rows(rows)),
            _ => Err(StoreError::Contract(
                "a statement that runs once per row takes a sequence of rows",
            )),
        }
    }
}

/// A value as a document.
pub(crate) fn document<P: Serialize + ?Sized>(value: &P) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(unreadable)
}

fn unreadable(source: serde_json::Error) -> StoreError {
    StoreError::Json {
        what: "the parameter of a statement",
        source,
    }
}

/// A value of a row. Truth is 1 and 0, as the engine has it.
struct Cell<'a>(&'a Value);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Owned(Bound::Null),
            Value::Bool(truth) => ToSqlOutput::Owned(Bound::Integer(i64::from(*truth))),
            Value::Number(number) => ToSqlOutput::Owned(match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Bound::Integer(integer),
                (None, Some(real)) => Bound::Real(real),
                (None, None) => Bound::Null,
            }),
            Value::String(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Array(_) | Value::Object(_) => {
                ToSqlOutput::Owned(Bound::Text(self.0.to_string()))
            }
        })
    }
}

/// Binds one row to the statement.
pub(super) fn bind(statement: &mut Statement<'_>, row: &Value) -> rusqlite::Result<()> {
    for place in 1..=statement.parameter_count() {
        let found = match row {
            Value::Object(fields) => statement
                .parameter_name(place)
                .and_then(|name| fields.get(name.trim_start_matches(':'))),
            Value::Array(elements) => elements.get(place - 1),
            alone => Some(alone),
        };
        let Some(value) = found else {
            return Err(rusqlite::Error::InvalidParameterName(
                statement
                    .parameter_name(place)
                    .map_or_else(|| format!("?{place}"), str::to_owned),
            ));
        };
        statement.raw_bind_parameter(place, Cell(value))?;
    }
    Ok(())
}
