//! What the demo shop sells: `shop.csv`, one product to a line, a variant for each value of its option.

use serde::Deserialize;

use crate::client::Failure;

/// The code of the shop's channel.
pub(super) const CHANNEL: &str = "shop";

/// What the shop's prices are in.
pub(super) const CURRENCY: &str = "EUR";

const SHELVES: &str = include_str!("shop.csv");

/// A product of the shop.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) category: String,
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) option: Option<String>,
    pub(super) variants: Vec<Choice>,
}

/// One variant of it.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) sku: String,
    /// The value of the product's option; none when there is only one variant.
    pub(super) value: Option<String>,
    /// The price of one, in cents.
    pub(super) cents: i64,
    /// The units that the shop opens with. A few are sold out from the first day, as in any shop.
    pub(super) stock: i64,
}

#[derive(Deserialize)]
struct Line {
    category: String,
    slug: String,
    title: String,
    cents: i64,
    option: String,
    values: String,
    description: String,
}

/// Everything on the shelves.
pub(super) fn read() -> Result<Vec<Item>, Failure> {
    let mut lines = csv::Reader::from_reader(SHELVES.as_bytes());
    let items = lines
        .deserialize()
        .zip(0_i64..)
        .map(|(line, place)| Ok(item(line?, place)))
        .collect::<Result<_, csv::Error>>();
    items.map_err(|error| Failure::Broken(format!("the shop's own list is broken: {error}")))
}

fn item(line: Line, place: i64) -> Item {
    let option = Some(line.option).filter(|name| !name.is_empty());
    let values: Vec<Option<&str>> = match option {
        Some(_) => line.values.split('|').map(Some).collect(),
        None => vec![None],
    };
    let variants = values
        .into_iter()
        .zip(0_i64..)
        .map(|(value, rank)| Choice {
            sku: sku(&line.slug, value),
            value: value.map(ToOwned::to_owned),
            cents: line.cents * larger(option.as_deref(), rank) / 10,
            stock: stock(place, rank),
        })
        .collect();
    Item {
        category: line.category,
        slug: line.slug,
        title: line.title,
        description: line.description,
        option,
        variants,
    }
}

/// `OLIVE-OIL-500-ML`.
fn sku(slug: &str, value: Option<&str>) -> String {
    let name = value.map_or_else(|| slug.to_owned(), |value| format!("{slug}-{value}"));
    name.chars()
        .map(|c| match c {
            'a'..='z' => c.to_ascii_uppercase(),
            'A'..='Z' | '0'..='9' => c,
            _ => '-',
        })
        .collect()
}

/// What a larger one costs, in tenths of the smallest.
fn larger(option: Option<&str>, rank: i64) -> i64 {
    match option {
        Some("size" | "length" | "cups" | "pieces") => 10 + 6 * rank,
        _ => 10,
    }
}

fn stock(place: i64, rank: i64) -> i64 {
    match (place * 7 + rank * 3) % 10 {
        0 if rank > 0 => 0,
        1 => 3,
        n => 20 + 10 * n,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_shelves_are_full_and_nothing_stands_there_twice() {
        let shop = read().unwrap();
        assert_eq!(shop.len(), 60);
        let slugs: BTreeSet<&str> = shop.iter().map(|item| item.slug.as_str()).collect();
        assert_eq!(slugs.len(), shop.len());
        let categories: BTreeSet<&str> = shop.iter().map(|item| item.category.as_str()).collect();
        assert_eq!(categories.len(), 5);
        let choices: Vec<&Choice> = shop.iter().flat_map(|item| &item.variants).collect();
        let skus: BTreeSet<&str> = choices.iter().map(|choice| choice.sku.as_str()).collect();
        assert_eq!(skus.len(), choices.len());
        assert!(choices.len() > 100, "{}", choices.len());
        assert!(
            choices
                .iter()
                .all(|choice| choice.cents > 0 && choice.sku.len() <= 64)
        );
        assert!(choices.iter().any(|choice| choice.stock == 0));
    }

    #[test]
    fn a_sku_is_made_of_the_name() {
        assert_eq!(sku("olive-oil", Some("500 ml")), "OLIVE-OIL-500-ML");
        assert_eq!(sku("brass-pencil", Some("0.5 mm")), "BRASS-PENCIL-0-5-MM");
        assert_eq!(sku("twine", None), "TWINE");
    }
}
