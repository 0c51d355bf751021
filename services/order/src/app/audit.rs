//! What the doctor is told: that each order's row is the fold of its events, and the facts of orders and credits.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::json;
use stoa_api::ops::v1::{
    CheckInvariantsResponse, Fact, InvariantCheck, ListFactsRequest, ListFactsResponse, Violation,
};
use stoa_api::order::v1::{Credit, Order};
use stoa_chassis::Audit;
use stoa_errors::Error;
use stoa_events::{Envelope, EventLog};
use stoa_store::{Db, PageSize, PageToken, Row, Tx};
use stoa_types::{CreditId, Ctx, OrderId, Uuid};

use crate::domain::amounts::{minor, total};
use crate::domain::buckets::Buckets;
use crate::domain::event::{AGGREGATE, decode};
use crate::domain::fold;
use crate::store;
use crate::store::rows::snapshot;

/// Orders that one statement brings.
const CHUNK: usize = 500;
/// Violations that are listed; all are counted.
const LISTED: usize = 100;

/// The order service's part of the audit.
#[derive(Debug)]
pub(crate) struct OrderAudit {
    db: Db,
}

impl OrderAudit {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Audit for OrderAudit {
    async fn check_invariants(&self, _: &Ctx) -> Result<CheckInvariantsResponse, Error> {
        let snapshot = self.db.snapshot().await?;
        let mut folds = check("orders_equal_their_events");
        let mut units = check("units_are_in_one_bucket");
        let mut after = String::new();
        loop {
            let rows = snapshot
                .query(
                    store::AUDIT_ORDERS,
                    &json!({"after": after, "limit": CHUNK}),
                )
                .await?;
            let Some(last) = rows.last() else { break };
            after = OrderId::from_uuid(last.get("order_id")?).hex();
            let orders = rows
                .iter()
                .map(|row| store::rows::snapshot::<Order>(row))
                .collect::<Result<Vec<_>, _>>()?;
            let streams = streams(&snapshot, &orders).await?;
            for order in &orders {
                let events = streams.get(&order.order_id).map_or(&[][..], Vec::as_slice);
                judge(&mut folds, &order.order_id, refolds(order, events));
                let adds_up = order.lines.iter().all(Buckets::adds_up);
                let wrong =
                    (!adds_up).then(|| "units of a line are in no bucket or in two".to_owned());
                judge(&mut units, &order.order_id, wrong);
            }
        }
        Ok(CheckInvariantsResponse {
            checks: vec![folds, units],
        })
    }

    async fn list_facts(
        &self,
        _: &Ctx,
        request: ListFactsRequest,
    ) -> Result<ListFactsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let bound = ("order_facts", &request.subjects);
        let place: Option<Place> = PageToken::decode(&request.page_token, &bound)?;
        // Before the rows, so that what is newer than this position may be missing and nothing older is.
        let log_position = EventLog::lag(&self.db).await?.head;
        let rows = self
            .db
            .query(
                store::AUDIT_FACTS,
                &Wanted::new(&request.subjects, place, size),
            )
            .await?;
        let next = match rows
            .get(size.get().saturating_sub(1))
            .filter(|_| rows.len() > size.get())
        {
            Some(last) => PageToken::encode(&Place::of(last)?, &bound)?,
            None => String::new(),
        };
        let facts = rows
            .iter()
            .take(size.get())
            .map(fact)
            .collect::<Result<_, _>>()?;
        Ok(ListFactsResponse {
            facts,
            next_page_token: next,
            log_position,
        })
    }
}

fn check(name: &str) -> InvariantCheck {
    InvariantCheck {
        name: name.to_owned(),
        ..InvariantCheck::default()
    }
}

fn judge(check: &mut InvariantCheck, subject: &str, wrong: Option<String>) {
    check.examined += 1;
    let Some(detail) = wrong else { return };
    check.violation_count += 1;
    if check.violations.len() < LISTED {
        check.violations.push(Violation {
            subject: subject.to_owned(),
            detail,
            repair: String::new(),
        });
    }
}

