//! What the doctor is told: the facts by order and credit; what payment can check alone stands in `invariants`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use stoa_api::convert::to_timestamp;
use stoa_api::ops::v1::{
    CheckInvariantsRequest, CheckInvariantsResponse, CloseBooksRequest, CloseBooksResponse, Fact,
    ListFactsRequest, ListFactsResponse,
};
use stoa_chassis::Audit;
use stoa_errors::Error;
use stoa_events::EventLog;
use stoa_store::{PageSize, PageToken, Queue};
use stoa_types::{CreditId, Ctx, OrderId, PaymentId};

use super::closing::{self, Close, CloseBooks};
use super::invariants;
use super::operate::Operations;
use crate::domain::Payment;
use crate::store::audit::{self, Which};
use crate::store::closing::Anew;
use crate::store::sweep;

/// Answers the doctor.
pub(crate) struct PaymentAudit {
    operations: Operations,
    close: Queue<CloseBooks>,
}

/// Where a page of facts ends: credits come first; what is open comes by payment.
#[derive(Debug, Serialize, Deserialize)]
enum Position {
    Credit(String),
    Order(String),
    Payment(String),
}

#[async_trait]
impl Audit for PaymentAudit {
    async fn check_invariants(
        &self,
        _: &Ctx,
        request: CheckInvariantsRequest,
    ) -> Result<CheckInvariantsResponse, Error> {
        let checks = invariants::check(&self.operations, request.full).await?;
        Ok(CheckInvariantsResponse { checks })
    }

    async fn list_facts(
        &self,
        _: &Ctx,
        request: ListFactsRequest,
    ) -> Result<ListFactsResponse, Error> {
        // Read before the facts, which are then at least as new.
        let log_position = EventLog::lag(&self.operations.db).await?.head;
        let size = PageSize::new(request.page_size)?;
        let bound = ("payment_facts", &request.subjects, request.open);
        let at = PageToken::decode(&request.page_token, &bound)?;
        let (orders, credits, next) = if !request.subjects.is_empty() {
            (of(&request.subjects), of(&request.subjects), None)
        } else if request.open {
            self.open_page(at, size).await?
        } else {
            self.page(at, size).await?
        };
        let payments = audit::payments(&self.operations.db, &orders, &credits).await?;
        let next_page_token = match next {
            Some(position) => PageToken::encode(&position, &bound)?,
            None => String::new(),
        };
        Ok(ListFactsResponse {
            facts: facts(&payments),
            next_page_token,
            log_position,
        })
    }

    async fn close_books(
        &self,
        ctx: &Ctx,
        request: CloseBooksRequest,
    ) -> Result<CloseBooksResponse, Error> {
        let provider = self.operations.provider.name();
        let db = &self.operations.db;
        let position = sweep::cursor(db, provider).await?;
        let anew = if request.anew {
            Some(Anew::made(db).await?)
        } else {
            None
        };
        let judged = request.judged.into_iter();
        let command = Close {
            judged: judged.map(|one| (one.subject, one.version)).collect(),
            list: (provider, position),
            anew,
        };
        let closed = closing::close(&self.close, ctx, command).await?;
        Ok(CloseBooksResponse { closed })
    }
}

type Page = (Vec<OrderId>, Vec<CreditId>, Option<Position>);

impl PaymentAudit {
    pub(crate) fn new(operations: Operations) -> Self {
        Self {
            close: operations.db.queue(CloseBooks),
            operations,
        }
    }

    /// The subjects of a page, credits first, and where the next one begins.
    async fn page(&self, at: Option<Position>, size: PageSize) -> Result<Page, Error> {
        let db = &self.operations.db;
        let (mut credits, after) = match at {
            Some(Position::Credit(after)) => (
                audit::credits(db, &after, size.fetch()).await?,
                String::new(),
            ),
            Some(Position::Order(after)) => (Vec::new(), after),
            None | Some(Position::Payment(_)) => {
                (audit::credits(db, "", size.fetch()).await?, String::new())
            }
        };
        if credits.len() > size.get() {
            credits.truncate(size.get());
            let next = credits.last().map(|id| Position::Credit(id.hex()));
            return Ok((Vec::new(), credits, next));
        }
        let room = size.get() - credits.len();
        let mut orders = audit::orders(db, &after, room + 1).await?;
        let more = orders.len() > room;
        orders.truncate(room);
        let last = orders.last().map(|id| id.hex()).unwrap_or(after);
        Ok((orders, credits, more.then_some(Position::Order(last))))
    }

    /// The subjects of payments that have changed since they were found in order, and where the next page begins.
    async fn open_page(&self, at: Option<Position>, size: PageSize) -> Result<Page, Error> {
        let after = match at {
            Some(Position::Payment(after)) => after.parse().ok(),
            _ => None,
        };
        let after = after.map(PaymentId::from_uuid);
        let snapshot = self.operations.db.snapshot().await?;
        let mut found = audit::payments_after(&snapshot, Which::Open, after, size.fetch()).await?;
        let more = found.len() > size.get();
        found.truncate(size.get());
        let last = found.last().map(|payment| payment.id.hex());
        let next = last.filter(|_| more).map(Position::Payment);
        let orders = found.iter().filter_map(|payment| payment.order).collect();
        let credits = found.iter().filter_map(|payment| payment.credit).collect();
        Ok((orders, credits, next))
    }
}

/// The ids of one kind among subjects.
fn of<T: std::str::FromStr>(subjects: &[String]) -> Vec<T> {
    subjects
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect()
}

/// One fact per order or credit, its payments added up.
fn facts(payments: &[Payment]) -> Vec<Fact> {
    let mut facts: BTreeMap<String, Fact> = BTreeMap::new();
    for payment in payments {
        let subject = match (payment.order_id, payment.credit_id) {
            (Some(order), _) => order.to_string(),
            (None, Some(credit)) => credit.to_string(),
            (None, None) => continue,
        };
        let fact = facts.entry(subject.clone()).or_insert_with(|| Fact {
            subject,
            ..Fact::default()
        });
        merge(fact, payment);
    }
    facts.into_values().collect()
}

fn merge(fact: &mut Fact, payment: &Payment) {
    let sums = &payment.sums;
    let pending = sums.authorize_pending
        + sums.capture_pending
        + sums.void_pending
        + sums.refund_pending
        + sums.credit_pending;
    fact.version += payment.version;
    fact.live |= pending > 0;
    fact.states
        .insert("payment".to_owned(), payment.state().name().to_owned());
    fact.states
        .insert("currency".to_owned(), payment.currency.code().to_owned());
    fact.states
        .insert("payment_id".to_owned(), payment.id.to_string());
    for (name, amount) in [
        ("authorized", sums.authorized),
        ("captured", sums.captured),
        ("voided", sums.voided),
        ("refunded", sums.refunded),
        ("credited", sums.credited),
        ("pending", pending),
    ] {
        *fact.amounts.entry(name.to_owned()).or_default() += amount;
    }
    let updated = to_timestamp(payment.updated_at);
    let newer = fact
        .update_time
        .as_ref()
        .is_none_or(|time| (time.seconds, time.nanos) < (updated.seconds, updated.nanos));
    if newer {
        fact.update_time = Some(updated);
    }
}
