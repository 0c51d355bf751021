//! Rows that a statement gave, read by column name.

use sea_orm::{DbErr, QueryResult, TryGetable};
use stoa_types::Timestamp;
use uuid::Uuid;

use crate::StoreError;

/// One row of a result.
#[derive(Debug)]
pub struct Row(QueryResult);

impl Row {
    pub(crate) fn new(row: QueryResult) -> Self {
        Self(row)
    }

    /// The value of a column: an integer, text, bytes, a UUID (16 bytes), a time (integer, µs), or an `Option` of one.
    ///
    /// # Errors
    /// When there is no such column, or it holds something else (NULL into a type that is no `Option`).
    pub fn get<T: Column>(&self, column: &str) -> Result<T, StoreError> {
        T::read(self, column)
    }

    fn raw<T: TryGetable>(&self, column: &str) -> Result<T, StoreError> {
        self.0
            .try_get_by(column)
            .map_err(|error: DbErr| StoreError::Column {
                column: column.to_owned(),
                why: error.to_string(),
            })
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
                row.raw(column)
            }
        }

        impl Column for Option<$type> {
            fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
                row.raw(column)
            }
        }
    )+};
}

columns!(f64, bool, String, Vec<u8>, Uuid);

/// An integer of any width: engines differ in what they give for the same expression.
fn integer(row: &Row, column: &str) -> Result<Option<i64>, StoreError> {
    row.raw::<Option<i64>>(column)
        .or_else(|error| match row.raw::<Option<i32>>(column) {
            Ok(narrow) => Ok(narrow.map(i64::from)),
            Err(_) => Err(error),
        })
}

macro_rules! integers {
    ($($type:ty),+) => {$(
        impl Column for Option<$type> {
            fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
                let Some(value) = integer(row, column)? else {
                    return Ok(None);
                };
                <$type>::try_from(value).map(Some).map_err(|_| StoreError::Column {
                    column: column.to_owned(),
                    why: format!("{value} is out of range"),
                })
            }
        }

        impl Column for $type {
            fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
                Option::<$type>::read(row, column)?.ok_or_else(|| StoreError::Column {
                    column: column.to_owned(),
                    why: "it is NULL".to_owned(),
                })
            }
        }
    )+};
}

integers!(i64, i32, u32);

impl Column for Timestamp {
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        row.raw::<i64>(column).map(Self::from_micros)
    }
}

impl Column for Option<Timestamp> {
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        let micros: Option<i64> = row.raw(column)?;
        Ok(micros.map(Timestamp::from_micros))
    }
}

impl<const N: usize> Column for [u8; N] {
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        let bytes: Vec<u8> = row.raw(column)?;
        let length = bytes.len();
        bytes.try_into().map_err(|_| StoreError::Column {
            column: column.to_owned(),
            why: format!("{length} bytes, {N} expected"),
        })
    }
}
