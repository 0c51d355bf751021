//! The workflow: four steps that do nothing but are durable.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use stoa_errors::Error;
use stoa_store::{Apply, BoxFuture, Committed, Db, Member, Outcome, Queue, StoreError, Tx};
use stoa_types::{Clock, Ctx, SystemClock, SystemIds, WorkflowId};
use stoa_workflow::{
    Advance, Finish, Kind, NewWorkflow, Next, Runner, Work, advance, finish, insert,
};
use tokio::sync::oneshot;

/// The steps, in their order.
pub(super) const STEPS: [&str; 4] = ["one", "two", "three", "four"];

const KIND: &str = "bare";

/// What is written: a workflow is accepted, stands at another step, is finished.
#[derive(Clone, Debug)]
enum Change {
    Accept(NewWorkflow),
    Move(Advance),
    End(Finish),
}

/// The changes that wait become one transaction.
struct Changes(Runner);

impl Apply for Changes {
    type Command = Change;
    type Answer = bool;
    const NAME: &'static str = "bare.change";

    fn weight(&self, _: &Change) -> usize {
        1
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Change>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<bool>>, StoreError>> {
        Box::pin(async move {
            let (mut new, mut moves, mut ends) = (Vec::new(), Vec::new(), Vec::new());
            for member in members {
                match member.command.clone() {
                    Change::Accept(workflow) => new.push(workflow),
                    Change::Move(step) => moves.push(step),
                    Change::End(end) => ends.push(end),
                }
            }
            insert(tx, &new, &self.0).await?;
            let mut moved = advance(tx, &moves).await?.into_iter();
            let mut ended = finish(tx, &ends).await?.into_iter();
            let mut answer = |member: &Member<Change>| match &member.command {
                Change::Accept(_) => true,
                Change::Move(_) => moved.next().unwrap_or(false),
                Change::End(_) => ended.next().unwrap_or(false),
            };
            let outcome = |member| Outcome::Done {
                resource: String::new(),
                answer: answer(member),
            };
            Ok(members.iter().map(outcome).collect())
        })
    }
}

/// The definition, and who waits for the end of which.
pub(super) struct Bare {
    runner: Runner,
    changes: Queue<Changes>,
    waiting: Mutex<HashMap<WorkflowId, oneshot::Sender<()>>>,
}

impl Bare {
    pub(super) fn new(db: &Db, runner: &Runner) -> Arc<Self> {
        Arc::new(Self {
            runner: runner.clone(),
            changes: db.queue(Changes(runner.clone())),
            waiting: Mutex::default(),
        })
    }

    /// Has a workflow accepted, and waits until it is finished.
    pub(super) async fn one(&self) -> Result<(), String> {
        let now = SystemClock.now();
        let ctx = Ctx::background("bench", now, &SystemIds);
        let id = WorkflowId::new(&SystemIds);
        let new = NewWorkflow {
            id,
            kind: KIND,
            version: 1,
            subject: id.to_string(),
            step: "one",
            state: Value::Null,
            due_at: now,
            ctx: Arc::new(ctx.clone()),
        };
        let (finished, end) = oneshot::channel();
        self.waiting().insert(id, finished);
        let accepted = self.changes.submit(&ctx, Change::Accept(new)).await;
        accepted.map_err(|error| error.to_string())?;
        self.runner.kick(id);
        end.await.map_err(|_| "a workflow was given up".to_owned())
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<WorkflowId, oneshot::Sender<()>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write(&self, change: Change) -> Result<bool, Error> {
        let ctx = Ctx::background("bench", SystemClock.now(), &SystemIds);
        match self.changes.submit(&ctx, change).await? {
            Committed::Done(stands) => Ok(stands),
            Committed::Replayed { .. } => Ok(false),
        }
    }
}

#[async_trait]
impl Kind for Bare {
    fn name(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> u16 {
        1
    }

    async fn run(&self, work: &Work) -> Result<Next, Error> {
        let place = STEPS.iter().position(|step| *step == work.step);
        for step in STEPS.iter().skip(place.unwrap_or(0) + 1) {
            let moved = Advance {
                id: work.id,
                fence: work.fence,
                step,
                state: Value::Null,
                waiting_on: None,
            };
            if !self.write(Change::Move(moved)).await? {
                return Ok(Next::Lost);
            }
        }
        let end = Finish {
            id: work.id,
            fence: work.fence,
        };
        if !self.write(Change::End(end)).await? {
            return Ok(Next::Lost);
        }
        if let Some(waiting) = self.waiting().remove(&work.id) {
            // Whoever waited may have been stopped.
            let _gone = waiting.send(());
        }
        Ok(Next::Finished)
    }
}
