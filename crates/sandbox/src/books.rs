//! The provider's durable books: one SQLite file, every change through group commit.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::json;
use stoa_errors::Error;
use stoa_store::{Apply, Committed, Db, Member, Outcome, Queue, Row, StoreError, Tx, sql};
use stoa_types::{Clock, Ctx, Ids, Timestamp};

use crate::operation::{Kind, Operation, State};
use crate::page::{Console, Page, Terms, UsedKey};
use crate::request::{Answer, Command};
use crate::webhook::Webhook;

/// The books and the one queue that writes them.
#[derive(Clone)]
pub(crate) struct Books {
    db: Db,
    queue: Queue<Write>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    /// When the next pending operation takes effect, microseconds; `i64::MAX` for none.
    next_due: Arc<AtomicI64>,
}

impl Books {
    /// Starts the books on an opened database.
    pub(crate) async fn start(
        db: Db,
        terms: Terms,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, StoreError> {
        let rows = db.query(sql!(sqlite "next_due"), &json!({})).await?;
        let due: Option<i64> = match rows.first() {
            Some(row) => row.get("due")?,
            None => None,
        };
        let next_due = Arc::new(AtomicI64::new(due.unwrap_or(i64::MAX)));
        let queue = db.queue(Write {
            terms,
            next_due: next_due.clone(),
        });
        Ok(Self {
            db,
            queue,
            clock,
            ids,
            next_due,
        })
    }

    /// Closes the database in order.
    pub(crate) async fn close(self) {
        drop(self.queue);
        self.db.close().await;
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new operation id of `kind`.
    pub(crate) fn new_id(&self, kind: Kind) -> String {
        format!("{}_{}", kind.prefix(), self.ids.uuid().simple())
    }

    /// Carries one command through a commit.
    pub(crate) async fn submit(&self, command: Command) -> Result<Answer, Error> {
        let ctx = Ctx::background("sandbox", self.clock.now(), self.ids.as_ref());
        match self.queue.submit(&ctx, command).await? {
            Committed::Done(answer) => Ok(answer),
            Committed::Replayed { .. } => Ok(Answer::Settled),
        }
    }

    /// Lets what is due take effect before anything is read.
    pub(crate) async fn settle(&self) -> Result<(), Error> {
        if self.next_due.load(Ordering::Acquire) <= self.clock.now().micros() {
            self.submit(Command::Settle).await?;
        }
        Ok(())
    }

    /// The operation under a merchant's reference, if it has taken effect.
    pub(crate) async fn by_reference(
        &self,
        reference: &str,
    ) -> Result<Option<Operation>, StoreError> {
        let argument = json!({ "reference": reference });
        let rows = self
            .db
            .query(sql!(sqlite "by_reference"), &argument)
            .await?;
        rows.first().map(read).transpose()
    }

    /// The list after a position, oldest first.
    pub(crate) async fn list(&self, after: i64, limit: i64) -> Result<Vec<Operation>, StoreError> {
        let argument = json!({ "after": after, "limit": limit });
        let rows = self.db.query(sql!(sqlite "list"), &argument).await?;
        rows.iter().map(read).collect()
    }

    /// The last position of the list.
    pub(crate) async fn last_position(&self) -> Result<i64, StoreError> {
        let rows = self
            .db
            .query(sql!(sqlite "last_position"), &json!({}))
            .await?;
        rows.first().map_or(Ok(0), |row| row.get("position"))
    }

    /// Where the merchant wants to hear of what happens, and the secret that signs it.
    pub(crate) async fn webhook(&self) -> Result<Option<Webhook>, StoreError> {
        let rows = self.db.query(sql!(sqlite "webhook"), &json!({})).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(Webhook {
            url: row.get("url")?,
            secret: row.get("secret")?,
        }))
    }

    /// Keeps where the merchant wants to hear of what happens.
    pub(crate) async fn set_webhook(&self, webhook: Webhook) -> Result<(), StoreError> {
        self.db
            .write("sandbox.webhook", move |tx| {
                let webhook = webhook.clone();
                Box::pin(async move {
                    tx.execute(sql!(sqlite "set_webhook"), &webhook).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Sums of what succeeded, by currency.
    pub(crate) async fn balances(&self) -> Result<Vec<Balance>, StoreError> {
        let rows = self.db.query(sql!(sqlite "balances"), &json!({})).await?;
        rows.iter()
            .map(|row| {
                Ok(Balance {
                    currency: row.get("currency")?,
                    authorized_minor: row.get("authorized")?,
                    captured_minor: row.get("captured")?,
                    voided_minor: row.get("voided")?,
                    refunded_minor: row.get("refunded")?,
                    credited_minor: row.get("credited")?,
                    operations: row.get("operations")?,
                })
            })
            .collect()
    }
}

/// The provider's own sums in one currency, minor units.
#[derive(Debug, Serialize)]
pub(crate) struct Balance {
    pub(crate) currency: String,
    /// Authorised and neither captured nor voided.
    pub(crate) authorized_minor: i64,
    pub(crate) captured_minor: i64,
    pub(crate) voided_minor: i64,
    pub(crate) refunded_minor: i64,
    pub(crate) credited_minor: i64,
    /// How many operations succeeded.
    pub(crate) operations: i64,
}

/// The one command type of the books.
struct Write {
    terms: Terms,
    next_due: Arc<AtomicI64>,
}

impl Apply for Write {
    type Command = Command;
    type Answer = Answer;
    const NAME: &'static str = "sandbox.write";

    fn weight(&self, _command: &Command) -> usize {
        3
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Command>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Answer>>, StoreError>> {
        Box::pin(async move {
            let now = members
                .iter()
                .map(|member| member.now)
                .max()
                .unwrap_or(Timestamp::from_micros(0));
            let mut page = load(tx, members, now).await?;
            page.settle(now, &self.terms);
            let answers = members
                .iter()
                .map(|member| match &member.command {
                    Command::Settle => Answer::Settled,
                    Command::Request(request) => page.decide(request, now, &self.terms),
                    Command::Console {
                        id,
                        kind,
                        target,
                        amount,
                        chargeback,
                    } => {
                        let wish = Console {
                            id,
                            kind: *kind,
                            target,
                            amount: *amount,
                            chargeback: *chargeback,
                        };
                        page.console(wish, now, &self.terms)
                    }
                    Command::Act { id, approves } => page.act(id, *approves, now, &self.terms),
                })
                .map(|answer| Outcome::Done {
                    resource: String::new(),
                    answer,
                })
                .collect();
            save(tx, &page).await?;
            let rows = tx.query(sql!(sqlite "next_due"), &json!({})).await?;
            let due: Option<i64> = match rows.first() {
                Some(row) => row.get("due")?,
                None => None,
            };
            self.next_due
                .store(due.unwrap_or(i64::MAX), Ordering::Release);
            Ok(answers)
        })
    }
}

async fn load(tx: &Tx, members: &[Member<Command>], now: Timestamp) -> Result<Page, StoreError> {
    let requests: Vec<_> = members
        .iter()
        .filter_map(|member| match &member.command {
            Command::Request(request) => Some(request),
            Command::Act { .. } | Command::Console { .. } | Command::Settle => None,
        })
        .collect();
    let keys: Vec<&str> = requests.iter().map(|r| r.key.as_str()).collect();
    let acted = members.iter().filter_map(|member| match &member.command {
        Command::Act { id, .. } => Some(id.as_str()),
        Command::Request(_) | Command::Console { .. } | Command::Settle => None,
    });
    let targets = members.iter().filter_map(|member| match &member.command {
        Command::Console { target, .. } => Some(target.as_str()),
        Command::Request(_) | Command::Act { .. } | Command::Settle => None,
    });
    let ids: Vec<&str> = requests
        .iter()
        .filter_map(|r| r.parent.as_deref())
        .chain(acted)
        .collect();
    let references: Vec<&str> = requests
        .iter()
        .map(|r| r.reference.as_str())
        .chain(targets)
        .collect();
    let argument =
        json!({ "ids": ids, "references": references, "keys": keys, "now": now.micros() });
    let mut page = Page::default();
    for row in tx.query(sql!(sqlite "load"), &argument).await? {
        page.load(read(&row)?);
    }
    let parents: HashSet<String> = page
        .operations
        .values()
        .filter_map(|op| op.parent.clone())
        .filter(|id| !page.operations.contains_key(id))
        .collect();
    if !parents.is_empty() {
        for row in tx.query(sql!(sqlite "load_by_id"), &parents).await? {
            page.load(read(&row)?);
        }
    }
    for row in tx.query(sql!(sqlite "load_keys"), &keys).await? {
        page.keys.insert(row.get("key")?, read_key(&row)?);
    }
    for row in tx.query(sql!(sqlite "last_position"), &json!({})).await? {
        page.last_position = row.get("position")?;
    }
    Ok(page)
}

async fn save(tx: &Tx, page: &Page) -> Result<(), StoreError> {
    let mut changed: Vec<&Operation> = page
        .dirty
        .iter()
        .filter_map(|id| page.operations.get(id))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    // A parent stands before its children, whatever order the set gives.
    let root = |kind| matches!(kind, Kind::Authorization | Kind::Sale);
    changed.sort_by_key(|op| (!root(op.kind), op.kind != Kind::Capture));
    let rows: Vec<_> = changed.into_iter().map(row_of).collect();
    tx.execute(sql!(sqlite "save"), &rows).await?;
    let keys: Vec<_> = page
        .new_keys
        .iter()
        .filter_map(|key| page.keys.get(key).map(|used| (key, used)))
        .map(|(key, used)| {
            json!({
                "key": key,
                "operation": used.operation,
                "fingerprint": hex::encode(used.fingerprint),
                "created_at": used.created_at.micros(),
            })
        })
        .collect();
    tx.execute(sql!(sqlite "save_keys"), &keys).await?;
    Ok(())
}

/// The kind as the table has it: a sale is a capture of nothing.
const fn stored(kind: Kind) -> &'static str {
    match kind {
        Kind::Sale => Kind::Capture.name(),
        other => other.name(),
    }
}

/// In the order of `save`: an engine finds the nth of a list faster than a name in an object.
fn row_of(op: &Operation) -> serde_json::Value {
    json!([
        op.id,
        op.position,
        stored(op.kind),
        op.reference,
        op.parent,
        op.token,
        op.amount,
        op.currency,
        op.state.name(),
        op.code,
        op.captured,
        op.voided,
        op.refunded,
        op.created_at.micros(),
        op.effective_at.micros(),
        op.action_until.map(Timestamp::micros),
    ])
}

fn read(row: &Row) -> Result<Operation, StoreError> {
    let kind: String = row.get("kind")?;
    let state: String = row.get("state")?;
    let parent: Option<String> = row.get("parent")?;
    let kind = Kind::parse(&kind).ok_or_else(|| corrupt("operation.kind"))?;
    let action_until: Option<i64> = row.get("action_until")?;
    Ok(Operation {
        id: row.get("id")?,
        position: row.get("position")?,
        kind: match (kind, &parent) {
            (Kind::Capture, None) => Kind::Sale,
            (kind, _) => kind,
        },
        reference: row.get("reference")?,
        parent,
        parent_reference: row.get("parent_reference")?,
        token: row.get("token")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        state: State::parse(&state).ok_or_else(|| corrupt("operation.state"))?,
        code: row.get("code")?,
        captured: row.get("captured")?,
        voided: row.get("voided")?,
        refunded: row.get("refunded")?,
        created_at: Timestamp::from_micros(row.get("created_at")?),
        effective_at: Timestamp::from_micros(row.get("effective_at")?),
        action_until: action_until.map(Timestamp::from_micros),
    })
}

fn read_key(row: &Row) -> Result<UsedKey, StoreError> {
    let text: String = row.get("fingerprint")?;
    let fingerprint = hex::decode(text)
        .ok()
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .ok_or_else(|| corrupt("request_key.fingerprint"))?;
    Ok(UsedKey {
        operation: row.get("operation")?,
        fingerprint,
        created_at: Timestamp::from_micros(row.get("created_at")?),
    })
}

/// A column that holds what this binary cannot read.
fn corrupt(column: &str) -> StoreError {
    StoreError::Column {
        column: column.to_owned(),
        why: "unknown value".to_owned(),
    }
}
