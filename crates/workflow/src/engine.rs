//! When work runs: kicked, due, woken, or found by a search of the table.
//!
//! The table is the truth; memory holds what runs, what is ready to, and what becomes due before the next search. Everything
//! here may be lost at any moment.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use stoa_store::StoreError;
use stoa_types::{Timestamp, WorkflowId};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use crate::change::prunable;
use crate::lease::{self, Renewal};
use crate::metrics;
use crate::run::{After, Ran, run};
use crate::runner::{Message, SIGNAL, Shared};
use crate::{Kind, Work, prune};

/// How many rows one search brings beyond those that memory knows.
const SEARCH: usize = 1_024;

/// How many finished rows one transaction prunes.
const PRUNE: u32 = 500;

/// How many such transactions one round of housekeeping makes at most.
const PRUNES: usize = 20;

/// The definitions by name.
pub(crate) type Kinds = Arc<HashMap<&'static str, Arc<dyn Kind>>>;

/// The loop's memory.
pub(crate) struct Engine {
    shared: Arc<Shared>,
    kinds: Kinds,
    handle: Handle,
    /// Runs under way; true when somebody kicked one meanwhile.
    running: HashMap<WorkflowId, bool>,
    runs: JoinSet<Ran>,
    /// Ready to run, first come first served; `queued` holds the same ids.
    ready: VecDeque<WorkflowId>,
    queued: HashSet<WorkflowId>,
    /// Due before the next search; each once, by what was heard of it last.
    soon: BTreeSet<(Timestamp, WorkflowId)>,
    waits: HashMap<WorkflowId, Timestamp>,
    /// The last search filled its limit: there is more.
    more: bool,
    stopping: bool,
}

impl Engine {
    pub(crate) fn new(shared: &Arc<Shared>, kinds: Vec<Arc<dyn Kind>>, handle: Handle) -> Self {
        Self {
            shared: Arc::clone(shared),
            kinds: Arc::new(kinds.into_iter().map(|kind| (kind.name(), kind)).collect()),
            handle,
            running: HashMap::new(),
            runs: JoinSet::new(),
            ready: VecDeque::new(),
            queued: HashSet::new(),
            soon: BTreeSet::new(),
            waits: HashMap::new(),
            more: false,
            stopping: false,
        }
    }

    /// Runs work until told to stop and the last run has ended. The first search was made before.
    pub(crate) async fn drive(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        let signal = self.shared.db.signal(SIGNAL);
        let mut searches = every(self.shared.limits.poll);
        searches.reset();
        loop {
            self.launch();
            if self.stopping && self.runs.is_empty() {
                return;
            }
            let pause = self.pause();
            tokio::select! {
                message = inbox.recv() => match message {
                    Some(message) => self.hear(message),
                    None => self.stopping = true,
                },
                Some(ran) = self.runs.join_next() => match ran {
                    Ok(ran) => self.ran(ran),
                    // A run catches its own panics, so this is a runtime that is going down.
                    Err(error) => tracing::debug!(%error, "a workflow run was stopped"),
                },
                () = signal.notified(), if !self.stopping => self.search().await,
                _ = searches.tick(), if !self.stopping => self.search().await,
                () = tokio::time::sleep(pause), if !self.stopping => {
                    if self.more && self.ready.is_empty() {
                        self.search().await;
                    }
                }
            }
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Kick(id) => self.enqueue(id),
            Message::Reborn => {
                self.ready.clear();
                self.queued.clear();
                self.soon.clear();
                self.waits.clear();
                self.running.clear();
                self.runs.abort_all();
                self.more = true;
            }
            Message::Stop => self.stopping = true,
        }
    }

    /// Puts a workflow in line, or marks it when it runs already.
    fn enqueue(&mut self, id: WorkflowId) {
        self.forget(id);
        if let Some(again) = self.running.get_mut(&id) {
            *again = true;
        } else if self.queued.insert(id) {
            self.ready.push_back(id);
        }
    }

    fn ran(&mut self, ran: Ran) {
        let again = self.running.remove(&ran.id).unwrap_or(false);
        match ran.after {
            After::Gone => {}
            After::Now => self.enqueue(ran.id),
            After::At(_) if again => self.enqueue(ran.id),
            After::At(due) => self.expect(due, ran.id),
        }
    }

    /// Notes a time; what is due later than the next search is left to it.
    fn expect(&mut self, due: Timestamp, id: WorkflowId) {
        let now = self.shared.clock.now();
        self.forget(id);
        if due <= now {
            self.enqueue(id);
        } else if due <= now.plus(self.shared.limits.poll) {
            self.soon.insert((due, id));
            self.waits.insert(id, due);
        }
    }

