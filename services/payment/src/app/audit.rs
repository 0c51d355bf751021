//! What the doctor is told: the invariants of the books, the books against the provider's, and the
//! facts by order and credit.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use stoa_api::convert::to_timestamp;
use stoa_api::ops::v1::{
    CheckInvariantsRequest, CheckInvariantsResponse, Fact, InvariantCheck, ListFactsRequest,
    ListFactsResponse, Violation,
};
use stoa_chassis::Audit;
use stoa_errors::Error;
use stoa_events::EventLog;
use stoa_store::{PageSize, PageToken};
use stoa_types::{CreditId, Ctx, OperationId, OrderId};

use super::operate::Operations;
use crate::domain::{OperationState, Payment};
use crate::provider::{ProviderError, Record};
use crate::store::audit::{self, Breach, Found, Invariant};
use crate::store::sweep;

/// How long an operation may be without a result before the doctor speaks of it, beyond the
/// provider's settle window.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a reservation lives when the provider does not say.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
const LISTED: usize = 100;
const PROVIDER_PAGE: u32 = 1_000;

/// Answers the doctor.
pub(crate) struct PaymentAudit(pub(crate) Operations);

/// Where a page of facts ends: credits come first.
#[derive(Debug, Serialize, Deserialize)]
enum Position {
    Credit(String),
    Order(String),
}

#[async_trait]
impl Audit for PaymentAudit {
    async fn check_invariants(
        &self,
        _: &Ctx,
        _: CheckInvariantsRequest,
    ) -> Result<CheckInvariantsResponse, Error> {
        let now = self.0.clock.now();
        let capabilities = self.0.capabilities().await.ok();
        let settle = capabilities.map_or(Duration::ZERO, |terms| terms.settle_window);
        let lifetime = capabilities.map_or(WEEK, |terms| terms.auth_lifetime);
        let known = now.minus(PATIENCE + settle);
        let lapsed = now.minus(lifetime);
        let snapshot = self.0.db.snapshot().await?;
        let counts = audit::counts(&snapshot).await?;
        let mut checks = Vec::new();
        for (name, examined, invariant) in [
            ("ledger_zero", counts.moved, Invariant::LedgerZero),
            (
                "ledger_complete",
                counts.operations,
                Invariant::LedgerComplete,
            ),
            ("sums_equal_operations", counts.payments, Invariant::Sums),
            ("nothing_beyond_allowed", counts.payments, Invariant::Excess),
            ("results_known", counts.operations, Invariant::Known(known)),
            (
                "reservations_alive",
                counts.authorized,
                Invariant::Lapsed(lapsed),
            ),
            (
                "provider_list_explained",
                counts.swept,
                Invariant::Explained,
            ),
        ] {
            let found = audit::check(&snapshot, invariant).await?;
            checks.push(check(name, examined, found));
        }
        drop(snapshot);
        checks.push(self.books_equal_provider(settle).await?);
        Ok(CheckInvariantsResponse { checks })
    }

    async fn list_facts(
        &self,
        _: &Ctx,
        request: ListFactsRequest,
    ) -> Result<ListFactsResponse, Error> {
        // Read before the facts, which are then at least as new.
        let log_position = EventLog::lag(&self.0.db).await?.head;
        let size = PageSize::new(request.page_size)?;
        let bound = ("payment_facts", &request.subjects);
        let at = PageToken::decode(&request.page_token, &bound)?;
        let (orders, credits, next) = if request.subjects.is_empty() {
            self.page(at, size).await?
        } else {
            (of(&request.subjects), of(&request.subjects), None)
        };
        let payments = audit::payments(&self.0.db, &orders, &credits).await?;
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
}

type Page = (Vec<OrderId>, Vec<CreditId>, Option<Position>);

impl PaymentAudit {
    /// The subjects of a page, credits first, and where the next one begins.
    async fn page(&self, at: Option<Position>, size: PageSize) -> Result<Page, Error> {
        let db = &self.0.db;
        let (mut credits, after) = match at {
            None => (audit::credits(db, "", size.fetch()).await?, String::new()),
            Some(Position::Credit(after)) => (
                audit::credits(db, &after, size.fetch()).await?,
                String::new(),
            ),
            Some(Position::Order(after)) => (Vec::new(), after),
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

    /// Our books and the provider's, both ways, for what is older than the settle window.
    async fn books_equal_provider(&self, settle: Duration) -> Result<InvariantCheck, Error> {
        let before = self.0.clock.now().minus(settle);
        let mut found = Found::default();
        let theirs = match self.provider_list().await {
            Ok(theirs) => theirs,
            Err(error) => {
                let provider = self.0.provider.name().to_owned();
                add(&mut found, provider, format!("cannot be compared: {error}"));
                return Ok(check("books_equal_provider", 0, found));
            }
        };
        let mut examined = 0;
        for chunk in theirs.chunks(500) {
            let known = sweep::known(&self.0.db, self.0.provider.name(), chunk).await?;
            for entry in chunk {
                examined += 1;
                let ours = known.of(entry).map(|(_, ours)| ours);
                let succeeded = entry.declined.is_none();
                // What nobody here asked for and the provider declined has no effect.
                let agrees = ours.map_or(!succeeded && entry.about.is_some(), |ours| {
                    let done = ours.state == OperationState::Succeeded;
                    let open = ours.state.is_open();
                    (open || done == succeeded) && ours.amount == entry.amount_minor
                });
                if !agrees {
                    let ours = ours.map_or("nothing", |ours| ours.state.name());
                    let theirs = if succeeded { "done" } else { "declined" };
                    add(
                        &mut found,
                        entry.reference.clone(),
                        format!("the provider says {theirs}, our books say {ours}"),
                    );
                }
            }
        }
        let done: HashSet<OperationId> = theirs
            .iter()
            .filter_map(|entry| entry.reference.parse().ok())
            .collect();
        let mut after = None;
        loop {
            let page = audit::succeeded(&self.0.db, before, after).await?;
            let Some(last) = page.last() else { break };
            after = Some(*last);
            for id in page {
                examined += 1;
                if !done.contains(&id) {
                    add(
                        &mut found,
                        id.to_string(),
                        "our books say done, the provider knows nothing of it".to_owned(),
                    );
                }
            }
        }
        Ok(check("books_equal_provider", examined, found))
    }

    async fn provider_list(&self) -> Result<Vec<Record>, ProviderError> {
        let mut all = Vec::new();
        let mut after = 0;
        loop {
            let page = self.0.provider.list_after(after, PROVIDER_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            all.extend(page);
        }
        Ok(all)
    }
}

fn add(found: &mut Found, subject: String, detail: String) {
    found.total += 1;
    if found.breaches.len() < LISTED {
        found.breaches.push(Breach { subject, detail });
    }
}

fn check(name: &str, examined: i64, found: Found) -> InvariantCheck {
    InvariantCheck {
        name: name.to_owned(),
        examined,
        rows: examined,
        closed: 0,
        violation_count: found.total,
        violations: found
            .breaches
            .into_iter()
            .map(|breach| Violation {
                repair: repair(name, &breach.subject),
                subject: breach.subject,
                detail: breach.detail,
            })
            .collect(),
    }
}

/// The command that helps; empty where somebody must look first.
fn repair(check: &str, subject: &str) -> String {
    match check {
        "results_known" => {
            format!("look first: stoa workflow list --service payment --subject {subject}")
        }
        _ => String::new(),
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
