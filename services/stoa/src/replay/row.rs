//! One row of the shop's file, and what it is: a line of a sale, a line of a cancellation, or something else that is counted.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use stoa_types::Timestamp;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Millionths of a pound in one pound.
const MICROS: i64 = 1_000_000;

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its place over all files, from 0.
    pub(crate) place: usize,
    pub(crate) invoice: String,
    pub(crate) sku: String,
    pub(crate) description: String,
    /// Units; negative in a cancellation.
    pub(crate) quantity: i64,
    pub(crate) at: Timestamp,
    /// Price of one unit in millionths of a pound.
    pub(crate) micros: i64,
    /// The customer; none for a guest.
    pub(crate) customer: Option<String>,
    pub(crate) country: String,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// A line of an order.
    Sale,
    /// A line of a cancellation.
    Cancellation,
    /// Price 0 and a negative quantity: the shop corrected its stock.
    StockAdjustment,
    /// Price 0 and a positive quantity, also inside invoices: samples, breakages.
    ZeroPrice,
    /// An invoice that begins with A.
    BadDebt,
    /// None of these.
    Unknown,
}

impl Class {
    /// The name in the report, for what is not an order or a cancellation.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Cancellation => "cancellation",
            Self::StockAdjustment => "stock_adjustment",
            Self::ZeroPrice => "zero_price",
            Self::BadDebt => "bad_debt",
            Self::Unknown => "unknown",
        }
    }
}

impl Row {
    pub(crate) fn class(&self) -> Class {
        let digits = !self.invoice.is_empty() && self.invoice.bytes().all(|b| b.is_ascii_digit());
        match (self.quantity.signum(), self.micros.signum()) {
            _ if self.invoice.starts_with('A') => Class::BadDebt,
            (1, 1) if digits => Class::Sale,
            (-1, 1) if self.invoice.starts_with('C') => Class::Cancellation,
            (-1, 0) => Class::StockAdjustment,
            (1, 0) => Class::ZeroPrice,
            _ => Class::Unknown,
        }
    }
}

/// Rows of all files in their order, and a digest of what was read.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    /// Hexadecimal, of the files' uncompressed bytes.
    pub(crate) digest: String,
}

/// Reads the files, plain or gzipped.
pub(crate) fn read(files: &[PathBuf]) -> Result<Rows> {
    let mut rows = Vec::new();
    let mut hash = Sha256::new();
    for file in files {
        let mut bytes = Vec::new();
        open(file)?
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot read {}", file.display()))?;
        hash.update(&bytes);
        parse(&bytes, &mut rows).with_context(|| format!("in {}", file.display()))?;
    }
    let digest = hex::encode(hash.finalize());
    Ok(Rows { rows, digest })
}

fn open(path: &Path) -> Result<Box<dyn Read>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let reader = BufReader::new(file);
    if path.extension().is_some_and(|extension| extension == "gz") {
        return Ok(Box::new(MultiGzDecoder::new(reader)));
    }
    Ok(Box::new(reader))
}

fn parse(bytes: &[u8], rows: &mut Vec<Row>) -> Result<()> {
    let mut reader = csv::Reader::from_reader(bytes);
    let columns = Columns::find(reader.headers()?)?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        let row = columns
            .row(&record, rows.len())
            .with_context(|| format!("line {line}"))?;
        rows.push(row);
    }
    Ok(())
}

/// Where each column stands.
struct Columns([usize; 8]);

const NAMES: [&str; 8] = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
];

impl Columns {
    fn find(headers: &csv::StringRecord) -> Result<Self> {
        let mut places = [0; 8];
        for (place, name) in places.iter_mut().zip(NAMES) {
            *place = headers
                .iter()
                .position(|header| header.trim_start_matches('\u{feff}') == name)
                .with_context(|| format!("the column {name} is missing"))?;
        }
        Ok(Self(places))
    }

