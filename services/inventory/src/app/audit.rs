//! What the doctor is told: what inventory can check alone, and what it holds about orders and credits.

use std::collections::BTreeMap;

use async_trait::async_trait;
use stoa_api::convert;
use stoa_api::ops::v1::{
    CheckInvariantsResponse, Fact, InvariantCheck, ListFactsRequest, ListFactsResponse, Violation,
};
use stoa_chassis::Audit;
use stoa_errors::Error;
use stoa_events::EventLog;
use stoa_store::{Db, PageSize, PageToken, StoreError, Tx};
use stoa_types::{Ctx, OrderId};

use crate::domain::{Hold, HoldState, Place};
use crate::store::audit::{self, Audited, Returned};

/// Levels looked at by one statement.
const CHUNK: usize = 1_000;
/// Orders whose holds are read by one statement: a hold may have hundreds of lines.
const AT_ONCE: usize = 100;
/// Violations that are listed; all are counted.
const LISTED: usize = 100;
/// How ids of credits begin. They come before those of orders, and so do their facts.
const CREDIT: &str = "crd_";

/// The part of inventory in the audit.
#[derive(Debug)]
pub(crate) struct InventoryAudit {
    db: Db,
}

impl InventoryAudit {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }
}

#[async_trait]
impl Audit for InventoryAudit {
    async fn check_invariants(&self, _: &Ctx) -> Result<CheckInvariantsResponse, Error> {
        let snapshot = self.db.snapshot().await?;
        let checks = checks(&snapshot).await?;
        Ok(CheckInvariantsResponse {
            checks: checks.into(),
        })
    }

    async fn list_facts(
        &self,
        _: &Ctx,
        request: ListFactsRequest,
    ) -> Result<ListFactsResponse, Error> {
        let size = PageSize::new(request.page_size)?;
        let arguments = ("facts", &request.subjects);
        let after: Option<String> = PageToken::decode(&request.page_token, &arguments)?;
        // Read first: the facts are at least as new as the position says.
        let log_position = EventLog::lag(&self.db).await?.head;
        let snapshot = self.db.snapshot().await?;
        let mut subjects = subjects(&snapshot, &request.subjects, after, size.fetch()).await?;
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
}

fn check(name: &str) -> InvariantCheck {
    InvariantCheck {
        name: name.to_owned(),
        ..InvariantCheck::default()
    }
}

/// Counts what was examined, and keeps the first that break the invariant.
fn found(check: &mut InvariantCheck, place: &Place, broken: Option<String>, repair: &str) {
    check.examined += 1;
    let Some(detail) = broken else { return };
    check.violation_count += 1;
    if check.violations.len() < LISTED {
        check.violations.push(Violation {
            subject: format!("{} at {}", place.sku, place.location),
            detail,
            repair: repair.to_owned(),
        });
    }
}

/// What repairs a level whose goods are not what the books say.
const COUNT: &str = "count, then AdjustStock";

async fn checks(snapshot: &Tx) -> Result<[InvariantCheck; 4], StoreError> {
    let mut movements = check("movements_equal_stock");
    let mut holds = check("holds_equal_held");
    let mut oversell = check("no_oversell");
    let mut negative = check("no_negative");
    let mut kept = audit::kept(snapshot).await?;
    let mut after: Option<Place> = None;
    loop {
        let chunk = audit::levels(snapshot, after.as_ref(), CHUNK).await?;
        let Some(last) = chunk.last() else { break };
        after = Some(last.place.clone());
        for audited in &chunk {
            let kept = kept.remove(&audited.place).unwrap_or_default();
            let place = &audited.place;
            found(&mut movements, place, unlike_movements(audited), COUNT);
            found(&mut holds, place, unlike_holds(audited, kept), "");
            found(&mut oversell, place, oversold(audited), COUNT);
            found(&mut negative, place, below_nothing(audited), COUNT);
        }
    }
    for place in audit::orphans(snapshot).await? {
        let detail = "there are movements and no level".to_owned();
        found(&mut movements, &place, Some(detail), "");
    }
    for (place, (held, allocated)) in kept {
        let detail = format!("holds keep {held} and promise {allocated}, and there is no level");
        found(&mut holds, &place, Some(detail), "");
    }
    Ok([movements, holds, oversell, negative])
}

fn unlike_movements(audited: &Audited) -> Option<String> {
    let level = &audited.level;
    let stands = (level.on_hand, level.allocated, level.held);
    (stands != audited.moved).then(|| {
        format!(
            "on hand, allocated, held are {stands:?}, the movements come to {:?}",
            audited.moved
        )
    })
}

fn unlike_holds(audited: &Audited, kept: (i64, i64)) -> Option<String> {
    let stands = (audited.level.held, audited.level.allocated);
    (stands != kept)
        .then(|| format!("held, allocated are {stands:?}, the living holds come to {kept:?}"))
}

fn oversold(audited: &Audited) -> Option<String> {
    let level = &audited.level;
    let least = -(level.backorder_limit + level.shortfall);
    (level.available() < least)
        .then(|| format!("{} are available, the least is {least}", level.available()))
}

/// What lies somewhere is below nothing only where goods left that a count had not found.
fn below_nothing(audited: &Audited) -> Option<String> {
    let level = &audited.level;
    let least = -(level.backorder_limit + level.shortfall);
    let parts = [
        ("on_hand", level.on_hand, least),
        ("allocated", level.allocated, 0),
        ("held", level.held, 0),
        ("shortfall", level.shortfall, 0),
    ];
    let wrong = parts.into_iter().find(|(_, units, least)| units < least);
    wrong.map(|(name, units, _)| format!("{name} is {units}"))
}

/// What the facts of a page are about, in order: credits, then orders; one more than a page when another follows.
async fn subjects(
    snapshot: &Tx,
    asked: &[String],
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
    let mut subjects = match order {
        Some(_) => Vec::new(),
        None => audit::return_references(snapshot, CREDIT, &after, room(0)).await?,
    };
    if subjects.len() < fetch {
        let owners = audit::owners(snapshot, order, room(subjects.len())).await?;
        subjects.extend(owners.iter().map(ToString::to_string));
    }
    Ok(subjects)
}

/// The facts of a page, some holds with all their lines at a time.
async fn facts(snapshot: &Tx, subjects: &[String]) -> Result<Vec<Fact>, StoreError> {
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
        version: hold.version,
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
        version: 1,
        states: BTreeMap::from([("return".to_owned(), "RETURNED".to_owned())]),
        quantities: returned.quantities.clone(),
        update_time: returned.last.map(convert::to_timestamp),
        ..Fact::default()
    }
}
