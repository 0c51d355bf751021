//! What came back from a backup is compared with the others before anything is changed.
//!
//! A restore leaves a mark in each database. While one stands, nobody from outside changes anything, and durable work
//! does not go on: its next step might undo at the provider what another service knows to be good. There is one
//! exception: when every database came back from one whole backup, the provider's books included, the suite stands as
//! after a power cut, and its work goes on, so that it comes to rest.
//!
//! Services of a process also remember how far each other's log was. One that is behind that at the next start, under the
//! same incarnation, was taken back by hand (a file was copied): it gets the mark here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stoa_events::EventLog;
use stoa_rpc::Gate;
use stoa_store::{Db, PeerSeen, Restored, StoreError};
use stoa_types::Timestamp;
use tokio::sync::watch;

use crate::compose::{ComposeError, Part};

/// How often it is looked how far the others are.
const LOOK: Duration = Duration::from_secs(5);

/// The marks of a process.
pub(crate) struct Restores {
    gate: Gate,
    marks: Mutex<BTreeMap<&'static str, Restored>>,
    /// Whether durable work waits.
    waits: watch::Sender<bool>,
}

impl Restores {
    /// Reads the marks, finds what went back without one, and holds the gate if there is any.
    pub(crate) async fn of(
        gate: &Gate,
        parts: &[Part],
        now: Timestamp,
    ) -> Result<Arc<Self>, ComposeError> {
        let mut marks = BTreeMap::new();
        for part in parts {
            let failed = |source| ComposeError::Store {
                module: part.name,
                source,
            };
            let mark = match part.db.restored().await.map_err(failed)? {
                Some(mark) => Some(mark),
                None => gone_back(part, parts, now).await.map_err(failed)?,
            };
            if let Some(mark) = mark {
                tracing::warn!(
                    service = part.name,
                    detail = mark.detail,
                    "nothing is changed before `stoa doctor --after-restore` has been run"
                );
                marks.insert(part.name, mark);
            }
        }
        let waits = !marks.is_empty() && !is_whole(&marks, parts.len());
        if !marks.is_empty() {
            gate.hold();
        }
        Ok(Arc::new(Self {
            gate: gate.clone(),
            marks: Mutex::new(marks),
            waits: watch::Sender::new(waits),
        }))
    }

    fn marks(&self) -> MutexGuard<'_, BTreeMap<&'static str, Restored>> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The mark of a service.
    pub(crate) fn mark(&self, service: &str) -> Option<Restored> {
        self.marks().get(service).cloned()
    }

    /// A service was checked; those that were not yet. After the last everything goes on.
    pub(crate) fn checked(&self, service: &str) -> Vec<String> {
        let mut marks = self.marks();
        if marks.remove(service).is_some() {
            tracing::info!(service, "its restore was acknowledged");
        }
        if marks.is_empty() {
            self.gate.release();
            self.waits.send_replace(false);
        }
        marks.keys().map(|name| (*name).to_owned()).collect()
    }

    /// Whether durable work may go on now.
    pub(crate) fn works(&self) -> bool {
        !*self.waits.borrow()
    }

    /// Waits until it may.
    pub(crate) async fn worked(&self) {
        // The sender is ours: it cannot be gone.
        let mut waits = self.waits.subscribe();
        let _ended = waits.wait_for(|waits| !waits).await;
    }
}

/// Whether all came back together, with the provider's books.
fn is_whole(marks: &BTreeMap<&'static str, Restored>, parts: usize) -> bool {
    let Some(first) = marks.values().next() else {
        return true;
    };
    let same = |mark: &Restored| mark.whole && mark.backup == first.backup;
    // A process of one service knows nothing of the others.
    parts > 1 && marks.len() == parts && !first.backup.is_empty() && marks.values().all(same)
}

/// Whether another service has seen this log further than it is now, in the same life; then it gets the mark.
async fn gone_back(
    part: &Part,
    parts: &[Part],
    now: Timestamp,
) -> Result<Option<Restored>, StoreError> {
    let here = seen(part.name, &part.db).await?;
    for other in parts.iter().filter(|other| other.name != part.name) {
        let remembered = other.db.peers_seen().await?.into_iter();
        let further = remembered
            .filter(|peer| peer.name == here.name && peer.incarnation == here.incarnation)
            .find(|peer| peer.position > here.position);
        if let Some(peer) = further {
            let mark = Restored {
                at: now,
                backup: String::new(),
                whole: false,
                detail: format!(
                    "the log of {} ends at {}, but {} has seen it at {}: it was taken back by other means than stoa restore",
                    part.name, here.position, other.name, peer.position
                ),
            };
            part.db.mark_restored(mark.clone()).await?;
            return Ok(Some(mark));
        }
    }
    Ok(None)
}

async fn seen(name: &str, db: &Db) -> Result<PeerSeen, StoreError> {
    Ok(PeerSeen {
        name: name.to_owned(),
        incarnation: db.incarnation().await?,
        position: EventLog::lag(db).await?.head,
    })
}

/// Lets each database remember how far the logs of the others are, as long as none is marked. It may be dropped at any
/// moment.
pub(crate) async fn remember(databases: Vec<(&'static str, Db)>, restores: Arc<Restores>) {
    let mut told: BTreeMap<String, PeerSeen> = BTreeMap::new();
    loop {
        if restores.marks().is_empty()
            && let Err(error) = look(&databases, &mut told).await
        {
            tracing::debug!(%error, "how far the logs are was not remembered; the next round tries again");
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(
    databases: &[(&'static str, Db)],
    told: &mut BTreeMap<String, PeerSeen>,
) -> Result<(), StoreError> {
    let mut moved = Vec::new();
    for (name, db) in databases {
        let here = seen(name, db).await?;
        if told.get(*name) != Some(&here) {
            moved.push(here);
        }
    }
    for (name, db) in databases {
        let others = moved.iter().filter(|peer| peer.name != *name);
        db.see_peers(others.cloned().collect()).await?;
    }
    told.extend(moved.into_iter().map(|peer| (peer.name.clone(), peer)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(backup: &str, whole: bool) -> Restored {
        Restored {
            at: Timestamp::MIN,
            backup: backup.to_owned(),
            whole,
            detail: String::new(),
        }
    }

    #[test]
    fn work_goes_on_only_after_a_restore_of_everything() {
        let both = |one, two| BTreeMap::from([("order", one), ("payment", two)]);
        let (monday, tuesday) = (mark("monday", true), mark("tuesday", true));
        assert!(is_whole(&both(monday.clone(), monday.clone()), 2));
        assert!(!is_whole(&both(monday.clone(), monday.clone()), 3));
        assert!(!is_whole(&both(monday.clone(), tuesday), 2));
        let partial = mark("monday", false);
        assert!(!is_whole(&both(partial.clone(), partial), 2));
        let by_hand = mark("", true);
        assert!(!is_whole(&both(by_hand.clone(), by_hand), 2));
        assert!(is_whole(&BTreeMap::new(), 2));
        assert!(!is_whole(&BTreeMap::from([("order", monday)]), 2));
    }
}
