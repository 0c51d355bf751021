//! Closes the books over what the doctor has found at rest and in order, so that the next audit begins there.

use std::collections::{BTreeMap, BTreeSet};

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Committed, Db, Member, Outcome, Queue, StoreError, Tx};
use stoa_types::{Ctx, OrderId};

use crate::domain::Place;
use crate::store::audit::{self, Audited, Reach};
use crate::store::closing::{self, Back, Closing, Moved};

/// Places whose movements one statement adds up.
const AT_ONCE: usize = 200;

/// What was judged, and the places of its holds.
#[derive(Debug)]
pub(crate) struct Close {
    /// Subjects with the versions of their facts.
    judged: Vec<(String, i64)>,
    places: Vec<Place>,
    /// How far the closing rows of these places could be moved before the transaction: there may be millions of movements behind
    /// them, and a transaction is short.
    closings: Vec<(Place, Closing)>,
}

/// The command type.
#[derive(Debug)]
pub(crate) struct CloseBooks;

impl Apply for CloseBooks {
    type Command = Close;
    type Answer = i64;
    const NAME: &'static str = "inventory.close_books";

    fn weight(&self, close: &Close) -> usize {
        close.judged.len() + close.places.len()
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Close>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<i64>>, StoreError>> {
        Box::pin(async move {
            let mut outcomes = Vec::with_capacity(members.len());
            for Member { command, .. } in members {
                // Holds before their movements, so that no hold is closed of which a movement is not.
                let closed = subjects(tx, &command.judged).await?;
                closing::save(tx, &command.closings).await?;
                for places in command.places.chunks(AT_ONCE) {
                    let since = added_up(closing::moved(tx, places).await?);
                    closing::save(tx, &since).await?;
                }
                outcomes.push(Outcome::Done {
                    resource: closed.to_string(),
                    answer: closed,
                });
            }
            Ok(outcomes)
        })
    }
}

/// Closes; how many of what was judged are closed now. With `anew`, all closing rows are made again first.
pub(crate) async fn close(
    (db, queue): (&Db, &Queue<CloseBooks>),
    ctx: &Ctx,
    judged: Vec<(String, i64)>,
    anew: bool,
) -> Result<i64, Error> {
    if anew {
        all_anew(db).await?;
    }
    let command = prepared(db, judged).await?;
    match queue.submit(ctx, command).await? {
        Committed::Done(closed) => Ok(closed),
        Committed::Replayed { resource } => resource.parse().map_err(Error::internal),
    }
}

/// The command, with what a reader can add up for it.
async fn prepared(db: &Db, judged: Vec<(String, i64)>) -> Result<Close, StoreError> {
    let owners: Vec<OrderId> = judged
        .iter()
        .filter_map(|(id, _)| id.parse().ok())
        .collect();
    let snapshot = db.snapshot().await?;
    let holds = audit::holds_of(&snapshot, &owners).await?;
    let lines = holds.into_values().flatten().flat_map(|hold| hold.lines);
    let places: BTreeSet<Place> = lines.map(|line| line.place).collect();
    let places: Vec<Place> = places.into_iter().collect();
    let mut closings = Vec::new();
    for places in places.chunks(AT_ONCE) {
        closings.extend(added_up(closing::moved(&snapshot, places).await?));
    }
    Ok(Close {
        judged,
        places,
        closings,
    })
}

/// Makes all closing rows again, each from all movements of its place.
async fn all_anew(db: &Db) -> Result<(), StoreError> {
    let reach = Reach {
        limit: AT_ONCE,
        full: true,
    };
    let mut after: Option<Place> = None;
    loop {
        let snapshot = db.snapshot().await?;
        let page = audit::levels(&snapshot, after.as_ref(), reach).await?;
        drop(snapshot);
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.place.clone());
        let read: Vec<(Place, Closing)> = page
            .iter()
            .filter_map(|audited| Some((audited.place.clone(), audited.closing.clone()?)))
            .collect();
        let anew = added_up(page.into_iter().filter_map(from_the_start).collect());
        db.write("inventory.close_books_anew", move |tx| {
            let (read, anew) = (read.clone(), anew.clone());
            Box::pin(async move {
                closing::remove(tx, &read).await?;
                closing::save(tx, &anew).await
            })
        })
        .await?;
    }
}

/// A place with all that was ever booked there.
fn from_the_start(audited: Audited) -> Option<Moved> {
    let Audited {
        below,
        moved,
        level,
        ..
    } = audited;
    Some(Moved {
        seq: audited.last?,
        place: audited.place,
        level: (level.on_hand, level.allocated, level.held),
        closing: None,
        units: (below.0 + moved.0, below.1 + moved.1, below.2 + moved.2),
    })
}

/// Closes the holds and returns that still are as they were judged.
async fn subjects(tx: &Tx, judged: &[(String, i64)]) -> Result<i64, StoreError> {
    let mut orders: BTreeMap<OrderId, i64> = BTreeMap::new();
    let mut returns = Vec::new();
    for (subject, version) in judged {
        match subject.parse() {
            Ok(order) => {
                orders.insert(order, *version);
            }
            Err(_) => returns.push(Back {
                reference: subject,
                movements: *version,
            }),
        }
    }
    let owners: Vec<String> = orders.keys().map(|owner| owner.hex()).collect();
    let mut found: BTreeMap<OrderId, (i64, Vec<String>)> = BTreeMap::new();
    for (hold, owner, version) in closing::holds(tx, &owners).await? {
        let (versions, holds) = found.entry(owner).or_default();
        *versions += version;
        holds.push(hold.hex());
    }
    let same = |(owner, (versions, holds)): (OrderId, (i64, Vec<String>))| {
        (orders.get(&owner) == Some(&versions)).then_some(holds)
    };
    let holds: Vec<Vec<String>> = found.into_iter().filter_map(same).collect();
    let closed = holds.len() + returns.len();
    closing::close_holds(tx, &holds.concat()).await?;
    closing::close_returns(tx, &returns).await?;
    Ok(i64::try_from(closed).unwrap_or(i64::MAX))
}

/// The closing row of each place at its last movement, where all adds up.
fn added_up(moved: Vec<Moved>) -> Vec<(Place, Closing)> {
    let whole = moved.into_iter().filter(|moved| {
        let stands = moved.closing.as_ref();
        stands.is_none_or(|closing| closing.is_whole(&moved.place))
    });
    let forward = whole.filter_map(|moved| {
        let before = moved.closing.map_or((0, 0, 0), |closing| closing.units);
        let units = (
            before.0 + moved.units.0,
            before.1 + moved.units.1,
            before.2 + moved.units.2,
        );
        let closing = Closing::new(&moved.place, moved.seq, units);
        (units == moved.level).then_some((moved.place, closing))
    });
    forward.collect()
}
