//! Rows that a statement gave, read by column name.

use std::sync::Arc;

use rusqlite::types::Value;
use sea_orm::{DbErr, QueryResult, TryGetable};
use stoa_types::Timestamp;
use uuid::Uuid;

use crate::StoreError;

/// One row of a result.
#[derive(Debug)]
pub struct Row(Cells);

/// Where its values are.
#[derive(Debug)]
enum Cells {
    /// What the driver under the ORM gave.
    Orm(QueryResult),
    /// The values of a SQLite file, beside the names of their columns.
    File(Arc<[Box<str>]>, Box<[Value]>),
}

impl Row {
    pub(crate) fn of_orm(row: QueryResult) -> Self {
        Self(Cells::Orm(row))
    }

    pub(crate) fn of_file(columns: Arc<[Box<str>]>, values: Box<[Value]>) -> Self {
        Self(Cells::File(columns, values))
    }

    /// The value of a column: an integer, text, bytes, a UUID (16 bytes), a time (integer, µs), or an `Option` of one.
    ///
    /// # Errors
    /// When there is no such column, or it holds something else (NULL into a type that is no `Option`).
    pub fn get<T: Column>(&self, column: &str) -> Result<T, StoreError> {
        T::read(self, column)
    }

    /// The value of a column, or nothing for NULL.
    fn optional<T: Cell>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let found = match &self.0 {
            Cells::Orm(row) => row
                .try_get_by::<Option<T>, _>(column)
                .map_err(|error: DbErr| error.to_string()),
            Cells::File(columns, values) => match value(columns, values, column) {
                None => Err("there is no such column".to_owned()),
                Some(Value::Null) => Ok(None),
                Some(value) => T::of_file(value)
                    .map(Some)
                    .ok_or_else(|| format!("it holds {:?}", value.data_type())),
            },
        };
        found.map_err(|why| unreadable(column, why))
    }

    fn needed<T: Cell>(&self, column: &str) -> Result<T, StoreError> {
        self.optional(column)?
            .ok_or_else(|| unreadable(column, "it is NULL".to_owned()))
    }
}

fn value<'a>(columns: &[Box<str>], values: &'a [Value], column: &str) -> Option<&'a Value> {
    let place = columns.iter().position(|name| **name == *column)?;
    values.get(place)
}

fn unreadable(column: &str, why: String) -> StoreError {
    StoreError::Column {
        column: column.to_owned(),
        why,
    }
}

/// A type that both kinds of rows hold.
trait Cell: TryGetable {
    /// Read from a value of a SQLite file that is not NULL.
    fn of_file(value: &Value) -> Option<Self>;
}

impl Cell for i64 {
    fn of_file(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

impl Cell for bool {
    fn of_file(value: &Value) -> Option<Self> {
        i64::of_file(value).map(|number| number != 0)
    }
}

impl Cell for f64 {
    fn of_file(value: &Value) -> Option<Self> {
        match value {
            Value::Real(number) => Some(*number),
            _ => None,
        }
    }
}

impl Cell for String {
    fn of_file(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl Cell for Vec<u8> {
    fn of_file(value: &Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }
}

impl Cell for Uuid {
    fn of_file(value: &Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Uuid::from_slice(bytes).ok(),
            _ => None,
        }
    }
}

/// A type that a column can be read into.
pub trait Column: Sized {
    /// Reads `column` of `row`.
    ///
    /// # Errors
    /// When the column is missing or holds something else.
    fn read(row: &Row, column: &str) -> Result<Self, StoreError>;
}

macro_rules! columns {
    ($($type:ty),+) => {$(
        impl Column for $type {
            fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
                row.needed(column)
            }
        }

        impl Column for Option<$type> {
            fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
                row.optional(column)
            }
        }
    )+};
}

columns!(f64, bool, String, Vec<u8>, Uuid);

/// An integer of any width: engines differ in what they give for the same expression.
fn integer(row: &Row, column: &str) -> Result<Option<i64>, StoreError> {
    row.optional::<i64>(column).or_else(|error| match &row.0 {
        Cells::Orm(cells) => match cells.try_get_by::<Option<i32>, _>(column) {
            Ok(narrow) => Ok(narrow.map(i64::from)),
            Err(_) => Err(error),
        },
        Cells::File(..) => Err(error),
    })
}

macro_rules! integers {
    ($($type:ty),+) => {$(
        impl Column for Option<$type> {
            fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
                let Some(value) = integer(row, column)? else {
                    return Ok(None);
                };
                <$type>::try_from(value)
                    .map(Some)
                    .map_err(|_| unreadable(column, format!("{value} is out of range")))
            }
        }

        impl Column for $type {
            fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
                Option::<$type>::read(row, column)?
                    .ok_or_else(|| unreadable(column, "it is NULL".to_owned()))
            }
        }
    )+};
}

integers!(i64, i32, u32);

impl Column for Timestamp {
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        row.needed::<i64>(column).map(Self::from_micros)
    }
}

impl Column for Option<Timestamp> {
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        let micros: Option<i64> = row.optional(column)?;
        Ok(micros.map(Timestamp::from_micros))
    }
}

impl<const N: usize> Column for [u8; N] {
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        let bytes: Vec<u8> = row.needed(column)?;
        let length = bytes.len();
        bytes
            .try_into()
            .map_err(|_| unreadable(column, format!("{length} bytes, {N} expected")))
    }
}
