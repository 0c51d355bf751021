//! Closes the books over payments that the doctor has found at rest and in order, so that the next audit begins there.

use std::collections::BTreeMap;
use std::time::Duration;

use stoa_errors::{Error, Kind};
use stoa_store::{Apply, BoxFuture, Committed, Member, Outcome, Queue, StoreError, Tx};
use stoa_types::{Ctx, PaymentId};

use crate::store::closing::{self, Anew, Left};

/// What was judged: orders and credits with the versions of their facts.
#[derive(Debug)]
pub(crate) struct Close {
    pub(crate) judged: Vec<(String, i64)>,
    /// The provider, and how far its list was read and compared.
    pub(crate) list: (&'static str, i64),
    /// The sums made again from the ledger, which take the place of those that stand.
    pub(crate) anew: Option<Anew>,
}

/// The command type.
#[derive(Debug)]
pub(crate) struct CloseBooks;

impl Apply for CloseBooks {
    type Command = Close;
    type Answer = i64;
    const NAME: &'static str = "payment.close_books";

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
            for Member { command, .. } in members {
                let (payments, subjects) = unchanged(tx, &command.judged).await?;
                let anew = command.anew.as_ref();
                let closed = match closing::close(tx, &payments, command.list, anew).await? {
                    Ok(()) => subjects,
                    Err(Left::Broken) => 0,
                    Err(Left::Moved) => {
                        outcomes.push(Outcome::Refused(moved()));
                        continue;
                    }
                };
                outcomes.push(Outcome::Done {
                    resource: closed.to_string(),
                    answer: closed,
                });
            }
            Ok(outcomes)
        })
    }
}

fn moved() -> Error {
    let message = "somebody else closed books while they were made again";
    Error::new(Kind::Unavailable, "UNAVAILABLE", message).retry(Duration::from_millis(100))
}

/// The payments of subjects that still are as they were judged, and how many subjects that are.
async fn unchanged(tx: &Tx, judged: &[(String, i64)]) -> Result<(Vec<PaymentId>, i64), StoreError> {
    let orders: Vec<_> = judged
        .iter()
        .filter_map(|(id, _)| id.parse().ok())
        .collect();
    let credits: Vec<_> = judged
        .iter()
        .filter_map(|(id, _)| id.parse().ok())
        .collect();
    let mut found: BTreeMap<String, (i64, Vec<PaymentId>)> = BTreeMap::new();
    for candidate in closing::candidates(tx, &orders, &credits).await? {
        let (versions, payments) = found.entry(candidate.subject).or_default();
        *versions += candidate.version;
        payments.push(candidate.id);
    }
    let same = judged.iter().filter_map(|(subject, version)| {
        let (versions, payments) = found.remove(subject)?;
        (versions == *version).then_some(payments)
    });
    let same: Vec<Vec<PaymentId>> = same.collect();
    let subjects = i64::try_from(same.len()).unwrap_or(i64::MAX);
    Ok((same.concat(), subjects))
}

/// Closes; how many subjects are closed now.
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
