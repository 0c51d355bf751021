//! What a replay will do, read from the rows by the rules that stand beside the data: products, prices, stock, and for
//! each customer his orders and cancellations in their order.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use stoa_api::type_::v1::LineKind;
use stoa_types::Timestamp;

use super::row::{Class, Row, Rows, day};

/// All that is to be done.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Hexadecimal digest of the files.
    pub(crate) digest: String,
    pub(crate) products: Vec<Product>,
    /// By sku, then time.
    pub(crate) prices: Vec<PriceVersion>,
    /// Units sold of each goods sku.
    pub(crate) sold: BTreeMap<String, i64>,
    pub(crate) customers: Vec<Customer>,
    /// Rows that are no order, by kind.
    pub(crate) other: BTreeMap<&'static str, u64>,
}

/// A sku.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) sku: String,
    pub(crate) title: String,
    pub(crate) kind: LineKind,
}

/// A price from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PriceVersion {
    pub(crate) sku: String,
    pub(crate) from: Timestamp,
    pub(crate) micros: i64,
}

/// One customer, or one guest order.
#[derive(Debug)]
pub(crate) struct Customer {
    /// Empty: a guest.
    pub(crate) customer_ref: String,
    /// In file order.
    pub(crate) deeds: Vec<Deed>,
}

/// What a customer did.
#[derive(Debug)]
pub(crate) enum Deed {
    Order(SaleOrder),
    Cancellation(Cancellation),
}

/// An order.
#[derive(Debug)]
pub(crate) struct SaleOrder {
    pub(crate) external_ref: String,
    /// The place of its first row.
    pub(crate) place: usize,
    pub(crate) place_time: Timestamp,
    pub(crate) country_code: String,
    pub(crate) lines: Vec<SaleLine>,
}

/// A line of an order.
#[derive(Debug)]
pub(crate) struct SaleLine {
    pub(crate) sku: String,
    pub(crate) quantity: i64,
    pub(crate) micros: i64,
    /// The day's version of the price is another.
    pub(crate) is_override: bool,
}

/// A cancellation.
#[derive(Debug)]
pub(crate) struct Cancellation {
    pub(crate) external_ref: String,
    pub(crate) place_time: Timestamp,
    pub(crate) lines: Vec<CancelLine>,
}

/// A line of a cancellation.
#[derive(Debug)]
pub(crate) struct CancelLine {
    /// The place of its row.
    pub(crate) place: usize,
    pub(crate) sku: String,
    /// Units that came back.
    pub(crate) quantity: i64,
    pub(crate) micros: i64,
}

impl Plan {
    /// Reads the plan from the rows.
    pub(crate) fn of(rows: &Rows) -> Result<Self> {
        let mut other = BTreeMap::new();
        let (mut sales, mut cancels) = (Vec::new(), Vec::new());
        for row in &rows.rows {
            match row.class() {
                Class::Sale => sales.push(row),
                Class::Cancellation => cancels.push(row),
                class => *other.entry(class.name()).or_insert(0) += 1,
            }
        }
        let prices = Prices::of(&sales)?;
        let mut sold = BTreeMap::new();
        for row in &sales {
            if kind(&row.sku) == LineKind::Goods {
                *sold.entry(row.sku.clone()).or_insert(0) += row.quantity;
            }
        }
        Ok(Self {
            digest: rows.digest.clone(),
            products: products(sales.iter().chain(&cancels).copied()),
            customers: customers(&sales, &cancels, &prices)?,
            prices: prices.versions,
            sold,
            other,
        })
    }

    /// Orders in all.
    pub(crate) fn orders(&self) -> usize {
        let is_order = |deed: &&Deed| matches!(deed, Deed::Order(_));
        let count = |customer: &Customer| customer.deeds.iter().filter(is_order).count();
        self.customers.iter().map(count).sum()
    }
}

/// What kind of thing a stock code is.
pub(crate) fn kind(sku: &str) -> LineKind {
    let digits = sku.bytes().take_while(u8::is_ascii_digit).count();
    if digits >= 5 || sku.starts_with("DCGS") {
        return LineKind::Goods;
    }
    if sku.starts_with("gift_") {
        return LineKind::GiftCard;
    }
    match sku {
        "POST" | "DOT" | "C2" => LineKind::Shipping,
        _ => LineKind::Fee,
    }
}

/// The country as ISO 3166 has it; ZZ where the shop did not know.
fn country_code(country: &str) -> &'static str {
    COUNTRIES
        .iter()
        .find(|(name, _)| *name == country)
        .map_or("ZZ", |(_, code)| code)
}

const COUNTRIES: [(&str, &str); 38] = [
    ("Australia", "AU"),
    ("Austria", "AT"),
    ("Bahrain", "BH"),
    ("Belgium", "BE"),
    ("Brazil", "BR"),
    ("Canada", "CA"),
    ("Channel Islands", "JE"),
    ("Cyprus", "CY"),
    ("Czech Republic", "CZ"),
    ("Denmark", "DK"),
    ("EIRE", "IE"),
    ("European Community", "ZZ"),
    ("Finland", "FI"),
    ("France", "FR"),
    ("Germany", "DE"),
    ("Greece", "GR"),
    ("Hong Kong", "HK"),
    ("Iceland", "IS"),
    ("Israel", "IL"),
    ("Italy", "IT"),
    ("Japan", "JP"),
    ("Lebanon", "LB"),
    ("Lithuania", "LT"),
    ("Malta", "MT"),
    ("Netherlands", "NL"),
    ("Norway", "NO"),
    ("Poland", "PL"),
    ("Portugal", "PT"),
    ("RSA", "ZA"),
    ("Saudi Arabia", "SA"),
    ("Singapore", "SG"),
    ("Spain", "ES"),
    ("Sweden", "SE"),
    ("Switzerland", "CH"),
    ("USA", "US"),
    ("United Arab Emirates", "AE"),
    ("United Kingdom", "GB"),
    ("Unspecified", "ZZ"),
];

