//! Which orders and credits the doctor has not found in order yet, and how he closes the books over those that he has.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stoa_errors::Error;
use stoa_events::EventLog;
use stoa_store::{Apply, BoxFuture, Committed, Db, Member, Outcome, Queue, StoreError, Tx};
use stoa_types::{CreditId, Ctx, OrderId};

use crate::store::closing::{self, Closing, Judged, is_judged};

/// Events that are read at once.
const PAGE: usize = 500;
/// Events over which one call closes, so that no transaction is long: more than the judged subjects of a call have.
const STEP: usize = 5_000;

/// Where a page of open subjects begins: first those that were left open, then the log behind the closing row.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum At {
    Left(String),
    Log(i64),
}

/// About `size` subjects that are open, from a place on, and where the next ones begin. A subject may come twice.
pub(crate) async fn open(
    db: &Db,
    at: Option<At>,
    size: usize,
) -> Result<(BTreeSet<String>, Option<At>), StoreError> {
    let mut subjects = BTreeSet::new();
    let mut position = match at {
        Some(At::Log(position)) => position,
        left => {
            let after = match left {
                Some(At::Left(after)) => after,
                _ => String::new(),
            };
            let left = closing::left_open(db, &after, size).await?;
            if left.len() == size {
                let next = left.last().cloned().map(At::Left);
                return Ok((left.into_iter().collect(), next));
            }
            subjects.extend(left);
            let closed = Closing::load(db).await?;
            closed.map_or(0, |(closing, _)| closing.position)
        }
    };
    loop {
        let events = EventLog::read(db, position, PAGE).await?;
        if events.is_empty() {
            return Ok((subjects, None));
        }
        for event in events {
            position = event.position;
            if is_judged(&event) {
                subjects.insert(event.aggregate_id);
            }
            if subjects.len() >= size {
                return Ok((subjects, Some(At::Log(position))));
            }
        }
    }
}

/// Whether a closing row stands for what it says: the log up to it gives the same chain.
pub(crate) async fn verify(db: &Db, stands: &Closing) -> Result<bool, StoreError> {
    let mut again = Closing::empty();
    while again.position < stands.position {
        let mut events = EventLog::read(db, again.position, PAGE).await?;
        events.retain(|event| event.position <= stands.position);
        if events.is_empty() {
            break;
        }
        again = again.over(&events);
    }
    Ok(again == *stands)
}

/// A step of the closing row.
#[derive(Debug)]
struct Step {
    /// Where it stood; nothing is done when it stands elsewhere by now. None: wherever it stands.
    from: Option<i64>,
    to: Closing,
    /// The subjects of the events between.
    changed: Vec<String>,
}

impl Step {
    /// The next one, or the first one of a chain that is made anew.
    async fn next(db: &Db, anew: bool) -> Result<Self, StoreError> {
        let stands = Closing::load(db).await?.map(|(closing, _)| closing);
        let whole = stands.filter(|closing| !anew && closing.is_whole());
        let (from, mut to) = match whole {
            Some(closing) => (Some(closing.position), closing),
            None if anew => (None, Closing::empty()),
            // A broken one stays broken until somebody says that it be made anew.
            None => (Some(0), Closing::empty()),
        };
        let (mut changed, mut read) = (BTreeSet::new(), 0);
        while read < STEP {
            let events = EventLog::read(db, to.position, PAGE).await?;
            if events.is_empty() {
                break;
            }
            read += events.len();
            to = to.over(&events);
            let judged = events.into_iter().filter(is_judged);
            changed.extend(judged.map(|event| event.aggregate_id));
        }
        Ok(Self {
            from,
            to,
            changed: changed.into_iter().collect(),
        })
    }
}

/// What was judged, and the step that goes with it.
#[derive(Debug)]
pub(crate) struct Close {
    judged: Vec<Judged>,
    step: Step,
}

/// The command type.
#[derive(Debug)]
pub(crate) struct CloseBooks;

impl Apply for CloseBooks {
    type Command = Close;
    type Answer = i64;
    const NAME: &'static str = "order.close_books";

    fn weight(&self, close: &Close) -> usize {
        close.judged.len() + close.step.changed.len()
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Close>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<i64>>, StoreError>> {
        Box::pin(async move {
            let mut outcomes = Vec::with_capacity(members.len());
            for Member { command, .. } in members {
                let stands = closing::lock(tx).await?;
                if command.step.from.is_none_or(|from| from == stands) {
                    closing::advance(tx, &command.step.to, &command.step.changed).await?;
                }
                let closed = closing::close(tx, &command.judged).await?;
                let closed = i64::try_from(closed).unwrap_or(i64::MAX);
                outcomes.push(Outcome::Done {
                    resource: closed.to_string(),
                    answer: closed,
                });
            }
            Ok(outcomes)
        })
    }
}

/// Closes the books over what was judged; how much of it is closed now.
pub(crate) async fn close(
    (db, queue): (&Db, &Queue<CloseBooks>),
    ctx: &Ctx,
    judged: Vec<(String, i64)>,
    anew: bool,
) -> Result<i64, Error> {
    let id = |subject: &str| {
        let order = subject.parse().map(OrderId::hex);
        order.or_else(|_| subject.parse().map(CreditId::hex)).ok()
    };
    let judged = judged.into_iter().filter_map(|(subject, version)| {
        Some(Judged {
            id: id(&subject)?,
            subject,
            version,
        })
    });
    let command = Close {
        judged: judged.collect(),
        step: Step::next(db, anew).await?,
    };
    match queue.submit(ctx, command).await? {
        Committed::Done(closed) => Ok(closed),
        Committed::Replayed { resource } => resource.parse().map_err(Error::internal),
    }
}
