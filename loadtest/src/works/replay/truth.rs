//! What the shop's files say, as counted in the README beside them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

const DAY: &str = "online-retail-2010-12-01.csv";
const NINE_MONTHS: &str = "online-retail-2010-12_2011-08.csv.gz";

/// Counts of the files that a replay's report has too, by the name in the report: table, column.
const COUNTED: &[(&str, Table, usize)] = &[
    ("orders", Table::Rows, 1),
    ("guest_orders", Table::Rows, 2),
    ("lines", Table::Rows, 3),
    ("units", Table::Rows, 4),
    ("cancellations", Table::Rows, 6),
    ("return_lines", Table::Rows, 7),
    ("return_units", Table::Rows, 8),
    ("other_rows", Table::Rows, 10),
    ("sales_minor", Table::Minor, 0),
    ("refunds_minor", Table::Minor, 1),
    ("linked_return_lines", Table::Minor, 2),
    ("credit_lines", Table::Minor, 4),
    ("overridden_lines", Table::Minor, 7),
];

/// The tables of the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    /// Of rows, orders and amounts before rounding.
    Rows,
    /// Of amounts in minor units.
    Minor,
}

/// Figures of a span of time.
#[derive(Debug)]
pub(super) struct Truth {
    /// The file with that span's rows.
    pub(super) file: PathBuf,
    pub(super) orders: u64,
    figures: Vec<(&'static str, i64)>,
}

impl Truth {
    /// Of the nine months or of the one day in `folder`.
    pub(super) fn read(folder: &Path, day: bool) -> Result<Self> {
        let readme = folder.join("README.md");
        let text = std::fs::read_to_string(&readme).with_context(|| {
            format!(
                "cannot read {}: name the folder of the shop's files with --files",
                readme.display()
            )
        })?;
        let (name, title) = if day {
            (DAY, "the day")
        } else {
            (NINE_MONTHS, "all nine")
        };
        let figures = figures(&text, title)?;
        let orders = figures.iter().find(|(name, _)| *name == "orders");
        Ok(Self {
            file: folder.join(name),
            orders: orders
                .and_then(|(_, orders)| u64::try_from(*orders).ok())
                .context("the README counts no orders")?,
            figures,
        })
    }

    /// An error that names each figure of a replay's report which is not the files'.
    pub(super) fn compare(&self, report: &Value) -> Result<()> {
        let expected = self.figures.iter().copied().chain([("refused_orders", 0)]);
        let wrong: Vec<String> = expected
            .filter_map(|(name, expected)| {
                let found = report.get(name).and_then(Value::as_i64);
                (found != Some(expected)).then(|| match found {
                    Some(found) => format!("{name} is {found}, not {expected}"),
                    None => format!("{name} is missing"),
                })
            })
            .collect();
        if wrong.is_empty() {
            return Ok(());
        }
        bail!("the replay is not what the files say: {}", wrong.join("; "))
    }
}

/// The counts of the rows with this title.
fn figures(readme: &str, title: &str) -> Result<Vec<(&'static str, i64)>> {
    let mut rows = readme.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let name = cells.next()?;
        let is_it = name == title || name.contains(&format!("({title})"));
        is_it.then(|| cells.collect::<Vec<_>>())
    });
    let tables = [(Table::Rows, rows.next()), (Table::Minor, rows.next())];
    let count = |(name, table, column): &(&'static str, Table, usize)| {
        let row = tables.iter().find(|(known, _)| known == table);
        let cell = row.and_then(|(_, row)| row.as_ref()?.get(*column));
        let cell = cell.with_context(|| format!("the README does not tell {name} of {title}"))?;
        let number = cell
            .parse()
            .with_context(|| format!("{name} of {title} is no number: {cell}"))?;
        Ok((*name, number))
    };
    COUNTED.iter().map(count).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const README: &str = "\
| month | rows | sale orders | of them guests | sale lines | units sold | sales GBP | cancellations | lines | units | refunds GBP | other rows |
|---|---|---|---|---|---|---|---|---|---|---|---|
| 2010-12-01 (the day) | 31 | 12 | 6 | 30 | 269 | 589.79 | 7 | 26 | 183 | 325.23 | 10 |
| all nine | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 |

| month | sales | refunds | linked lines | linked | credit lines | credit | price versions | overridden lines |
|---|---|---|---|---|---|---|---|---|
| the day | 58979 | 32523 | 1 | 2550 | 25 | 29973 | 1340 | 685 |
";

    fn truth() -> Truth {
        Truth {
            file: PathBuf::new(),
            orders: 12,
            figures: figures(README, "the day").unwrap(),
        }
    }

    #[test]
    fn a_report_with_the_files_figures_is_true() {
        let mut report = json!({
            "orders": 12, "guest_orders": 6, "lines": 30, "units": 269, "cancellations": 7, "return_lines": 26,
            "return_units": 183, "other_rows": 10, "sales_minor": 58979, "refunds_minor": 32523,
            "linked_return_lines": 1, "credit_lines": 25, "overridden_lines": 685, "refused_orders": 0,
        });
        truth().compare(&report).unwrap();
        report["units"] = json!(268);
        report.as_object_mut().unwrap().remove("lines");
        let wrong = truth().compare(&report).unwrap_err().to_string();
        assert!(wrong.contains("units is 268, not 269"), "{wrong}");
        assert!(wrong.contains("lines is missing"), "{wrong}");
    }

    #[test]
    fn a_span_that_the_readme_does_not_count_is_an_error() {
        assert!(figures(README, "all nine").is_err());
    }
}
