//! What must hold in this service's own tables, order by order: of all orders in one read transaction, or of those alone that
//! were not found in order yet.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::json;
use stoa_api::ops::v1::{InvariantCheck, Violation};
use stoa_api::order::v1::{Order, OrderState, Return, ReturnState};
use stoa_errors::Error;
use stoa_events::{Envelope, EventLog};
use stoa_store::{Db, Row, Tx};
use stoa_types::{OrderId, QuoteId};

use super::closing;
use crate::domain::amounts::{currency, gross, minor, settled, total};
use crate::domain::buckets::Buckets;
use crate::domain::event::{AGGREGATE, decode};
use crate::domain::fold;
use crate::store;
use crate::store::closing::Closing;
use crate::store::rows::snapshot;

/// Orders that one statement brings.
const CHUNK: usize = 200;
/// Violations that are listed; all are counted.
const LISTED: usize = 100;

/// An order with everything of it that is compared.
struct Case {
    order: Order,
    /// What the columns beside the snapshot say otherwise than it.
    columns: Vec<&'static str>,
    events: Vec<Envelope>,
    returns: Vec<Return>,
}

/// Finds what is wrong with an order; none where all is well.
type Judge = fn(&Case) -> Option<String>;

/// The checks of one order each.
const JUDGES: [(&str, Judge); 5] = [
    ("orders_equal_their_events", refolds),
    ("order_columns_equal_their_order", columns),
    ("units_are_in_one_bucket", units),
    ("amounts_add_up", amounts),
    ("returns_equal_their_units", returns),
];

/// The check of quotes.
const QUOTES: &str = "quotes_are_used_by_their_order";

/// Runs all checks, each chunk of orders in the same read transaction; in full, or on what was not found in order yet.
pub(super) async fn check(db: &Db, full: bool) -> Result<Vec<InvariantCheck>, Error> {
    let mut checks: Vec<InvariantCheck> = JUDGES.iter().map(|(name, _)| empty(name)).collect();
    let closing = closings(db, full).await?;
    let quotes = if full {
        let tx = db.snapshot().await?;
        all(&tx, &mut checks).await?;
        quotes(&tx).await?
    } else {
        open(db, &mut checks).await?
    };
    checks.extend([quotes, closing]);
    Ok(checks)
}

/// Judges every order.
async fn all(tx: &Tx, checks: &mut [InvariantCheck]) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let wanted = json!({"after": after, "limit": CHUNK});
        let rows = tx.query(store::AUDIT_ORDERS, &wanted).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = OrderId::from_uuid(last.get("order_id")?).hex();
        judge(tx, &rows, checks).await?;
    }
}

/// Judges the orders that were not found in order yet; what it found of their quotes.
async fn open(db: &Db, checks: &mut [InvariantCheck]) -> Result<InvariantCheck, Error> {
    let mut quotes = empty(QUOTES);
    let (mut seen, mut at) = (HashSet::new(), None);
    loop {
        let (subjects, next) = closing::open(db, at, CHUNK).await?;
        let orders = subjects.iter().filter_map(|id| id.parse::<OrderId>().ok());
        let orders: Vec<OrderId> = orders.filter(|id| seen.insert(*id)).collect();
        let ids: Vec<String> = orders.iter().map(|id| id.hex()).collect();
        let tx = db.snapshot().await?;
        let rows = tx.query(store::AUDIT_ORDERS_OF, &ids).await?;
        judge(&tx, &rows, checks).await?;
        missing(&orders, &rows, checks)?;
        for row in tx.query(store::AUDIT_QUOTES_OF, &ids).await? {
            let quote = QuoteId::from_uuid(row.get("quote_id")?);
            let subject = OrderId::from_uuid(row.get("order_id")?).to_string();
            quotes.violation_count += 1;
            if quotes.violations.len() < LISTED {
                quotes.violations.push(misused(&subject, quote));
            }
        }
        quotes.examined += count(rows.len());
        quotes.rows += count(rows.len());
        at = next;
        if at.is_none() {
            return Ok(quotes);
        }
    }
}

