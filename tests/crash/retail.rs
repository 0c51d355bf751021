//! What a replay of the shop's rows must come to, by the rules that stand beside the data. Computed here by itself, with exact
//! decimals; nothing of the replay's own code is used.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};

/// The file of one day.
pub(crate) const DAY: &str = "online-retail-2010-12-01.csv";

/// The file of nine months.
pub(crate) const NINE_MONTHS: &str = "online-retail-2010-12_2011-08.csv.gz";

/// The folder of the real data: `STOA_RETAIL`, else where the workspace expects it. Absent, a test says so and is skipped; in
/// CI it fails.
pub(crate) fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("STOA_RETAIL").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        root.join("../shared/data/online-retail")
    });
    if folder.join(DAY).is_file() {
        return Some(folder);
    }
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!ci, "{} has no {DAY}", folder.display());
    eprintln!("skipped: {} has no {DAY}", folder.display());
    None
}

/// One row, as text.
struct Row {
    invoice: String,
    sku: String,
    quantity: i128,
    day: String,
    /// Millionths of a pound.
    price: i128,
    customer: String,
}

fn rows(file: &Path) -> Vec<Row> {
    let plain = File::open(file).unwrap();
    let text: Box<dyn Read> = match file.extension() {
        Some(extension) if extension == "gz" => Box::new(MultiGzDecoder::new(plain)),
        _ => Box::new(plain),
    };
    let mut reader = csv::Reader::from_reader(text);
    let names = reader.headers().unwrap().clone();
    let place = |name: &str| names.iter().position(|it| it == name).unwrap();
    let places = [
        place("InvoiceNo"),
        place("StockCode"),
        place("Quantity"),
        place("InvoiceDate"),
        place("UnitPrice"),
        place("CustomerID"),
    ];
    let row = |record: csv::StringRecord| {
        let [invoice, sku, quantity, at, price, customer] = places.map(|it| record[it].trim());
        Row {
            invoice: invoice.to_owned(),
            sku: sku.to_owned(),
            quantity: quantity.parse().unwrap(),
            day: at[..10].to_owned(),
            price: decimal(price),
            customer: customer.to_owned(),
        }
    };
    reader.records().map(|it| row(it.unwrap())).collect()
}

/// A decimal number, times a million.
fn decimal(text: &str) -> i128 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let padded = format!("{}{part:0<6}", whole.trim_start_matches('-'));
    let value: i128 = padded.parse().unwrap();
    if negative { -value } else { value }
}

/// Pence of so many units, rounded half to even.
fn pence(quantity: i128, price: i128) -> i128 {
    let exact = quantity * price;
    let (pence, rest) = (exact / 10_000, exact % 10_000);
    let up = rest > 5_000 || rest == 5_000 && pence % 2 == 1;
    pence + i128::from(up)
}

/// Units of each sku of which stock is kept: sold, and come back.
pub(crate) fn goods(file: &Path) -> BTreeMap<String, (i64, i64)> {
    let mut goods = BTreeMap::new();
    for row in rows(file) {
        let digits = row.sku.bytes().take(5).filter(u8::is_ascii_digit).count();
        if digits < 5 && !row.sku.starts_with("DCGS") {
            continue;
        }
        let units = i64::try_from(row.quantity).unwrap();
        let (sold, back) = goods.entry(row.sku.clone()).or_insert((0, 0));
        if is_sale(&row) {
            *sold += units;
        } else if is_cancellation(&row) {
            *back -= units;
        }
    }
    goods
}

fn is_sale(row: &Row) -> bool {
    let number = row.invoice.bytes().all(|it| it.is_ascii_digit());
    number && row.quantity > 0 && row.price > 0
}

fn is_cancellation(row: &Row) -> bool {
    row.invoice.starts_with('C') && row.quantity < 0 && row.price > 0
}

/// The price of each sku and day: that of most lines, the lower on a tie.
fn day_prices<'a>(sales: &[&'a Row]) -> HashMap<(&'a str, &'a str), i128> {
    let mut counts: HashMap<(&str, &str), BTreeMap<i128, i32>> = HashMap::new();
    for row in sales {
        let day = counts.entry((&row.sku, &row.day)).or_default();
        *day.entry(row.price).or_insert(0) += 1;
    }
    let most = |prices: &BTreeMap<i128, i32>| {
        let best = prices.values().max().unwrap();
        *prices.iter().find(|(_, count)| *count == best).unwrap().0
    };
    let days = counts.iter().map(|(key, prices)| (*key, most(prices)));
    days.collect()
}

