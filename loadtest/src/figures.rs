//! Figures with names, in their order: numbers, numbers of several rounds with their spread, and rows of figures.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Figure {
    /// A count.
    Count(u64),
    /// A number.
    Number(f64),
    /// The median of several rounds; in JSON three numbers, `x`, `x_min` and `x_max`.
    Spread(Spread),
    /// A name, a yes or no.
    Text(String),
    /// Rows of one kind.
    Rows(Vec<Figures>),
    /// Figures that belong together, such as the shares of a whole.
    Group(Figures),
}

impl From<u64> for Figure {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<u32> for Figure {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<f64> for Figure {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Spread> for Figure {
    fn from(spread: Spread) -> Self {
        Self::Spread(spread)
    }
}

impl From<&str> for Figure {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<Figures>> for Figure {
    fn from(rows: Vec<Figures>) -> Self {
        Self::Rows(rows)
    }
}

impl From<Figures> for Figure {
    fn from(figures: Figures) -> Self {
        Self::Group(figures)
    }
}

/// The median of several rounds, and between what they lay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of at least one round; of none it is all 0.
    pub(crate) fn of(rounds: &[f64]) -> Self {
        let mut sorted = rounds.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(0.0);
        let last = sorted.len().saturating_sub(1);
        Self {
            median: f64::midpoint(at(last / 2), at(last.div_ceil(2))),
            min: at(0),
            max: at(last),
        }
    }
}

/// Figures in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures(Vec<(String, Figure)>);

impl Figures {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// These and one more.
    #[must_use]
    pub(crate) fn with(mut self, name: impl Into<String>, figure: impl Into<Figure>) -> Self {
        self.push(name, figure);
        self
    }

    /// One more.
    pub(crate) fn push(&mut self, name: impl Into<String>, figure: impl Into<Figure>) {
        self.0.push((name.into(), figure.into()));
    }

    /// These, and those of another after them.
    #[must_use]
    pub(crate) fn joined(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// In their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Figure)> {
        self.0.iter().map(|(name, figure)| (name.as_str(), figure))
    }

    /// The figure as a number: of a spread its median, of what is no number nothing.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let (_, figure) = self.0.iter().find(|(known, _)| known == name)?;
        match figure {
            Figure::Count(count) => Some(float(*count)),
            Figure::Number(number) => Some(*number),
            Figure::Spread(spread) => Some(spread.median),
            Figure::Text(_) | Figure::Rows(_) | Figure::Group(_) => None,
        }
    }

    /// The medians, and the spreads, of the figures of several rounds, which are numbers of the same names (groups likewise).
    pub(crate) fn medians(rounds: &[Self]) -> Self {
        let Some(first) = rounds.first() else {
            return Self::new();
        };
        let mut medians = Self::new();
        for (name, figure) in first.iter() {
            if let Figure::Group(_) = figure {
                let groups: Vec<Self> = rounds
                    .iter()
                    .filter_map(|round| round.group(name))
                    .collect();
                medians.push(name, Self::medians(&groups));
            } else if first.number(name).is_some() {
                let numbers: Vec<f64> = rounds
                    .iter()
                    .filter_map(|round| round.number(name))
                    .collect();
                medians.push(name, Spread::of(&numbers));
            } else {
                medians.push(name, figure.clone());
            }
        }
        medians
    }

    fn group(&self, name: &str) -> Option<Self> {
        self.0.iter().find_map(|(known, figure)| match figure {
            Figure::Group(figures) if known == name => Some(figures.clone()),
            _ => None,
        })
    }
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, figure) in self.iter() {
            match figure {
                Figure::Count(count) => map.serialize_entry(name, count)?,
                Figure::Number(number) => map.serialize_entry(name, &round(*number))?,
                Figure::Text(text) => map.serialize_entry(name, text)?,
                Figure::Rows(rows) => map.serialize_entry(name, rows)?,
                Figure::Group(figures) => map.serialize_entry(name, figures)?,
                Figure::Spread(spread) => {
                    map.serialize_entry(name, &round(spread.median))?;
                    map.serialize_entry(&format!("{name}_min"), &round(spread.min))?;
                    map.serialize_entry(&format!("{name}_max"), &round(spread.max))?;
                }
            }
        }
        map.end()
    }
}

/// To two places, which is more than any of these figures is worth.
pub(crate) fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// A count as a number.
#[expect(
    clippy::as_conversions,
    reason = "figures for people: fifty-two bits are plenty"
)]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// So much for each of so many; 0 for none.
pub(crate) fn per(amount: f64, count: f64) -> f64 {
    if count > 0.0 { amount / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_rounds_lies_between_the_two_in_the_middle() {
        let spread = |rounds: &[f64]| {
            let Spread { median, min, max } = Spread::of(rounds);
            [median, min, max]
        };
        assert_eq!(spread(&[3.0, 1.0, 2.0]), [2.0, 1.0, 3.0]);
        assert_eq!(spread(&[4.0, 1.0, 2.0, 8.0]), [3.0, 1.0, 8.0]);
        assert_eq!(spread(&[7.0]), [7.0, 7.0, 7.0]);
        assert_eq!(spread(&[]), [0.0, 0.0, 0.0]);
    }

    #[test]
    fn rounds_become_medians_by_name_and_json_keeps_the_order() {
        let round = |rate: f64, share: f64| {
            Figures::new()
                .with("work", "orders")
                .with("rate_per_s", rate)
                .with("cpu_us", Figures::new().with("order", share))
        };
        let medians = Figures::medians(&[round(1.0, 9.0), round(3.0, 5.0), round(2.0, 7.0)]);
        assert_eq!(
            serde_json::to_string(&medians).unwrap(),
            "{\"work\":\"orders\",\"rate_per_s\":2.0,\"rate_per_s_min\":1.0,\"rate_per_s_max\":3.0,\
             \"cpu_us\":{\"order\":7.0,\"order_min\":5.0,\"order_max\":9.0}}"
        );
    }
}
