//! Group commit: the calls that wait at this moment become one transaction.
//!
//! | file | answers |
//! |---|---|
//! | `mod` | what a command type brings ([`Apply`]) and what a caller gets |
//! | `queue` | who waits, in which order, and what one batch may take |
//! | `batch` | how a batch is tried, retried whole, halved, answered by key |
//! | `background` | how work without a caller's key shares transactions in the lower lane |
//! | `crossing` | what goes wrong with one commit, in a test build |
//! | `committer` | whose turn it is |
//! | `lane` | how a transaction begins and ends; how a commit whose outcome is unknown is resolved |
//! | `thread` | where the lane of a file runs |

mod background;
mod batch;
mod committer;
mod crossing;
mod lane;
mod queue;
#[cfg(test)]
mod tests;
pub(crate) mod thread;

use std::sync::Arc;

use futures::future::BoxFuture;
use stoa_errors::Error;
use stoa_types::{Ctx, Timestamp};

use crate::{StoreError, Tx};

pub(crate) use committer::Committer;
pub(crate) use lane::Lane;
pub use queue::Queue;

/// One command type: how the commands that wait become one set of set-based statements.
///
/// `apply` gets a transaction in which the keys of all members already stand, and does the rest of a batch:
/// lock every row it needs in one global order, decide in memory and in the order of `members`, write the net
/// effect. It may be run again from the start in another transaction, alone or with other members, so it keeps
/// nothing outside of it; and it calls nobody.
pub trait Apply: Send + Sync + 'static {
    /// What a caller asks for.
    type Command: Send + Sync + 'static;
    /// What he is answered when it was done.
    type Answer: Clone + Send + Sync + 'static;
    /// Its name in metrics and logs, such as `order.place`.
    const NAME: &'static str;

    /// Rows that the command writes, about; a transaction takes commands of 1,024 rows at most.
    fn weight(&self, command: &Self::Command) -> usize;

    /// Decides and writes; one outcome per member, in their order. A refusal is an outcome, never an `Err`.
    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Self::Command>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Self::Answer>>, StoreError>>;
}

/// One command of a batch.
#[derive(Debug)]
pub struct Member<C> {
    /// Who asks.
    pub ctx: Arc<Ctx>,
    /// The time of the batch: the same for all of its members.
    pub now: Timestamp,
    /// What he asks for.
    pub command: C,
}

/// What was decided about a member.
#[derive(Clone, Debug)]
pub enum Outcome<A> {
    /// It is done; `resource` is stored under its key and stands for the answer when the key comes again.
    Done {
        /// The name of what it made or changed.
        resource: String,
        /// What the caller is told.
        answer: A,
    },
    /// It is refused. What [`Error::is_recorded`] is stored under its key and replayed; any other leaves the key free.
    Refused(Error),
}

/// What a caller is told after the commit.
#[derive(Clone, Debug)]
pub enum Committed<A> {
    /// His command was done now.
    Done(A),
    /// His key had been used for it before; this is what it made then.
    Replayed {
        /// The name of what was made or changed.
        resource: String,
    },
}
