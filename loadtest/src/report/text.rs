//! A report for a person at a terminal.

use hdrhistogram::Histogram;

use super::Report;
use crate::figures::{Figure, Figures, float, round};

/// Columns of the longest bar.
const BAR: f64 = 50.0;

/// The whole report.
pub(super) fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    table(&report.figures, "", &mut lines);
    for (title, latency) in &report.latencies {
        lines.push(String::new());
        lines.push(format!("latency of {title}"));
        lines.extend(histogram(latency));
    }
    lines.join("\n")
}

fn table(figures: &Figures, indent: &str, lines: &mut Vec<String>) {
    for (name, figure) in figures.iter() {
        let name = format!("{indent}{name}");
        match figure {
            Figure::Count(count) => lines.push(format!("{name:34} {count:>14}")),
            Figure::Number(number) => lines.push(format!("{name:34} {:>14}", round(*number))),
            Figure::Text(text) => lines.push(format!("{name:34} {text:>14}")),
            Figure::Spread(spread) => lines.push(format!(
                "{name:34} {:>14}   {} .. {}",
                round(spread.median),
                round(spread.min),
                round(spread.max)
            )),
            Figure::Group(group) => {
                lines.push(name);
                table(group, &format!("{indent}  "), lines);
            }
            Figure::Rows(rows) => {
                lines.push(name);
                for row in rows {
                    table(row, &format!("{indent}  "), lines);
                    lines.push(String::new());
                }
            }
        }
    }
}

/// Latencies in steps that double, a bar for how many lie in each.
pub(super) fn histogram(latency: &Histogram<u64>) -> Vec<String> {
    let steps = steps(latency);
    let most = steps.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let line = |(below_us, count): &(u64, u64)| {
        let share = if most > 0 {
            float(*count) / float(most)
        } else {
            0.0
        };
        let bar = "#".repeat(columns(share * BAR));
        let below_ms = float(*below_us) / 1_000.0;
        format!("< {below_ms:>10.2} ms {count:>9}  {bar}")
    };
    steps.iter().map(line).collect()
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bar of 0 to 50 columns"
)]
fn columns(width: f64) -> usize {
    width.clamp(0.0, BAR).ceil() as usize
}

/// Upper bounds in microseconds and how many lie below each and not below the one before, from the first to the last that has any.
pub(super) fn steps(latency: &Histogram<u64>) -> Vec<(u64, u64)> {
    let mut steps = Vec::new();
    let mut below = 1_u64;
    while below <= latency.high() {
        let counted = if below == 1 {
            latency.count_between(0, 0)
        } else {
            latency.count_between(below / 2, below - 1)
        };
        steps.push((below, counted));
        below *= 2;
    }
    let first = steps.iter().position(|(_, count)| *count > 0).unwrap_or(0);
    let last = steps.iter().rposition(|(_, count)| *count > 0).unwrap_or(0);
    steps
        .into_iter()
        .skip(first)
        .take(last + 1 - first)
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    #[test]
    fn a_histogram_begins_and_ends_where_latencies_are_and_counts_each_once() {
        let mut latency = Histogram::new_with_bounds(1, 1_000_000, 3).unwrap();
        for us in [100, 200, 200, 200, 900] {
            latency.record(us).unwrap();
        }
        assert_eq!(steps(&latency), [(128, 1), (256, 3), (512, 0), (1_024, 1)]);
        let lines = histogram(&latency);
        assert_eq!(lines.len(), 4);
        assert!(lines[1].ends_with(&"#".repeat(50)), "{lines:?}");
        assert!(!lines[2].contains('#'), "{lines:?}");
    }

    #[test]
    fn an_empty_histogram_has_no_bar() {
        let latency = Histogram::new_with_bounds(1, 1_000_000, 3).unwrap();
        assert!(!histogram(&latency).join("").contains('#'));
    }
}
