//! Which life of a database this is, and what it remembers of the lives of its peers.
//!
//! A peer remembers the incarnation with the position to which the log had come. A restore takes the log back in
//! time under the same positions, so it changes the incarnation and leaves a mark ([`Restored`]): until somebody has
//! compared the database with its peers and taken the mark away ([`AcknowledgeRestore`]), it takes no changes. A log
//! that is behind what a peer remembers, under the same incarnation, was taken back by hand.

use serde::{Deserialize, Serialize};
use stoa_types::Timestamp;
use uuid::Uuid;

use crate::{Apply, BoxFuture, Db, Member, Outcome, Sql, StoreError, Tx, sql};

const READ: Sql = Sql::neutral("SELECT incarnation FROM stoa_database");
const RENEW: Sql = sql!("incarnation_renew");
const RESTORED: Sql = Sql::neutral("SELECT restored FROM stoa_database");
const MARK: Sql = sql!("restored_mark");
const ACKNOWLEDGE: Sql = Sql::neutral("UPDATE stoa_database SET restored = NULL");
const REMEMBERED: Sql = Sql::neutral("SELECT name, incarnation, position FROM stoa_peer");
const REMEMBER: Sql = sql!("peers_remember");

/// The mark of a database that came back from a backup, or whose log went back by other ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// When it came back, or was found to have gone back.
    pub at: Timestamp,
    /// The id of the backup; empty: it went back by other ways.
    pub backup: String,
    /// Whether the backup holds every service and the provider's books, all of one moment: then the suite stands as
    /// after a power cut at that moment, and may go on with its durable work.
    pub whole: bool,
    /// What is known about it, in one sentence.
    pub detail: String,
}

/// How far a peer's log was in which of its lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerSeen {
    /// The peer.
    pub name: String,
    /// Its incarnation.
    pub incarnation: Uuid,
    /// The last position that its log had given.
    pub position: i64,
}

#[derive(Serialize)]
struct SeenRow<'a> {
    name: &'a str,
    incarnation: String,
    position: i64,
}

impl Db {
    /// The id that a restore changes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn incarnation(&self) -> Result<Uuid, StoreError> {
        match self.query_one(READ, &()).await? {
            Some(row) => row.get("incarnation"),
            None => Err(StoreError::Contract("the database has no incarnation")),
        }
    }

    /// Makes it another.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn renew_incarnation(&self) -> Result<(), StoreError> {
        self.write("store.incarnation.renew", |tx| {
            Box::pin(async move { tx.execute(RENEW, &()).await.map(|_| ()) })
        })
        .await
    }

    /// The mark of a restore that nobody has checked; none: it takes changes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn restored(&self) -> Result<Option<Restored>, StoreError> {
        let row = self.query_one(RESTORED, &()).await?;
        let row = row.ok_or(StoreError::Contract("the database has no incarnation"))?;
        let Some(text) = row.get::<Option<String>>("restored")? else {
            return Ok(None);
        };
        let read = serde_json::from_str(&text).map_err(|source| StoreError::Json {
            what: "the mark of a restore",
            source,
        });
        read.map(Some)
    }

    /// Leaves the mark, under a new incarnation.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn mark_restored(&self, mark: Restored) -> Result<(), StoreError> {
        self.write("store.restored.mark", move |tx| {
            let mark = mark.clone();
            Box::pin(async move { tx.execute(MARK, &mark).await.map(|_| ()) })
        })
        .await
    }

    /// What was remembered of the peers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn peers_seen(&self) -> Result<Vec<PeerSeen>, StoreError> {
        let rows = self.query(REMEMBERED, &()).await?;
        let each = rows.iter().map(|row| {
            Ok(PeerSeen {
                name: row.get("name")?,
                incarnation: row.get("incarnation")?,
                position: row.get("position")?,
            })
        });
        each.collect()
    }

    /// Remembers how far these peers are.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn see_peers(&self, peers: Vec<PeerSeen>) -> Result<(), StoreError> {
        if peers.is_empty() {
            return Ok(());
        }
        self.write("store.peers.see", move |tx| {
            let rows: Vec<SeenRow<'_>> = peers
                .iter()
                .map(|peer| SeenRow {
                    name: &peer.name,
                    incarnation: peer.incarnation.simple().to_string(),
                    position: peer.position,
                })
                .collect();
            let document = serde_json::to_value(rows);
            Box::pin(async move {
                let document = document.map_err(|source| StoreError::Json {
                    what: "what is remembered of peers",
                    source,
                })?;
                tx.execute(REMEMBER, &document).await.map(|_| ())
            })
        })
        .await
    }
}

/// The command that takes the mark away: from then on the database takes changes. Where there is no mark it does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct AcknowledgeRestore;

impl Apply for AcknowledgeRestore {
    /// The name of the service.
    type Command = String;
    type Answer = ();
    const NAME: &'static str = "store.restore.acknowledge";

    fn weight(&self, _: &String) -> usize {
        1
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<String>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<()>>, StoreError>> {
        Box::pin(async move {
            tx.execute(ACKNOWLEDGE, &()).await?;
            let done = |member: &Member<String>| Outcome::Done {
                resource: member.command.clone(),
                answer: (),
            };
            Ok(members.iter().map(done).collect())
        })
    }
}
