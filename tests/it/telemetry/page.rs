//! A page in Prometheus text format, as the admin port serves it.

use std::collections::{BTreeMap, BTreeSet};

/// What stands on a page.
#[derive(Debug, Default)]
pub(super) struct Page {
    families: BTreeMap<String, String>,
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Page {
    /// Reads a page.
    pub(super) fn read(text: &str) -> Self {
        let mut page = Self::default();
        for line in text.lines() {
            if let Some(family) = line.strip_prefix("# TYPE ") {
                let (name, kind) = family.split_once(' ').expect("a kind");
                page.families.insert(name.to_owned(), kind.to_owned());
            } else if !line.starts_with('#') && !line.is_empty() {
                page.samples.push(sample(line));
            }
        }
        page
    }

    /// The sum over all series of this name that have these labels; 0 when there is none.
    pub(super) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let of_them = |sample: &&Sample| {
            sample.name == name
                && labels
                    .iter()
                    .all(|(label, value)| sample.labels.get(*label).is_some_and(|it| it == value))
        };
        self.samples
            .iter()
            .filter(of_them)
            .map(|sample| sample.value)
            .sum()
    }

    /// The families by name, with their kind.
    pub(super) fn families(&self) -> &BTreeMap<String, String> {
        &self.families
    }

    /// The labels that the series of a family have, those of a histogram's buckets apart.
    pub(super) fn labels(&self, family: &str) -> BTreeSet<&str> {
        let is_of_it = |name: &str| {
            let rest = name.strip_prefix(family);
            rest.is_some_and(|rest| ["", "_count", "_sum", "_bucket"].contains(&rest))
        };
        let samples = self.samples.iter().filter(|sample| is_of_it(&sample.name));
        let labels = samples.flat_map(|sample| sample.labels.keys());
        labels
            .map(String::as_str)
            .filter(|label| *label != "le")
            .collect()
    }
}

/// Every series but buckets, one a line.
impl std::fmt::Display for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |sample: &&Sample| !sample.labels.contains_key("le");
        for sample in self.samples.iter().filter(shown) {
            write!(f, "\n{}{:?} {}", sample.name, sample.labels, sample.value)?;
        }
        Ok(())
    }
}

/// `name{label="value",..} 1.5`
fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').expect("a value");
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let mut found = BTreeMap::new();
    let mut rest = labels;
    while let Some((label, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').expect("a closed value");
        found.insert(label.trim_start_matches(',').to_owned(), value.to_owned());
        rest = after;
    }
    Sample {
        name: name.to_owned(),
        labels: found,
        value: value.parse().expect("a number"),
    }
}
