//! What the doctor is told: what this service can check alone, and the facts of orders and credits.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use serde::Serialize;
use stoa_api::ops::v1::{
    CheckInvariantsRequest, CheckInvariantsResponse, CloseBooksRequest, CloseBooksResponse, Fact,
    ListFactsRequest, ListFactsResponse,
};
use stoa_api::order::v1::{Credit, Order, Return, ReturnState};
use stoa_chassis::Audit;
use stoa_errors::Error;
use stoa_events::EventLog;
use stoa_store::{Db, PageSize, PageToken, Queue, Row, Tx};
use stoa_types::{CreditId, Ctx, OrderId, ReturnId, Uuid};

use super::closing::{self, At, CloseBooks};
use super::invariants;
use crate::domain::amounts::{minor, total};
use crate::store;
use crate::store::closing::Closing;
use crate::store::find::PAGE_BYTES;
use crate::store::rows::{named_snapshot, snapshot};

/// The order service's part of the audit.
#[derive(Debug)]
pub(crate) struct OrderAudit {
    db: Db,
    close: Queue<CloseBooks>,
}

impl OrderAudit {
    pub(crate) fn new(db: Db) -> Self {
        Self {
            close: db.queue(CloseBooks),
            db,
        }
    }
}

#[async_trait]
impl Audit for OrderAudit {
    async fn check_invariants(
        &self,
        _: &Ctx,
        request: CheckInvariantsRequest,
    ) -> Result<CheckInvariantsResponse, Error> {
        Ok(CheckInvariantsResponse {
            checks: invariants::check(&self.db, request.full).await?,
        })
    }

    async fn list_facts(
        &self,
        _: &Ctx,
        request: ListFactsRequest,
    ) -> Result<ListFactsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        // Before the rows, so that what is newer than this position may be missing and nothing older is.
        let log_position = EventLog::lag(&self.db).await?.head;
        let (facts, next_page_token) = if request.open && request.subjects.is_empty() {
            self.open_facts(&request.page_token, size).await?
        } else {
            self.all_facts(&request, size).await?
        };
        Ok(ListFactsResponse {
            facts,
            next_page_token,
            log_position,
        })
    }

    async fn closed(&self) -> Result<i64, Error> {
        let closing = Closing::load(&self.db).await?;
        Ok(closing.map_or(0, |(closing, open)| (closing.subjects - open).max(0)))
    }

    async fn close_books(
        &self,
        ctx: &Ctx,
        request: CloseBooksRequest,
    ) -> Result<CloseBooksResponse, Error> {
        let judged = request.judged.into_iter();
        let judged = judged.map(|one| (one.subject, one.version)).collect();
        let closed = closing::close((&self.db, &self.close), ctx, judged, request.anew).await?;
        Ok(CloseBooksResponse { closed })
    }
}

/// A page of facts, and the token of the next.
type Page = (Vec<Fact>, String);

impl OrderAudit {
    /// Facts of all, or of the named subjects: orders, credits, returns.
    async fn all_facts(&self, request: &ListFactsRequest, size: PageSize) -> Result<Page, Error> {
        let bound = ("order_facts", &request.subjects, request.open);
        let place: Option<Place> = PageToken::decode(&request.page_token, &bound)?;
        let tx = self.db.snapshot().await?;
        let named = !request.subjects.is_empty();
        let (mut facts, mut next) = (Vec::new(), None);
        let returns_from = match &place {
            Some(place) if place.class == RETURNS => Some(place.id),
            _ => None,
        };
        if returns_from.is_none() {
            let wanted = Wanted::new(&request.subjects, place, size);
            let statement = if named {
                store::AUDIT_FACTS_OF
            } else {
                store::AUDIT_FACTS
            };
            let rows = tx.query(statement, &wanted).await?;
            (facts, next) = page(&rows, size)?;
        }
        if next.is_none() {
            let room = size.get() - facts.len();
            let mut after = returns_from.unwrap_or_default();
            let rows = if named {
                let mut rows = returns_of(&tx, &request.subjects, &[]).await?;
                rows.retain(|row| row.get::<Uuid>("return_id").is_ok_and(|id| id > after));
                rows
            } else {
                returns_behind(&tx, returns_from, room + 1).await?
            };
            for row in rows.iter().take(room) {
                after = row.get("return_id")?;
                facts.push(return_fact(row)?);
            }
            next = rows.get(room).map(|_| Place::returns(after));
        }
        mark_live(&tx, &mut facts).await?;
        let token = next.map_or(Ok(String::new()), |place| PageToken::encode(&place, &bound))?;
        Ok((facts, token))
    }