/// The lines of cancellations that belong to an earlier order. Each is looked for in the customer's rows of the same sku and
/// price, those of the order that began last first.
fn linked(rows: &[Row]) -> BTreeSet<usize> {
    let mut began: HashMap<&str, usize> = HashMap::new();
    let mut alike: HashMap<(&str, &str, i128), Vec<usize>> = HashMap::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| is_sale(row)) {
        began.entry(&row.invoice).or_insert(at);
        let key = (row.customer.as_str(), row.sku.as_str(), row.price);
        alike.entry(key).or_default().push(at);
    }
    let mut left: Vec<i128> = rows.iter().map(|row| row.quantity).collect();
    let mut found = BTreeSet::new();
    for (at, row) in rows.iter().enumerate() {
        if !is_cancellation(row) || row.customer.is_empty() {
            continue;
        }
        let key = (row.customer.as_str(), row.sku.as_str(), row.price);
        let sold = alike.get(&key).into_iter().flatten().copied();
        let start = |other: usize| began[rows[other].invoice.as_str()];
        let latest = sold
            .filter(|other| left[*other] >= -row.quantity && start(*other) < at)
            .max_by_key(|other| (start(*other), Reverse(*other)));
        if let Some(other) = latest {
            left[other] += row.quantity;
            found.insert(at);
        }
    }
    found
}

/// The figures of a replay in which no order is refused, without those that only a run knows.
pub(crate) fn figures(file: &Path) -> Value {
    let rows = rows(file);
    let sales: Vec<&Row> = rows.iter().filter(|row| is_sale(row)).collect();
    let prices = day_prices(&sales);
    let linked = linked(&rows);
    let months: BTreeSet<&str> = rows
        .iter()
        .filter(|row| is_sale(row) || is_cancellation(row))
        .map(|row| &row.day[..7])
        .collect();
    let span = |month: Option<&str>| {
        let within = |row: &Row| month.is_none_or(|month| row.day.starts_with(month));
        let sold: Vec<&Row> = sales.iter().copied().filter(|row| within(row)).collect();
        let orders: BTreeSet<&str> = sold.iter().map(|row| row.invoice.as_str()).collect();
        let named = sold.iter().filter(|row| !row.customer.is_empty());
        let named: BTreeSet<&str> = named.map(|row| row.invoice.as_str()).collect();
        let back: Vec<(usize, &Row)> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| is_cancellation(row) && within(row))
            .collect();
        let cancels: BTreeSet<&str> = back.iter().map(|(_, row)| row.invoice.as_str()).collect();
        let known = back.iter().filter(|(at, _)| linked.contains(at)).count();
        let other = |row: &&&Row| prices[&(row.sku.as_str(), row.day.as_str())] != row.price;
        let sum =
            |amounts: &mut dyn Iterator<Item = i128>| i64::try_from(amounts.sum::<i128>()).unwrap();
        json!({
            "orders": orders.len(),
            "guest_orders": orders.len() - named.len(),
            "lines": sold.len(),
            "units": sum(&mut sold.iter().map(|row| row.quantity)),
            "sales_minor": sum(&mut sold.iter().map(|row| pence(row.quantity, row.price))),
            "cancellations": cancels.len(),
            "return_lines": back.len(),
            "return_units": sum(&mut back.iter().map(|(_, row)| -row.quantity)),
            "refunds_minor": sum(&mut back.iter().map(|(_, row)| pence(-row.quantity, row.price))),
            "linked_return_lines": known,
            "credit_lines": back.len() - known,
            "overridden_lines": sold.iter().filter(other).count(),
            "refused_orders": 0,
        })
    };
    let mut all = span(None);
    let each = months.into_iter().map(|month| {
        let mut figures = span(Some(month));
        figures["month"] = json!(month);
        figures
    });
    all["months"] = each.collect();
    all
}

/// Rows that are no order, by kind.
pub(crate) fn other_rows(file: &Path) -> Value {
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows(file) {
        let kind = match () {
            () if is_sale(&row) || is_cancellation(&row) => continue,
            () if row.invoice.starts_with('A') => "bad_debt",
            () if row.price == 0 && row.quantity < 0 => "stock_adjustment",
            () if row.price == 0 => "zero_price",
            () => "unknown",
        };
        *kinds.entry(kind).or_insert(0) += 1;
    }
    json!(kinds)
}

/// The numbers of each row that begins with this name, in the README beside the data.
pub(crate) fn written(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let begin = format!("| {name} |");
    let rows = readme.lines().filter_map(|line| line.strip_prefix(&begin));
    rows.map(|row| {
        let cells = row.split('|').map(|cell| cell.trim().to_owned());
        cells.filter(|cell| !cell.is_empty()).collect()
    })
    .collect()
}

/// A made-up shop: some orders of one day, all of which come back the next. Guests' too, whose orders nobody knows then.
pub(crate) fn all_comes_back(file: &Path) {
    let mut text =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
            .to_owned();
    for (sign, prefix, day) in [("", "", "2010-12-01"), ("-", "C", "2010-12-02")] {
        for number in 0..150_u32 {
            let customer = match number % 10 {
                9 => String::new(),
                _ => format!("{}.0", 10_000 + number % 60),
            };
            for line in 0..1 + number % 4 {
                let sku = 20_000 + (number * 7 + line * 13) % 97;
                let quantity = 1 + (number + line) % 12;
                let thousandths = 250 + (number * 31 + line * 17) % 5_000;
                let price = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
                let minute = number % 60;
                text.push_str(&format!(
                    "{prefix}{},{sku},Thing {sku},{sign}{quantity},{day} {:02}:{minute:02}:00,{price},{customer},United Kingdom\n",
                    600_000 + number,
                    8 + number / 60,
                ));
            }
        }
    }
    std::fs::write(file, text).unwrap();
}