    fn row(&self, record: &csv::StringRecord, place: usize) -> Result<Row> {
        let [
            invoice,
            sku,
            description,
            quantity,
            at,
            price,
            customer,
            country,
        ] = self.0.map(|column| record.get(column).unwrap_or_default());
        let customer = customer.split('.').next().unwrap_or_default().trim();
        Ok(Row {
            place,
            invoice: invoice.trim().to_owned(),
            sku: sku.trim().to_owned(),
            description: description.trim().to_owned(),
            quantity: quantity
                .parse()
                .with_context(|| format!("Quantity {quantity:?} is not a whole number"))?,
            at: moment(at)?,
            micros: micros(price)?,
            customer: (!customer.is_empty()).then(|| customer.to_owned()),
            country: country.to_owned(),
        })
    }
}

/// `YYYY-MM-DD HH:MM:SS`, read as UTC.
fn moment(text: &str) -> Result<Timestamp> {
    let rfc = format!("{}Z", text.replace(' ', "T"));
    let at = OffsetDateTime::parse(&rfc, &Rfc3339)
        .with_context(|| format!("InvoiceDate {text:?} is not YYYY-MM-DD HH:MM:SS"))?;
    let micros = i64::try_from(at.unix_timestamp_nanos() / 1_000)?;
    Ok(Timestamp::from_micros(micros))
}

/// The start of the day of a moment, UTC.
pub(crate) fn day(at: Timestamp) -> Result<Timestamp> {
    let date = utc(at)?.date();
    let start = PrimitiveDateTime::new(date, time::Time::MIDNIGHT).assume_utc();
    Ok(Timestamp::from_micros(i64::try_from(
        start.unix_timestamp_nanos() / 1_000,
    )?))
}

/// `YYYY-MM` of a moment, UTC.
pub(crate) fn month(at: Timestamp) -> Result<String> {
    let at = utc(at)?;
    Ok(format!("{:04}-{:02}", at.year(), u8::from(at.month())))
}

fn utc(at: Timestamp) -> Result<OffsetDateTime> {
    Ok(OffsetDateTime::from_unix_timestamp_nanos(
        i128::from(at.micros()) * 1_000,
    )?)
}

/// A decimal number of pounds as millionths, exactly.
fn micros(text: &str) -> Result<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: i64 = whole
        .parse()
        .with_context(|| format!("UnitPrice {text:?} is not a number"))?;
    let trimmed = part.trim_end_matches('0');
    if trimmed.len() > 6 {
        bail!("UnitPrice {text:?} has more than six decimals");
    }
    let part: i64 = format!("{trimmed:0<6}")
        .parse()
        .with_context(|| format!("UnitPrice {text:?} is not a number"))?;
    whole
        .checked_mul(MICROS)
        .and_then(|whole| whole.checked_add(part))
        .map(|micros| sign * micros)
        .with_context(|| format!("UnitPrice {text:?} is too large"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    const HEAD: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    fn rows(text: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        parse(format!("{HEAD}{text}").as_bytes(), &mut rows).unwrap();
        rows
    }

    #[test]
    fn a_row_is_what_its_invoice_quantity_and_price_say() {
        let rows = rows(
            "536365,85123A,\"A, B\",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n\
             C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527.0,United Kingdom\n\
             536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom\n\
             536589,21777,,-10,2010-12-01 16:50:00,0.0,,United Kingdom\n\
             A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,United Kingdom\n",
        );
        let classes: Vec<Class> = rows.iter().map(Row::class).collect();
        assert_eq!(
            classes,
            [
                Class::Sale,
                Class::Cancellation,
                Class::ZeroPrice,
                Class::StockAdjustment,
                Class::BadDebt
            ]
        );
        assert_eq!(rows[0].micros, 2_550_000);
        assert_eq!(rows[0].customer.as_deref(), Some("17850"));
        assert_eq!(rows[0].description, "A, B");
        assert_eq!(rows[2].customer, None);
        assert_eq!(month(rows[4].at).unwrap(), "2011-08");
        assert_eq!(day(rows[0].at).unwrap().to_string(), "2010-12-01T00:00:00Z");
    }

    #[test]
    fn a_price_is_read_exactly() {
        assert_eq!(micros("0.001").unwrap(), 1_000);
        assert_eq!(micros("38970").unwrap(), 38_970_000_000);
        assert_eq!(micros("-11062.06").unwrap(), -11_062_060_000);
        assert!(micros("1.0000001").is_err());
        assert!(micros("x").is_err());
    }
}
