//! What stands on a page in Prometheus text format, and by how much it has grown since another.

use std::collections::BTreeMap;

/// The labels of a series.
pub(super) type Labels = BTreeMap<String, String>;

/// A page, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page(BTreeMap<String, BTreeMap<Labels, f64>>);

/// Two pages of one process, and the seconds that lie between them (more than 0).
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'a> {
    pub(super) before: &'a Page,
    pub(super) after: &'a Page,
    pub(super) seconds: f64,
}

impl Page {
    /// Reads a page. None: a line is no sample, so this is not such a page.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut page = Self::default();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, labels, value) = sample(line)?;
            page.0
                .entry(name.to_owned())
                .or_default()
                .insert(labels, value);
        }
        Some(page)
    }

    /// The series of a name.
    pub(super) fn series(&self, name: &str) -> impl Iterator<Item = (&Labels, f64)> {
        let series = self.0.get(name).into_iter().flatten();
        series.map(|(labels, value)| (labels, *value))
    }

    /// The sum of the series of a name; none: there is no such series.
    pub(super) fn figure(&self, name: &str) -> Option<f64> {
        let series = self.0.get(name)?;
        Some(total(series.values().copied()))
    }
}

impl<'a> Change<'a> {
    /// By how much each series of a counter has grown. One that is lower than before began anew, with its process.
    pub(super) fn grown(self, name: &str) -> impl Iterator<Item = (&'a Labels, f64)> + use<'a> {
        let before = self.before.0.get(name);
        let after = self.after.0.get(name).into_iter().flatten();
        after.map(move |(labels, now)| {
            let then = before.and_then(|series| series.get(labels));
            let then = then.filter(|then| *then <= now).copied().unwrap_or(0.0);
            (labels, now - then)
        })
    }

    /// By how much a counter has grown in a second, all its series together.
    pub(super) fn rate(self, name: &str) -> f64 {
        self.per_second(total(self.grown(name).map(|(_, grown)| grown)))
    }

    /// So much in the whole time, in a second.
    pub(super) fn per_second(self, grown: f64) -> f64 {
        grown / self.seconds
    }
}

/// The sum of figures; of none it is 0, where `sum` says -0.
pub(super) fn total(figures: impl Iterator<Item = f64>) -> f64 {
    figures.fold(0.0, |sum, figure| sum + figure)
}

/// What is called `name` in these labels.
pub(super) fn label<'a>(labels: &'a Labels, name: &str) -> &'a str {
    labels.get(name).map_or("", String::as_str)
}

/// Takes `name{label="value",..} 1.5` apart.
fn sample(line: &str) -> Option<(&str, Labels, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at_checked(end)?;
    let mut labels = Labels::new();
    let mut rest = rest;
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, quoted) = rest.split_once("=\"")?;
            let (value, behind) = unquoted(quoted)?;
            labels.insert(label.trim().to_owned(), value);
            rest = behind.strip_prefix(',').unwrap_or(behind);
        }
        rest = rest.strip_prefix('}')?;
    }
    // A time stamp may follow.
    let value = rest.split_whitespace().next()?.parse().ok()?;
    Some((name, labels, value))
}

/// A label's value up to its closing quote, and what follows that.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = quoted.chars();
    loop {
        match letters.next()? {
            '"' => return Some((value, letters.as_str())),
            '\\' => match letters.next()? {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn same(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    #[test]
    fn labels_are_read_with_everything_that_may_stand_in_them() {
        let text =
            "# TYPE a counter\na{x=\"}, \\\"\\\\\\n\",y=\"\"} 2 1700000000\nb 1.5e-3\nc{} +Inf\n";
        let page = Page::read(text).unwrap();
        let (labels, value) = page.series("a").next().unwrap();
        assert_eq!(label(labels, "x"), "}, \"\\\n");
        assert_eq!(label(labels, "y"), "");
        assert!(same(value, 2.0));
        assert!(same(page.figure("b").unwrap(), 0.0015));
        assert!(page.figure("c").unwrap().is_infinite());
        assert_eq!(page.figure("d"), None);
        assert!(total(std::iter::empty()).is_sign_positive());
    }

    #[test]
    fn what_is_no_page_is_not_read() {
        for text in ["<html>", "a{b=\"c} 1", "a", "a one"] {
            assert_eq!(Page::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_series_that_is_new_or_began_anew_has_grown_from_nothing() {
        let before = Page::read("a{x=\"1\"} 10\na{x=\"2\"} 10\n").unwrap();
        let after = Page::read("a{x=\"1\"} 14\na{x=\"2\"} 3\na{x=\"3\"} 1\n").unwrap();
        let change = Change {
            before: &before,
            after: &after,
            seconds: 2.0,
        };
        let grown: Vec<f64> = change.grown("a").map(|(_, grown)| grown).collect();
        assert_eq!(grown.len(), 3);
        for (found, wanted) in grown.iter().zip([4.0, 3.0, 1.0]) {
            assert!(same(*found, wanted), "{grown:?}");
        }
        assert!(same(change.rate("a"), 4.0));
    }
}
