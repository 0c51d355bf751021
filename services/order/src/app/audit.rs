//! What the doctor is told: what this service can check alone, and the facts of orders and credits.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use serde::Serialize;
use stoa_api::ops::v1::{CheckInvariantsResponse, Fact, ListFactsRequest, ListFactsResponse};
use stoa_api::order::v1::{Credit, Order};
use stoa_chassis::Audit;
use stoa_errors::Error;
use stoa_events::EventLog;
use stoa_store::{Db, PageSize, PageToken, Row, Tx};
use stoa_types::{CreditId, Ctx, OrderId, Uuid};

use super::invariants;
use crate::domain::amounts::{minor, total};
use crate::store;
use crate::store::find::PAGE_BYTES;
use crate::store::rows::snapshot;

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
        Ok(CheckInvariantsResponse {
            checks: invariants::check(&snapshot).await?,
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
        let tx = self.db.snapshot().await?;
        let wanted = Wanted::new(&request.subjects, place, size);
        let statement = if request.subjects.is_empty() {
            store::AUDIT_FACTS
        } else {
            store::AUDIT_FACTS_OF
        };
        let rows = tx.query(statement, &wanted).await?;
        let (mut facts, mut bytes) = (Vec::new(), 0);
        let (mut last, mut next): (Option<&Row>, _) = (None, String::new());
        for row in &rows {
            let length = row.get::<Vec<u8>>("snapshot")?.len();
            let full = facts.len() == size.get() || bytes + length > PAGE_BYTES;
            if let Some(last) = last.filter(|_| full) {
                next = PageToken::encode(&Place::of(last)?, &bound)?;
                break;
            }
            bytes += length;
            facts.push(fact(row)?);
            last = Some(row);
        }
        mark_live(&tx, &mut facts).await?;
        Ok(ListFactsResponse {
            facts,
            next_page_token: next,
            log_position,
        })
    }
}

/// Says of each fact whether work on its subject goes on.
async fn mark_live(tx: &Tx, facts: &mut [Fact]) -> Result<(), Error> {
    let subjects: Vec<&str> = facts.iter().map(|fact| fact.subject.as_str()).collect();
    let mut live = HashSet::new();
    for row in tx.query(store::AUDIT_LIVE, &subjects).await? {
        live.insert(row.get::<String>("subject")?);
    }
    for fact in facts {
        fact.live = live.contains(&fact.subject);
    }
    Ok(())
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
    subjects: Vec<String>,
    limit: usize,
    bytes: usize,
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
            subjects: subjects.iter().filter_map(hex).collect(),
            limit: size.fetch(),
            bytes: PAGE_BYTES,
        }
    }
}

fn fact(row: &Row) -> Result<Fact, Error> {
    Ok(if row.get::<i64>("class")? == 1 {
        order_fact(&snapshot(row)?)
    } else {
        credit_fact(&snapshot(row)?)
    })
}

fn order_fact(order: &Order) -> Fact {
    let mut quantities = BTreeMap::new();
    for line in order.lines.iter().filter(|line| line.stock_tracked) {
        *quantities.entry(line.sku.clone()).or_insert(0) += line.ordered - line.canceled;
    }
    Fact {
        subject: order.order_id.clone(),
        version: order.revision,
        states: BTreeMap::from([
            (
                "order".to_owned(),
                short(order.state().as_str_name(), "ORDER_STATE_"),
            ),
            (
                "fulfillment".to_owned(),
                short(order.fulfillment_state().as_str_name(), "AXIS_STATE_"),
            ),
            (
                "charged".to_owned(),
                short(order.charged_state().as_str_name(), "AXIS_STATE_"),
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
    let mut quantities = BTreeMap::new();
    for line in credit.lines.iter().filter(|line| line.restock) {
        *quantities.entry(line.sku.clone()).or_insert(0) += line.quantity;
    }
    Fact {
        subject: credit.credit_id.clone(),
        version: credit.etag.parse().unwrap_or_default(),
        states: BTreeMap::from([
            (
                "credit".to_owned(),
                short(credit.state().as_str_name(), "CREDIT_STATE_"),
            ),
            ("payment_id".to_owned(), credit.payment_id.clone()),
        ]),
        amounts: BTreeMap::from([("total".to_owned(), minor(credit.total.as_ref()))]),
        quantities,
        update_time: credit.update_time,
        ..Fact::default()
    }
}

fn short(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_owned()
}
