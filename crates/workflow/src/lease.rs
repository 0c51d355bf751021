//! Which runner lives, and who takes over the work of one that does not.
//!
//! A runner is one incarnation of a binary: a row in `workflow_runner` with a lease by the database's clock. Adoption is one
//! transaction: bury the runners whose lease lapsed, then take, in one UPDATE that raises each fence, all work of runners that
//! have no row; it is made at each start and with each renewal, because work may be entered under a name that was buried a
//! moment before. Where one process holds the database for itself (a SQLite file), every other runner is dead by definition: a
//! start adopts at once, and no lease is renewed. There the times of the work are by the clock of the process, and the next process
//! may have another: so what it adopts is due at once.

use serde::Serialize;
use stoa_store::{Db, Sql, StoreError, sql};
use stoa_types::Uuid;

use crate::change::hex;
use crate::runner::Limits;

const BURY: Sql = sql!("bury");
const REGISTER: Sql = sql!("register");
const RENEW: Sql = sql!("renew");
const ADOPT: Sql = sql!("adopt");
const LEAVE: Sql = sql!("leave");

#[derive(Clone, Serialize)]
struct Lease {
    runner: String,
    alone: bool,
    lease: u64,
    now: i64,
}

impl Lease {
    fn new(db: &Db, runner: Uuid, limits: &Limits) -> Self {
        Self {
            runner: hex(runner),
            alone: limits.alone,
            lease: u64::try_from(limits.lease.as_micros()).unwrap_or(u64::MAX),
            now: db.now().micros(),
        }
    }
}

/// Enters `runner` and adopts the work of the dead; says how much that is.
pub(crate) async fn enter(db: &Db, runner: Uuid, limits: &Limits) -> Result<u64, StoreError> {
    let lease = Lease::new(db, runner, limits);
    db.write("workflow.enter", move |tx| {
        let lease = lease.clone();
        Box::pin(async move {
            tx.execute(BURY, &lease).await?;
            tx.execute(REGISTER, &lease).await?;
            tx.execute(ADOPT, &lease).await
        })
    })
    .await
}

/// What a renewal finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// The lease goes on; so much work of dead runners was adopted with it.
    Renewed(u64),
    /// Others buried this runner while it was stalled: all that it holds is theirs.
    Buried,
}

/// Renews the lease of `runner` and adopts the work of those whose lease lapsed meanwhile.
pub(crate) async fn renew(db: &Db, runner: Uuid, limits: &Limits) -> Result<Renewal, StoreError> {
    let lease = Lease::new(db, runner, limits);
    db.write("workflow.renew", move |tx| {
        let lease = lease.clone();
        Box::pin(async move {
            if tx.execute(RENEW, &lease).await? == 0 {
                return Ok(Renewal::Buried);
            }
            tx.execute(BURY, &lease).await?;
            tx.execute(ADOPT, &lease).await.map(Renewal::Renewed)
        })
    })
    .await
}

/// Takes `runner`'s row away, so that others need not wait for its lease.
pub(crate) async fn leave(db: &Db, runner: Uuid, limits: &Limits) -> Result<(), StoreError> {
    let lease = Lease::new(db, runner, limits);
    db.write("workflow.leave", move |tx| {
        let lease = lease.clone();
        Box::pin(async move { tx.execute(LEAVE, &lease).await.map(|_| ()) })
    })
    .await
}