    /// Forgets a time: the workflow is in line, or it is due at another one.
    fn forget(&mut self, id: WorkflowId) {
        if let Some(due) = self.waits.remove(&id) {
            self.soon.remove(&(due, id));
        }
    }

    /// Starts what is ready, as far as there is room.
    fn launch(&mut self) {
        let now = self.shared.clock.now();
        while let Some(&(due, id)) = self.soon.first()
            && due <= now
        {
            self.forget(id);
            if !self.running.contains_key(&id) {
                self.enqueue(id);
            }
        }
        while !self.stopping && self.runs.len() < self.shared.limits.concurrency {
            let Some(id) = self.ready.pop_front() else {
                return;
            };
            self.queued.remove(&id);
            self.running.insert(id, false);
            let fresh: Option<Work> = self.shared.take_fresh(id);
            let run = run(Arc::clone(&self.shared), Arc::clone(&self.kinds), id, fresh);
            self.runs.spawn_on(run, &self.handle);
        }
    }

    /// How long nothing happens by itself.
    fn pause(&self) -> Duration {
        if self.more && self.ready.is_empty() {
            return Duration::ZERO;
        }
        self.soon
            .first()
            .map_or(self.shared.limits.poll, |(due, _)| {
                due.since(self.shared.clock.now())
                    .min(self.shared.limits.poll)
            })
    }

    /// Reads from the table what is due before the next search.
    pub(crate) async fn search(&mut self) {
        let limit = SEARCH + self.running.len() + self.queued.len() + self.soon.len();
        match self.shared.due(self.shared.limits.poll, limit).await {
            Ok(found) => {
                self.more = found.len() == limit;
                for (due, id) in found {
                    // What runs settles by itself, and reads there whether it was woken.
                    if !self.running.contains_key(&id) {
                        self.expect(due, id);
                    }
                }
            }
            Err(error) => {
                self.more = false;
                tracing::warn!(%error, service = self.shared.name, "cannot read what is due");
            }
        }
    }
}

/// Takes the census, prunes; for as long as the runner lives.
pub(crate) async fn housekeeping(shared: Arc<Shared>) {
    let mut chores = every(shared.limits.housekeeping);
    loop {
        chores.tick().await;
        chore(&shared).await;
    }
}

/// Renews the lease, and waits for nothing else.
pub(crate) async fn leases(shared: Arc<Shared>) {
    let mut leases = every(shared.limits.lease / 3);
    loop {
        leases.tick().await;
        renew(&shared).await;
    }
}

async fn renew(shared: &Shared) {
    match lease::renew(&shared.db, shared.incarnation(), &shared.limits).await {
        Ok(Renewal::Renewed(adopted)) => {
            shared.adopted(adopted);
            if adopted > 0 {
                // The engine searches on its next tick; its memory needs no change.
                tracing::debug!(service = shared.name, "a lease lapsed");
            }
        }
        Ok(Renewal::Buried) => {
            tracing::error!(
                service = shared.name,
                "this runner was stalled for longer than its lease; others have its work"
            );
            let name = shared.be_reborn();
            match lease::enter(&shared.db, name, &shared.limits).await {
                Ok(adopted) => shared.adopted(adopted),
                Err(error) => {
                    tracing::warn!(%error, service = shared.name, "cannot enter again; next try with the lease");
                }
            }
            shared.announce_rebirth();
        }
        Err(error) => {
            tracing::warn!(%error, service = shared.name, "cannot renew the runner's lease");
        }
    }
}

async fn chore(shared: &Shared) {
    shared.forget_stale();
    match metrics::census(&shared.db).await {
        Ok(census) => shared.metrics.count(census),
        Err(error) => tracing::debug!(%error, service = shared.name, "cannot count workflows"),
    }
    if let Err(error) = prune_old(shared).await {
        tracing::debug!(%error, service = shared.name, "cannot prune workflows");
    }
}

/// Prunes what stayed long enough: in small transactions, so that they fit between those of callers.
async fn prune_old(shared: &Shared) -> Result<(), StoreError> {
    let before = shared.clock.now().minus(shared.limits.keep);
    for _ in 0..PRUNES {
        if !prunable(&shared.db, before).await? {
            break;
        }
        shared
            .db
            .write("workflow.prune", move |tx| {
                Box::pin(prune(tx, before, PRUNE))
            })
            .await?;
    }
    Ok(())
}

fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period.max(Duration::from_millis(1)));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
