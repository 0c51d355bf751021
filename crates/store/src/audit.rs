//! Who of the staff did what, when and why: written in the transaction of its effect, so that there is no effect without its
//! entry and no entry without its effect.
//!
//! The group committer writes one entry for each keyed command of a member of staff, done or refused for good. What is done
//! for staff by another way records itself with [`record`].

use serde::{Deserialize, Serialize};
use stoa_types::{AuditEntryId, Ctx, Principal, Timestamp};

use crate::{Db, Row, Sql, StoreError, Tx, sql};

const RECORD: Sql = sql!("audit_record");
const LIST: Sql = sql!("audit_list");
const OF_SUBJECT: Sql = sql!("audit_of_subject");
const OF_ACTOR: Sql = sql!("audit_of_actor");

/// The outcome of what was done; what was refused has its reason instead.
pub const DONE: &str = "DONE";

/// What is recorded about one command; who, why and under which request id stand in its context.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name of what was made or changed, such as an order's id; none when nothing was.
    pub subject: Option<String>,
    /// [`DONE`], or the reason of the refusal.
    pub outcome: String,
}

/// A row as the statement takes it.
#[derive(Debug, Serialize)]
pub(crate) struct EntryRow {
    at: i64,
    actor: String,
    acting_for: Option<String>,
    action: &'static str,
    subject: Option<String>,
    reason: Option<String>,
    request_id: String,
    outcome: String,
}

impl EntryRow {
    /// The row of a command; none when its caller is not of the staff.
    pub(crate) fn of_staff(
        ctx: &Ctx,
        at: Timestamp,
        entry: impl FnOnce() -> Entry,
    ) -> Option<Self> {
        match ctx.principal {
            Principal::Staff { .. } => Some(Self::new(ctx, at, entry())),
            Principal::Nobody | Principal::Guest { .. } | Principal::Service { .. } => None,
        }
    }

    fn new(ctx: &Ctx, at: Timestamp, entry: Entry) -> Self {
        Self {
            at: at.micros(),
            actor: ctx.principal.actor(),
            acting_for: ctx.acting_for.clone(),
            action: ctx.method,
            subject: entry.subject,
            reason: ctx.reason.clone(),
            request_id: ctx.request_id.clone(),
            outcome: entry.outcome,
        }
    }
}

/// Records what `ctx` asked for, in the transaction of its effect.
///
/// # Errors
/// When the database does not take it.
pub async fn record(tx: &Tx, ctx: &Ctx, at: Timestamp, entry: Entry) -> Result<(), StoreError> {
    write(tx, &[EntryRow::new(ctx, at, entry)]).await
}

pub(crate) async fn write(tx: &Tx, rows: &[EntryRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    tx.execute(RECORD, rows).await.map(|_| ())
}

/// Where an entry stands in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    at: i64,
    id: AuditEntryId,
}

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this subject.
    pub subject: Option<String>,
    /// Only of this actor.
    pub actor: Option<String>,
    /// Only what stands behind this one, in the order of the list.
    pub after: Option<Place>,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its id.
    pub id: AuditEntryId,
    /// When it was decided.
    pub at: Timestamp,
    /// Who did it, such as `staff:operator`.
    pub actor: String,
    /// On whose behalf.
    pub acting_for: Option<String>,
    /// The path of the RPC.
    pub action: String,
    /// What it made or changed.
    pub subject: Option<String>,
    /// Why, in the words of who did it.
    pub reason: Option<String>,
    /// The id of the call, as in logs.
    pub request_id: String,
    /// [`DONE`], or the reason of the refusal.
    pub outcome: String,
}

impl Recorded {
    /// Where it stands in the list.
    #[must_use]
    pub const fn place(&self) -> Place {
        Place {
            at: self.at.micros(),
            id: self.id,
        }
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: AuditEntryId::from_uuid(row.get("id")?),
            at: row.get("at")?,
            actor: row.get("actor")?,
            acting_for: row.get("acting_for")?,
            action: row.get("action")?,
            subject: row.get("subject")?,
            reason: row.get("reason")?,
            request_id: row.get("request_id")?,
            outcome: row.get("outcome")?,
        })
    }
}

#[derive(Serialize)]
struct Wanted<'a> {
    subject: Option<&'a str>,
    actor: Option<&'a str>,
    at: i64,
    id: String,
    limit: usize,
}

/// Up to `limit` entries, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(db: &Db, filter: &Filter, limit: usize) -> Result<Vec<Recorded>, StoreError> {
    let (at, id) = match filter.after {
        Some(place) => (place.at, place.id.hex()),
        None => (i64::MAX, "f".repeat(32)),
    };
    let wanted = Wanted {
        subject: filter.subject.as_deref(),
        actor: filter.actor.as_deref(),
        at,
        id,
        limit,
    };
    let statement = match (&filter.subject, &filter.actor) {
        (Some(_), _) => OF_SUBJECT,
        (None, Some(_)) => OF_ACTOR,
        (None, None) => LIST,
    };
    let rows = db.query(statement, &wanted).await?;
    rows.iter().map(Recorded::read).collect()
}