/// Orders that the log tells of, and that are not there.
fn missing(orders: &[OrderId], rows: &[Row], checks: &mut [InvariantCheck]) -> Result<(), Error> {
    let mut there = HashSet::new();
    for row in rows {
        there.insert(OrderId::from_uuid(row.get("order_id")?));
    }
    if let Some(check) = checks.first_mut() {
        for order in orders.iter().filter(|order| !there.contains(order)) {
            let detail = "it has events and no row".to_owned();
            note(check, &order.to_string(), Some(detail));
        }
    }
    Ok(())
}

async fn judge(tx: &Tx, rows: &[Row], checks: &mut [InvariantCheck]) -> Result<(), Error> {
    for case in cases(tx, rows).await? {
        let read = 1 + count(case.events.len()) + count(case.returns.len());
        for (check, (_, judge)) in checks.iter_mut().zip(JUDGES) {
            check.rows += read;
            note(check, &case.order.order_id, judge(&case));
        }
    }
    Ok(())
}

/// The closing row is as it was sealed; read in full, it stands for what it says.
async fn closings(db: &Db, full: bool) -> Result<InvariantCheck, Error> {
    let mut check = empty("closing_rows");
    let Some((closing, _)) = Closing::load(db).await? else {
        check.examined = 1;
        return Ok(check);
    };
    check.rows = 1;
    let wrong = if !closing.is_whole() {
        Some("the closing row is not as it was sealed".to_owned())
    } else if full && !closing::verify(db, &closing).await? {
        check.rows += closing.position;
        Some(format!(
            "the log up to position {} is not what was sealed",
            closing.position
        ))
    } else {
        None
    };
    note(&mut check, "order: its log", wrong);
    Ok(check)
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn empty(name: &str) -> InvariantCheck {
    InvariantCheck {
        name: name.to_owned(),
        ..InvariantCheck::default()
    }
}

fn note(check: &mut InvariantCheck, subject: &str, wrong: Option<String>) {
    check.examined += 1;
    let Some(detail) = wrong else { return };
    check.violation_count += 1;
    if check.violations.len() < LISTED {
        check.violations.push(violation(subject, detail));
    }
}

fn violation(subject: &str, detail: String) -> Violation {
    Violation {
        subject: subject.to_owned(),
        detail,
        repair: String::new(),
    }
}

/// The orders of a chunk with their events and returns, each in one statement.
async fn cases(tx: &Tx, rows: &[Row]) -> Result<Vec<Case>, Error> {
    let orders = rows
        .iter()
        .map(|row| Ok((snapshot::<Order>(row)?, row)))
        .collect::<Result<Vec<_>, Error>>()?;
    let ids: Vec<&str> = orders
        .iter()
        .map(|(order, _)| order.order_id.as_str())
        .collect();
    let mut streams: BTreeMap<String, Vec<Envelope>> = BTreeMap::new();
    for event in EventLog::streams(tx, AGGREGATE, &ids).await? {
        let stream = streams.entry(event.aggregate_id.clone()).or_default();
        stream.push(event);
    }
    let hex = rows
        .iter()
        .map(|row| Ok(OrderId::from_uuid(row.get("order_id")?).hex()))
        .collect::<Result<Vec<_>, Error>>()?;
    let mut returns: BTreeMap<String, Vec<Return>> = BTreeMap::new();
    for row in tx.query(store::AUDIT_RETURNS, &hex).await? {
        let returned: Return = snapshot(&row)?;
        let all = returns.entry(returned.order_id.clone()).or_default();
        all.push(returned);
    }
    orders
        .into_iter()
        .map(|(order, row)| {
            Ok(Case {
                columns: differing(row, &order)?,
                events: streams.remove(&order.order_id).unwrap_or_default(),
                returns: returns.remove(&order.order_id).unwrap_or_default(),
                order,
            })
        })
        .collect()
}

/// The columns beside the snapshot that say something else.
fn differing(row: &Row, order: &Order) -> Result<Vec<&'static str>, Error> {
    let numbers = [
        ("state", i64::from(order.state)),
        ("revision", order.revision),
        ("total", total(order)),
        ("captured", minor(order.captured.as_ref())),
        ("refunded", minor(order.refunded.as_ref())),
    ];
    let texts = [
        ("currency", currency(order)),
        ("customer_ref", &order.customer_ref),
        ("external_ref", &order.external_ref),
    ];
    let mut differing = Vec::new();
    for (column, says) in numbers {
        if row.get::<i64>(column)? != says {
            differing.push(column);
        }
    }
    for (column, says) in texts {
        if row.get::<Option<String>>(column)?.unwrap_or_default() != says {
            differing.push(column);
        }
    }
    Ok(differing)
}

