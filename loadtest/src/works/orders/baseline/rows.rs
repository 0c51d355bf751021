//! Which values are an order's own: those in which two orders that wrote alike differ, where a unique index holds them.
//!
//! Such a value is written anew for each order, the same everywhere it stands. One that names a row which was there before
//! the order (a sku's level) is one of [`SPREAD`], as the skus of the shop are; every other value stays as it was recorded.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::record::{Column, Op, Recorded, Row, Write};
use crate::shop::SKUS;

/// How many rows there are of each that was there before the order.
pub(super) const SPREAD: usize = SKUS;

/// One value as SQL.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// As recorded.
    Fixed(Option<String>),
    /// The order's own: made of the order's number, or of the number of the row before it (`spread`).
    Own {
        recorded: String,
        mark: usize,
        spread: bool,
        kind: String,
    },
}

/// Values by column.
pub(super) type Columns = Vec<(String, Value)>;

/// One row that is written, by column.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) service: String,
    pub(super) tx: u64,
    pub(super) table: String,
    pub(super) op: Op,
    /// The columns that find it.
    pub(super) key: Columns,
    /// What is inserted, or what has changed.
    pub(super) columns: Columns,
}

/// A row that must be there before.
#[derive(Clone, Debug)]
pub(super) struct Seed {
    pub(super) service: String,
    pub(super) table: String,
    pub(super) columns: Columns,
}

/// An order as a pattern for others.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) steps: Vec<Step>,
    pub(super) seeds: Vec<Seed>,
}

/// The marks of an order's own values.
struct Marks {
    /// The number of each.
    of: BTreeMap<String, usize>,
}

impl Template {
    pub(super) fn of(recorded: &Recorded) -> Result<Self> {
        let pairs = pairs(&recorded.one, &recorded.other);
        let marks = Marks::of(&pairs, recorded);
        let mut template = Self {
            steps: Vec::new(),
            seeds: Vec::new(),
        };
        // The rows that the order has written so far, and whether each was there before.
        let mut known: Vec<(String, String, Columns, bool)> = Vec::new();
        for (write, _) in &pairs {
            let columns = recorded.columns_of(write)?;
            let row = write.new.as_ref().or(write.old.as_ref());
            let row = row.context("a write without a row")?;
            let values = |row: &Row, spread: bool, pick: &dyn Fn(&Column) -> bool| -> Columns {
                let picked = columns.iter().filter(|column| pick(column));
                let value = |column: &&Column| {
                    let value = marks.value(column, row, spread);
                    (column.column.clone(), value)
                };
                picked.map(value).collect()
            };
            let found_by = write.old.as_ref().unwrap_or(row);
            let key = values(found_by, false, &|column| column.primary);
            let earlier = known.iter().find(|(service, table, other, _)| {
                *service == write.service && *table == write.table && *other == key
            });
            let before = match earlier {
                Some((.., before)) => *before,
                None => write.op != Op::Insert,
            };
            if earlier.is_none() {
                known.push((write.service.clone(), write.table.clone(), key, before));
                if before {
                    template.seeds.push(Seed {
                        service: write.service.clone(),
                        table: write.table.clone(),
                        columns: values(found_by, true, &|_| true),
                    });
                }
            }
            let key = values(found_by, before, &|column| column.primary);
            let changed = |column: &Column| match (&write.old, &write.new) {
                (Some(old), Some(new)) => old.get(&column.column) != new.get(&column.column),
                (None, Some(_)) => true,
                (_, None) => false,
            };
            template.steps.push(Step {
                service: write.service.clone(),
                tx: write.tx,
                table: write.table.clone(),
                op: write.op,
                key,
                columns: values(row, false, &changed),
            });
        }
        Ok(template)
    }
}

impl Recorded {
    fn columns_of(&self, write: &Write) -> Result<Vec<&Column>> {
        let columns = self.columns.get(&write.service);
        let columns = columns.with_context(|| format!("no columns of {}", write.service))?;
        let of_table = columns.iter().filter(|column| column.table == write.table);
        Ok(of_table.collect())
    }
}

/// Each write of one order with the one of the other that is its like: the first in a table with the first, and so on.
fn pairs<'a>(one: &'a [Write], other: &'a [Write]) -> Vec<(&'a Write, Option<&'a Write>)> {
    let like = |left: &Write, right: &Write| {
        left.service == right.service && left.table == right.table && left.op == right.op
    };
    let nth = |place: usize, write: &Write| {
        let before = one
            .iter()
            .take(place)
            .filter(|earlier| like(earlier, write));
        let mut likes = other.iter().filter(|later| like(later, write));
        likes.nth(before.count())
    };
    one.iter()
        .enumerate()
        .map(|(place, write)| (write, nth(place, write)))
        .collect()
}

/// From so many characters on a value is the same wherever it stands; a shorter one, such as 2, means another thing elsewhere.
const LONG: usize = 8;

fn known_as(column: &str, value: &str) -> String {
    if value.len() >= LONG {
        value.to_owned()
    } else {
        format!("{column}={value}")
    }
}

impl Marks {
    fn of(pairs: &[(&Write, Option<&Write>)], recorded: &Recorded) -> Self {
        let mut marks = Self {
            of: BTreeMap::new(),
        };
        for (write, like) in pairs {
            let Ok(columns) = recorded.columns_of(write) else {
                continue;
            };
            let rows = [
                (write.old.as_ref(), like.and_then(|like| like.old.as_ref())),
                (write.new.as_ref(), like.and_then(|like| like.new.as_ref())),
            ];
            for (row, other) in rows {
                let (Some(row), Some(other)) = (row, other) else {
                    continue;
                };
                for column in columns.iter().filter(|column| column.unique) {
                    let name = &column.column;
                    if let (Some(Some(value)), Some(Some(like))) = (row.get(name), other.get(name))
                        && value != like
                    {
                        let next = marks.of.len() + 1;
                        marks.of.entry(known_as(name, value)).or_insert(next);
                    }
                }
            }
        }
        marks
    }

    /// How a column of a row is written.
    fn value(&self, column: &Column, row: &Row, spread: bool) -> Value {
        let recorded = row.get(&column.column).cloned().flatten();
        let Some(text) = recorded else {
            return Value::Fixed(None);
        };
        match self.of.get(&known_as(&column.column, &text)) {
            Some(mark) if column.unique || text.len() >= LONG => Value::Own {
                recorded: text,
                mark: *mark,
                spread,
                kind: column.kind.clone(),
            },
            _ => Value::Fixed(Some(text)),
        }
    }
}
