//! A profile in lines: who had how much of the processor, in microseconds for each order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::Result;

use super::stacks::Folded;

/// Functions that are listed.
const LISTED: usize = 30;

/// Nanoseconds by what they were spent in.
#[derive(Debug)]
pub(super) struct Summary {
    total: u64,
    orders: u64,
    threads: Vec<(String, u64)>,
    /// On top of the stack.
    own: Vec<(String, u64)>,
    /// Anywhere in it, among our own functions.
    within: Vec<(String, u64)>,
}

impl Summary {
    pub(super) fn of(folded: &Folded, orders: u64) -> Self {
        let (mut threads, mut own, mut within) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (stack, nanos) in &folded.0 {
            let place = stack.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
            *threads.entry(place).or_insert(0) += nanos;
            let leaf = stack.last().cloned().unwrap_or_default();
            *own.entry(leaf).or_insert(0) += nanos;
            let functions = stack.iter().skip(2);
            let ours: BTreeSet<&String> = functions.filter(|it| is_ours(it)).collect();
            for function in ours {
                *within.entry(function.clone()).or_insert(0) += nanos;
            }
        }
        Self {
            total: folded.total(),
            orders,
            threads: most_first(threads),
            own: most_first(own),
            within: most_first(within),
        }
    }

    /// The tables.
    pub(super) fn text(&self) -> Result<String> {
        let mut text = String::new();
        self.table(&mut text, "process and thread", &self.threads)?;
        self.table(&mut text, "function, what it calls apart", &self.own)?;
        self.table(
            &mut text,
            "function of ours, with what it calls",
            &self.within,
        )?;
        Ok(text)
    }

    fn table(&self, text: &mut String, title: &str, rows: &[(String, u64)]) -> Result<()> {
        writeln!(text, "{:>6} {:>11}  {title}", "share", "us/order")?;
        for (name, nanos) in rows.iter().take(LISTED) {
            let (whole, tenth) = share(*nanos, self.total);
            let micros = per_order(*nanos, self.orders);
            let name: String = name.chars().take(140).collect();
            writeln!(text, "{whole:>3}.{tenth} % {micros:>11}  {name}")?;
        }
        writeln!(text)?;
        Ok(())
    }
}

fn is_ours(function: &str) -> bool {
    function.trim_start_matches('<').starts_with("stoa")
}

fn most_first(sums: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    rows
}

/// A share of the total as per cent, and tenths of one.
pub(super) fn share(part: u64, total: u64) -> (u64, u64) {
    let thousandths = part.saturating_mul(1_000).checked_div(total).unwrap_or(0);
    (thousandths / 10, thousandths % 10)
}

/// Microseconds for each order, with one decimal.
pub(super) fn per_order(nanos: u64, orders: u64) -> String {
    let tenths = (nanos / 100).checked_div(orders).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(frames: &[&str]) -> Vec<String> {
        frames.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn a_function_that_calls_itself_counts_once() {
        let folded = Folded(
            [
                (
                    stack(&["suite", "back", "stoa::a", "stoa::a", "malloc"]),
                    3_000,
                ),
                (stack(&["suite", "back", "stoa::a"]), 1_000),
            ]
            .into(),
        );
        let summary = Summary::of(&folded, 2);
        assert_eq!(summary.threads, [("suite back".to_owned(), 4_000)]);
        assert_eq!(
            summary.own,
            [("malloc".to_owned(), 3_000), ("stoa::a".to_owned(), 1_000)]
        );
        assert_eq!(summary.within, [("stoa::a".to_owned(), 4_000)]);
        let text = summary.text().unwrap();
        assert!(text.contains(" 75.0 %         1.5  malloc\n"), "{text}");
    }

    #[test]
    fn shares_of_nothing_are_nothing() {
        assert_eq!(share(1, 0), (0, 0));
        assert_eq!(per_order(1, 0), "0.0");
        assert_eq!(share(123, 1_000), (12, 3));
        assert_eq!(per_order(1_234_567, 10), "123.4");
    }
}