/// The row is what its events fold into.
fn refolds(case: &Case) -> Option<String> {
    let mut folded = Order::default();
    for envelope in &case.events {
        let event = match decode(&envelope.event_type, &envelope.payload) {
            Ok(event) => event,
            Err(error) => return Some(error.to_string()),
        };
        if let Err(error) = fold::apply(&mut folded, &event, envelope.occurred_at) {
            return Some(error.to_string());
        }
    }
    (folded != case.order).then(|| {
        format!(
            "the row is at revision {}, its events fold to another order at {}",
            case.order.revision, folded.revision
        )
    })
}

fn columns(case: &Case) -> Option<String> {
    (!case.columns.is_empty()).then(|| format!("differ: {}", case.columns.join(", ")))
}

/// Each unit of a line is in one bucket.
fn units(case: &Case) -> Option<String> {
    let wrong = case.order.lines.iter().find(|line| !line.adds_up())?;
    Some(format!(
        "the units of line {} are in no bucket or in two",
        wrong.line_id
    ))
}

/// Lines, adjustments and taxes are the total, and no more moved than it.
fn amounts(case: &Case) -> Option<String> {
    let order = &case.order;
    let lines: i64 = order.lines.iter().map(gross).sum();
    let (captured, refunded) = (
        minor(order.captured.as_ref()),
        minor(order.refunded.as_ref()),
    );
    if lines != total(order) {
        return Some(format!(
            "the lines cost {lines}, the order {}",
            total(order)
        ));
    }
    let (outside, back) = (
        minor(order.paid_externally.as_ref()),
        minor(order.refunded_externally.as_ref()),
    );
    let parts = order.external_payments.iter();
    let recorded: i64 = parts.map(|paid| minor(paid.amount.as_ref())).sum();
    let given_up = minor(order.written_off.as_ref());
    // Of what is closed nothing is due, and of what is canceled nothing is kept outside.
    let at_end = match order.state() {
        OrderState::Closed => settled(order) == total(order),
        OrderState::Canceled => outside == back,
        _ => true,
    };
    let in_bounds = at_end
        && 0 <= refunded
        && refunded <= captured
        && 0 <= back
        && back <= outside
        && outside == recorded
        && 0 <= given_up
        && settled(order) <= total(order);
    (!in_bounds).then(|| {
        format!(
            "captured {captured} and refunded {refunded}, paid outside {outside} (of {recorded}) and given back there {back}, written off {given_up}, of {lines}"
        )
    })
}

/// What the order's returns took is what its buckets say.
fn returns(case: &Case) -> Option<String> {
    let mut units: HashMap<&str, (i64, i64)> = HashMap::new();
    for returned in &case.returns {
        for line in &returned.lines {
            let (returning, done) = units.entry(line.line_id.as_str()).or_default();
            match returned.state() {
                ReturnState::Rejected => {}
                ReturnState::Refunded => *done += line.quantity,
                _ => *returning += line.quantity,
            }
        }
    }
    let wrong = case.order.lines.iter().find(|line| {
        let said = units.get(line.line_id.as_str()).copied();
        said.unwrap_or_default() != (line.returning, line.returned)
    })?;
    Some(format!(
        "the returns of line {} are not what it says of itself",
        wrong.line_id
    ))
}

/// Each order used its quote, and each used quote has its order.
async fn quotes(tx: &Tx) -> Result<InvariantCheck, Error> {
    let mut check = empty(QUOTES);
    for row in tx
        .query(store::AUDIT_QUOTES, &json!({"limit": LISTED}))
        .await?
    {
        check.examined = row.get("examined")?;
        check.rows = check.examined;
        check.violation_count = row.get("wrong")?;
        if let Some(order) = row.get::<Option<stoa_types::Uuid>>("order_id")? {
            let quote = QuoteId::from_uuid(row.get("quote_id")?);
            let subject = OrderId::from_uuid(order).to_string();
            check.violations.push(misused(&subject, quote));
        }
    }
    Ok(check)
}

fn misused(subject: &str, quote: QuoteId) -> Violation {
    violation(
        subject,
        format!("{quote} was used otherwise than its order says"),
    )
}