    /// Facts of orders and credits that were not found in order yet, and of the returns of these orders.
    async fn open_facts(&self, token: &str, size: PageSize) -> Result<Page, Error> {
        let bound = "open_order_facts";
        let at: Option<At> = PageToken::decode(token, &bound)?;
        let (subjects, next) = closing::open(&self.db, at, size.get()).await?;
        let subjects: Vec<String> = subjects.into_iter().collect();
        let tx = self.db.snapshot().await?;
        let mut facts = Vec::new();
        for subjects in subjects.chunks(AT_ONCE) {
            let mut place = None;
            loop {
                let wanted = Wanted::new(subjects, place, PageSize::new(1_000)?);
                let rows = tx.query(store::AUDIT_FACTS_OF, &wanted).await?;
                let (some, next) = page(&rows, PageSize::new(1_000)?)?;
                facts.extend(some);
                place = next;
                if place.is_none() {
                    break;
                }
            }
            for row in returns_of(&tx, &[], subjects).await? {
                facts.push(return_fact(&row)?);
            }
        }
        mark_live(&tx, &mut facts).await?;
        let token = next.map_or(Ok(String::new()), |at| PageToken::encode(&at, &bound))?;
        Ok((facts, token))
    }
}

/// Subjects whose rows are held at once.
const AT_ONCE: usize = 200;

/// The facts of rows, as many as a page holds, and where the next one begins.
fn page(rows: &[Row], size: PageSize) -> Result<(Vec<Fact>, Option<Place>), Error> {
    let (mut facts, mut bytes) = (Vec::new(), 0);
    let mut last: Option<&Row> = None;
    for row in rows {
        let length = row.get::<Vec<u8>>("snapshot")?.len();
        let full = facts.len() == size.get() || bytes + length > PAGE_BYTES;
        if let Some(last) = last.filter(|_| full) {
            return Ok((facts, Some(Place::of(last)?)));
        }
        bytes += length;
        facts.push(fact(row)?);
        last = Some(row);
    }
    Ok((facts, None))
}

async fn returns_behind(tx: &Tx, after: Option<Uuid>, limit: usize) -> Result<Vec<Row>, Error> {
    let after = after.map(|id| id.simple().to_string()).unwrap_or_default();
    let wanted = serde_json::json!({"after": after, "limit": limit});
    Ok(tx.query(store::AUDIT_RETURN_FACTS, &wanted).await?)
}

/// Those that are named among subjects, and those of the orders that are.
async fn returns_of(tx: &Tx, named: &[String], orders: &[String]) -> Result<Vec<Row>, Error> {
    let ids = |of: &[String]| -> Vec<String> {
        let ids = of.iter().filter_map(|text| text.parse::<ReturnId>().ok());
        ids.map(|id| id.hex()).collect()
    };
    let orders = orders
        .iter()
        .filter_map(|text| text.parse::<OrderId>().ok());
    let orders: Vec<String> = orders.map(|id| id.hex()).collect();
    let wanted = serde_json::json!({"subjects": ids(named), "orders": orders});
    Ok(tx.query(store::AUDIT_RETURN_FACTS_OF, &wanted).await?)
}

/// Says of each fact whether work on its subject goes on.
async fn mark_live(tx: &Tx, facts: &mut [Fact]) -> Result<(), Error> {
    let subjects: Vec<&str> = facts.iter().map(works_on).collect();
    let mut live = HashSet::new();
    for row in tx.query(store::AUDIT_LIVE, &subjects).await? {
        live.insert(row.get::<String>("subject")?);
    }
    for fact in facts {
        fact.live = live.contains(works_on(fact));
    }
    Ok(())
}

/// The subject of the work on it: that on a return is on its order.
fn works_on(fact: &Fact) -> &str {
    fact.states.get("order_id").unwrap_or(&fact.subject)
}

/// The class of returns among the places.
const RETURNS: i64 = 3;

/// Where a page of facts begins: orders first, then credits, then returns.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Place {
    class: i64,
    id: Uuid,
}

impl Place {
    fn returns(id: Uuid) -> Self {
        Self { class: RETURNS, id }
    }

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
            (
                "paid_externally".to_owned(),
                minor(order.paid_externally.as_ref()),
            ),
            (
                "refunded_externally".to_owned(),
                minor(order.refunded_externally.as_ref()),
            ),
            ("written_off".to_owned(), minor(order.written_off.as_ref())),
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

/// What came back, once its goods are here: of those units stock is kept that the order tracks.
fn return_fact(row: &Row) -> Result<Fact, Error> {
    let returned: Return = snapshot(row)?;
    let order: Order = named_snapshot(row, "ordered")?;
    let mut quantities = BTreeMap::new();
    let here = matches!(
        returned.state(),
        ReturnState::Received | ReturnState::Refunded
    );
    let tracked = |line_id: &str| {
        let mut lines = order.lines.iter();
        lines.any(|line| line.line_id == line_id && line.stock_tracked)
    };
    let lines = returned.lines.iter();
    for line in lines.filter(|line| here && returned.restock && tracked(&line.line_id)) {
        *quantities.entry(line.sku.clone()).or_insert(0) += line.quantity;
    }
    Ok(Fact {
        subject: returned.return_id.clone(),
        version: row.get("version")?,
        states: BTreeMap::from([
            (
                "return".to_owned(),
                short(returned.state().as_str_name(), "RETURN_STATE_"),
            ),
            ("order_id".to_owned(), returned.order_id.clone()),
        ]),
        quantities,
        update_time: returned.update_time,
        ..Fact::default()
    })
}

fn short(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_owned()
}
