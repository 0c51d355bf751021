//! Closes the books over what the doctor has found at rest and in order, so that the next audit begins there.

use std::collections::BTreeMap;

use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome, Queue, StoreError, Tx};
use stoa_types::{Ctx, OrderId};

use crate::domain::Place;
use crate::store::closing::{self, Back, Closing};

/// What was judged: subjects with the versions of their facts.
#[derive(Debug)]
pub(crate) struct Close {
    pub(crate) judged: Vec<(String, i64)>,
    /// Whether the sums are made again from all movements first.
    pub(crate) anew: bool,
}

/// The command type.
#[derive(Debug)]
pub(crate) struct CloseBooks;

impl Apply for CloseBooks {
    type Command = Close;
    type Answer = i64;
    const NAME: &'static str = "inventory.close_books";

    fn weight(&self, close: &Close) -> usize {
        close.judged.len()
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Close>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<i64>>, StoreError>> {
        Box::pin(async move {
            let mut outcomes = Vec::with_capacity(members.len());
            for member in members {
                // Holds before their movements, so that no hold is closed of which a movement is not.
                let closed = subjects(tx, &member.command.judged).await?;
                places(tx, member.command.anew).await?;
                outcomes.push(Outcome::Done {
                    resource: closed.to_string(),
                    answer: closed,
                });
            }
            Ok(outcomes)
        })
    }
}

/// Closes; how many of what was judged are closed now.
pub(crate) async fn close(
    queue: &Queue<CloseBooks>,
    ctx: &Ctx,
    command: Close,
) -> Result<i64, Error> {
    match queue.submit(ctx, command).await? {
        Committed::Done(closed) => Ok(closed),
        Committed::Replayed { resource } => resource.parse().map_err(Error::internal),
    }
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

/// Moves the closing row of each place to its last movement, where all adds up.
async fn places(tx: &Tx, anew: bool) -> Result<(), StoreError> {
    if anew {
        closing::drop_all(tx).await?;
    }
    let mut closings: Vec<(Place, Closing)> = Vec::new();
    for moved in closing::moved(tx).await? {
        let whole = moved.closing.as_ref();
        if whole.is_some_and(|closing| !closing.is_whole(&moved.place)) {
            continue;
        }
        let before = whole.map_or((0, 0, 0), |closing| closing.units);
        let units = (
            before.0 + moved.units.0,
            before.1 + moved.units.1,
            before.2 + moved.units.2,
        );
        if units == moved.level {
            let closing = Closing::new(&moved.place, moved.seq, units);
            closings.push((moved.place, closing));
        }
    }
    closing::save(tx, &closings).await
}