/// Every sku with its most frequent description; the first of the alphabet on a tie, the sku where there is none.
fn products<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<Product> {
    let mut titles: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for row in rows {
        let counts = titles.entry(row.sku.as_str()).or_default();
        if !row.description.is_empty() {
            *counts.entry(row.description.as_str()).or_insert(0) += 1;
        }
    }
    titles
        .into_iter()
        .map(|(sku, counts)| {
            let best = counts
                .iter()
                .max_by(|(a, x), (b, y)| x.cmp(y).then(b.cmp(a)));
            Product {
                sku: sku.to_owned(),
                title: best.map_or(sku, |(title, _)| title).to_owned(),
                kind: kind(sku),
            }
        })
        .collect()
}

/// The price of each sku and day, and the versions that are written.
struct Prices {
    versions: Vec<PriceVersion>,
    days: HashMap<(String, Timestamp), i64>,
}

impl Prices {
    fn of(sales: &[&Row]) -> Result<Self> {
        let mut counts: BTreeMap<(&str, Timestamp), BTreeMap<i64, usize>> = BTreeMap::new();
        for row in sales {
            let key = (row.sku.as_str(), day(row.at)?);
            *counts
                .entry(key)
                .or_default()
                .entry(row.micros)
                .or_insert(0) += 1;
        }
        let mut prices = Self {
            versions: Vec::new(),
            days: HashMap::with_capacity(counts.len()),
        };
        for ((sku, from), counts) in counts {
            // The price of most lines; the lower on a tie.
            let Some((&micros, _)) = counts
                .iter()
                .max_by(|(a, x), (b, y)| x.cmp(y).then(b.cmp(a)))
            else {
                continue;
            };
            let stands = prices
                .versions
                .last()
                .is_some_and(|last| last.sku == sku && last.micros == micros);
            if !stands {
                prices.versions.push(PriceVersion {
                    sku: sku.to_owned(),
                    from,
                    micros,
                });
            }
            prices.days.insert((sku.to_owned(), from), micros);
        }
        Ok(prices)
    }

    fn is_override(&self, row: &Row) -> Result<bool> {
        let key = (row.sku.clone(), day(row.at)?);
        Ok(self.days.get(&key) != Some(&row.micros))
    }
}

/// Each customer's deeds in file order; a guest's order is a customer of its own, a guest's cancellation too.
fn customers(sales: &[&Row], cancels: &[&Row], prices: &Prices) -> Result<Vec<Customer>> {
    let mut deeds: HashMap<&str, Vec<&Row>> = HashMap::new();
    let mut invoices: Vec<&str> = Vec::new();
    for row in sales.iter().chain(cancels) {
        let rows = deeds.entry(row.invoice.as_str()).or_default();
        if rows.is_empty() {
            invoices.push(&row.invoice);
        }
        rows.push(row);
    }
    let mut known: BTreeMap<&str, Customer> = BTreeMap::new();
    let mut guests = Vec::new();
    for invoice in invoices {
        let Some(rows) = deeds.get(invoice) else {
            continue;
        };
        let Some(deed) = deed(invoice, rows, prices)? else {
            continue;
        };
        let customer = rows.iter().find_map(|row| row.customer.as_deref());
        match customer {
            Some(customer) => known
                .entry(customer)
                .or_insert_with(|| Customer {
                    customer_ref: customer.to_owned(),
                    deeds: Vec::new(),
                })
                .deeds
                .push(deed),
            None => guests.push(Customer {
                customer_ref: String::new(),
                deeds: vec![deed],
            }),
        }
    }
    let mut customers: Vec<Customer> = known.into_values().chain(guests).collect();
    for customer in &mut customers {
        customer.deeds.sort_by_key(Deed::place);
    }
    // Who has most to do begins first, so that nobody is left alone at the end.
    customers.sort_by_key(|customer| std::cmp::Reverse(customer.deeds.len()));
    Ok(customers)
}

fn deed(invoice: &str, rows: &[&Row], prices: &Prices) -> Result<Option<Deed>> {
    let (Some(first), Some(place_time)) = (rows.first(), rows.iter().map(|row| row.at).min())
    else {
        return Ok(None);
    };
    if first.class() == Class::Cancellation {
        let lines = rows.iter().map(|row| CancelLine {
            place: row.place,
            sku: row.sku.clone(),
            quantity: -row.quantity,
            micros: row.micros,
        });
        return Ok(Some(Deed::Cancellation(Cancellation {
            external_ref: invoice.to_owned(),
            place_time,
            lines: lines.collect(),
        })));
    }
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        lines.push(SaleLine {
            sku: row.sku.clone(),
            quantity: row.quantity,
            micros: row.micros,
            is_override: prices.is_override(row)?,
        });
    }
    Ok(Some(Deed::Order(SaleOrder {
        external_ref: invoice.to_owned(),
        place: first.place,
        place_time,
        country_code: country_code(&first.country).to_owned(),
        lines,
    })))
}

impl Deed {
    /// Where it stands in the files: an order at its first row, a cancellation at its last, for it may name every order
    /// that stands before one of its rows.
    fn place(&self) -> usize {
        match self {
            Self::Order(order) => order.place,
            Self::Cancellation(cancellation) => cancellation
                .lines
                .last()
                .map_or(usize::MAX, |line| line.place),
        }
    }
}

#[cfg(test)]
mod tests;