/// The events of each order of a chunk, in one statement.
async fn streams(
    snapshot: &Tx,
    orders: &[Order],
) -> Result<BTreeMap<String, Vec<Envelope>>, Error> {
    let ids: Vec<&str> = orders.iter().map(|order| order.order_id.as_str()).collect();
    let events = EventLog::streams(snapshot, AGGREGATE, &ids).await?;
    let mut streams: BTreeMap<String, Vec<Envelope>> = BTreeMap::new();
    for event in events {
        streams
            .entry(event.aggregate_id.clone())
            .or_default()
            .push(event);
    }
    Ok(streams)
}

/// What is wrong when the events do not fold into the row.
fn refolds(order: &Order, events: &[Envelope]) -> Option<String> {
    let mut folded = Order::default();
    for envelope in events {
        let event = match decode(&envelope.event_type, &envelope.payload) {
            Ok(event) => event,
            Err(error) => return Some(error.to_string()),
        };
        if let Err(error) = fold::apply(&mut folded, &event, envelope.occurred_at) {
            return Some(error.to_string());
        }
    }
    (folded != *order).then(|| {
        format!(
            "the row is at revision {}, its events fold to {}",
            order.revision, folded.revision
        )
    })
}

/// Where a page of facts begins: orders first, then credits.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Place {
    class: i64,
    id: Uuid,
}

impl Place {
    fn of(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            class: row.get("class")?,
            id: row.get("id")?,
        })
    }
}

#[derive(Serialize)]
struct Wanted {
    class: i64,
    id: String,
    all: bool,
    subjects: Vec<String>,
    limit: usize,
}

impl Wanted {
    fn new(subjects: &[String], place: Option<Place>, size: PageSize) -> Self {
        let (class, id) = place.map_or((0, String::new()), |place| {
            (place.class, place.id.simple().to_string())
        });
        let hex = |subject: &String| {
            let order = subject.parse().map(OrderId::hex);
            order.or_else(|_| subject.parse().map(CreditId::hex)).ok()
        };
        Self {
            class,
            id,
            all: subjects.is_empty(),
            subjects: subjects.iter().filter_map(hex).collect(),
            limit: size.fetch(),
        }
    }
}

fn fact(row: &Row) -> Result<Fact, Error> {
    let live: i64 = row.get("live")?;
    let mut fact = if row.get::<i64>("class")? == 1 {
        order_fact(&snapshot(row)?)
    } else {
        credit_fact(&snapshot(row)?)
    };
    fact.live = live != 0;
    Ok(fact)
}

fn order_fact(order: &Order) -> Fact {
    let mut quantities = BTreeMap::new();
    for line in order.lines.iter().filter(|line| line.stock_tracked) {
        *quantities.entry(line.sku.clone()).or_insert(0) += line.ordered - line.canceled;
    }
    let name = |text: &str, prefix: &str| text.strip_prefix(prefix).unwrap_or(text).to_owned();
    Fact {
        subject: order.order_id.clone(),
        version: order.revision,
        states: BTreeMap::from([
            (
                "order".to_owned(),
                name(order.state().as_str_name(), "ORDER_STATE_"),
            ),
            (
                "fulfillment".to_owned(),
                name(order.fulfillment_state().as_str_name(), "AXIS_STATE_"),
            ),
            ("hold_id".to_owned(), order.hold_id.clone()),
            (
                "payment_id".to_owned(),
                order.payment_ids.first().cloned().unwrap_or_default(),
            ),
        ]),
        amounts: BTreeMap::from([
            ("total".to_owned(), total(order)),
            ("authorized".to_owned(), minor(order.authorized.as_ref())),
            ("captured".to_owned(), minor(order.captured.as_ref())),
            ("refunded".to_owned(), minor(order.refunded.as_ref())),
        ]),
        quantities,
        update_time: order.update_time,
        ..Fact::default()
    }
}

fn credit_fact(credit: &Credit) -> Fact {
    let state = credit.state().as_str_name();
    let state = state.strip_prefix("CREDIT_STATE_").unwrap_or(state);
    Fact {
        subject: credit.credit_id.clone(),
        version: credit.etag.parse().unwrap_or_default(),
        states: BTreeMap::from([
            ("credit".to_owned(), state.to_owned()),
            ("payment_id".to_owned(), credit.payment_id.clone()),
        ]),
        amounts: BTreeMap::from([("total".to_owned(), minor(credit.total.as_ref()))]),
        update_time: credit.update_time,
        ..Fact::default()
    }
}
