//! What the doctor is told: what inventory holds about orders, returns and credits; what it can check alone stands in
//! `invariants`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use stoa_api::convert;
use stoa_api::ops::v1::{
    CheckInvariantsRequest, CheckInvariantsResponse, CloseBooksRequest, CloseBooksResponse, Fact,
    ListFactsRequest, ListFactsResponse,
};
use stoa_chassis::Audit;
use stoa_errors::Error;
use stoa_events::EventLog;
use stoa_store::{Db, PageSize, PageToken, Queue, Snapshot, StoreError};
use stoa_types::{Ctx, OrderId};

use super::closing::{self, CloseBooks};
use super::invariants;
use crate::domain::{Hold, HoldState};
use crate::store::audit::{self, Returned};

/// Orders whose holds are read by one statement: a hold may have hundreds of lines.
const AT_ONCE: usize = 100;
/// How ids of credits begin. They come before those of orders, and so do their facts.
const CREDIT: &str = "crd_";
/// How ids of returns begin. They come after those of orders.
const RETURN: &str = "ret_";

/// The part of inventory in the audit.
#[derive(Debug)]
pub(crate) struct InventoryAudit {
    db: Db,
    close: Queue<CloseBooks>,
}

impl InventoryAudit {
    pub(crate) fn new(db: Db) -> Self {
        Self {
            close: db.queue(CloseBooks),
            db,
        }
    }
}

#[async_trait]
impl Audit for InventoryAudit {
    async fn check_invariants(
        &self,
        _: &Ctx,
        request: CheckInvariantsRequest,
    ) -> Result<CheckInvariantsResponse, Error> {
        let snapshot = self.db.snapshot().await?;
        let checks = invariants::check(&snapshot, request.full).await?;
        Ok(CheckInvariantsResponse { checks })
    }

    async fn list_facts(
        &self,
        _: &Ctx,
        request: ListFactsRequest,
    ) -> Result<ListFactsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let arguments = ("facts", &request.subjects, request.open);
        let after: Option<String> = PageToken::decode(&request.page_token, &arguments)?;
        // Read first: the facts are at least as new as the position says.
        let log_position = EventLog::lag(&self.db).await?.head;
        let snapshot = self.db.snapshot().await?;
        let which = Which {
            asked: &request.subjects,
            open: request.open,
        };
        let mut subjects = subjects(&snapshot, which, after, size.fetch()).await?;
        let more = subjects.len() > size.get();
        subjects.truncate(size.get());
        let next_page_token = match subjects.last() {
            Some(last) if more => PageToken::encode(last, &arguments)?,
            _ => String::new(),
        };
        Ok(ListFactsResponse {
            facts: facts(&snapshot, &subjects).await?,
            next_page_token,
            log_position,
        })
    }

    async fn close_books(
        &self,
        ctx: &Ctx,
        request: CloseBooksRequest,
    ) -> Result<CloseBooksResponse, Error> {
        let judged = request.judged.into_iter();
        let judged = judged.map(|one| (one.subject, one.version)).collect();
        let books = (&self.db, &self.close);
        let closed = closing::close(books, ctx, judged, request.anew).await?;
        Ok(CloseBooksResponse { closed })
    }
}

/// Whose facts are asked for.
#[derive(Clone, Copy)]
struct Which<'a> {
    /// Empty: of all.
    asked: &'a [String],
    /// Only what has changed since it was found in order.
    open: bool,
}

/// What the facts of a page are about, in order: credits, orders, returns; one more than a page when another follows.
async fn subjects(
    snapshot: &Snapshot,
    Which { asked, open }: Which<'_>,
    after: Option<String>,
    fetch: usize,
) -> Result<Vec<String>, StoreError> {
    let after = after.unwrap_or_default();
    if !asked.is_empty() {
        let mut asked: Vec<String> = asked.iter().filter(|one| **one > after).cloned().collect();
        asked.sort();
        asked.truncate(fetch);
        return Ok(asked);
    }
    let room = |taken: usize| u64::try_from(fetch.saturating_sub(taken)).unwrap_or(u64::MAX);
    let order = after.parse::<OrderId>().ok();
    let mut subjects = Vec::new();
    if order.is_none() && !after.starts_with(RETURN) {
        let credits = audit::return_references(snapshot, CREDIT, &after, open, room(0));
        subjects = credits.await?;
    }
    if subjects.len() < fetch && !after.starts_with(RETURN) {
        let left = room(subjects.len());
        let owners = if open {
            audit::open_owners(snapshot, order, left).await?
        } else {
            audit::owners(snapshot, order, left).await?
        };
        subjects.extend(owners.iter().map(ToString::to_string));
    }
    if subjects.len() < fetch {
        let left = room(subjects.len());
        let returns = audit::return_references(snapshot, RETURN, &after, open, left);
        subjects.extend(returns.await?);
    }
    Ok(subjects)
}

/// The facts of a page, some holds with all their lines at a time.
async fn facts(snapshot: &Snapshot, subjects: &[String]) -> Result<Vec<Fact>, StoreError> {
    let mut found = Vec::with_capacity(subjects.len());
    for subjects in subjects.chunks(AT_ONCE) {
        let owners: Vec<OrderId> = subjects.iter().filter_map(|one| one.parse().ok()).collect();
        let holds = audit::holds_of(snapshot, &owners).await?;
        let others = subjects.iter().map(String::as_str);
        let others: Vec<&str> = others
            .filter(|one| one.parse::<OrderId>().is_err())
            .collect();
        let returns = audit::returns_of(snapshot, &others).await?;
        found.extend(subjects.iter().filter_map(|subject| {
            let owned = subject.parse().ok().and_then(|owner| holds.get(&owner));
            match owned {
                Some(holds) => of_order(subject, holds),
                None => returns
                    .get(subject)
                    .map(|returned| of_return(subject, returned)),
            }
        }));
    }
    Ok(found)
}

/// An order's hold is the newest that was ever made; one that was undone before it was made counts only when there is no other.
/// The version is that of all its holds together, so that it moves with each of them.
fn of_order(subject: &str, holds: &[Hold]) -> Option<Fact> {
    let made = |hold: &&Hold| hold.state != HoldState::Canceled;
    let hold = holds.iter().rev().find(made).or(holds.last())?;
    let mut quantities: BTreeMap<String, i64> = BTreeMap::new();
    if matches!(hold.state, HoldState::Allocated | HoldState::Shipped) {
        for line in &hold.lines {
            *quantities.entry(line.place.sku.to_string()).or_default() += line.quantity;
        }
    }
    Some(Fact {
        subject: subject.to_owned(),
        version: holds.iter().map(|hold| hold.version).sum(),
        live: hold.state == HoldState::Held,
        states: BTreeMap::from([("hold".to_owned(), hold.state.name().to_owned())]),
        quantities,
        update_time: Some(convert::to_timestamp(hold.updated_at)),
        ..Fact::default()
    })
}

fn of_return(subject: &str, returned: &Returned) -> Fact {
    Fact {
        subject: subject.to_owned(),
        version: returned.movements,
        states: BTreeMap::from([("return".to_owned(), "RETURNED".to_owned())]),
        quantities: returned.quantities.clone(),
        update_time: returned.last.map(convert::to_timestamp),
        ..Fact::default()
    }
}
