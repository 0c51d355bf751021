//! Copies that are taken while their databases are written are of one moment, and come back marked.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use stoa_store::backup::{self, BackupError, Copied, Source, Target};
use stoa_store::{AcknowledgeRestore, Db, Options, PeerSeen, Place, Restored};
use stoa_types::{Clock, SystemClock};
use tokio::runtime::Handle;

use crate::support::{LEDGER, Shop, call};

async fn open(name: &str, folder: &Path) -> Shop {
    let db = Db::open_with(
        stoa_testdb::config(name, folder),
        Options::default(),
        vec![LEDGER],
        Arc::new(SystemClock),
        Handle::current(),
    );
    Shop {
        db: db.await.unwrap(),
        folder: tempfile::tempdir().unwrap(),
    }
}

fn place(name: &str, folder: &Path) -> Place {
    stoa_testdb::config(name, folder).place
}

fn source(name: &str, folder: &Path) -> Source {
    Source {
        name: name.to_owned(),
        place: place(name, folder),
        head: Some("SELECT CAST(7 AS bigint) AS head"),
    }
}

fn mark() -> Restored {
    Restored {
        at: SystemClock.now(),
        backup: "monday".to_owned(),
        whole: true,
        detail: "from monday".to_owned(),
    }
}

async fn put_back(copy: &Copied, from: &Path, folder: &Path) -> Result<(), BackupError> {
    let target = Target {
        copy: copy.clone(),
        place: place(&copy.name, folder),
        mark: Some(mark()),
    };
    backup::restore(&target, from).await
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_are_of_one_moment_while_everything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (caller, callee) = (
        open("caller", folder.path()).await,
        open("callee", folder.path()).await,
    );
    // There is something to read in the first copy too.
    caller.receive(1).await;
    callee.receive(1).await;
    let done = AtomicBool::new(false);
    // Whoever calls has written first; whoever is called never knows more.
    let working = async {
        while !done.load(Ordering::SeqCst) {
            caller.receive(1).await;
            callee.receive(1).await;
        }
    };
    let sources = [
        source("caller", folder.path()),
        source("callee", folder.path()),
    ];
    let copying = async {
        for _ in 0..4 {
            let to = tempfile::tempdir().unwrap();
            let taken = backup::take(&sources, to.path()).await.unwrap();
            assert!(taken.held.as_millis() <= 600, "{:?}", taken.held);
            backup::verify(&taken.copies, to.path()).unwrap();
            let back = tempfile::tempdir().unwrap();
            let mut units = Vec::new();
            for copy in &taken.copies {
                put_back(copy, to.path(), back.path()).await.unwrap();
                let shop = open(&copy.name, back.path()).await;
                units.push(shop.available().await);
                shop.db.close().await;
            }
            let ahead = units[0] - units[1];
            assert!(ahead == 0 || ahead == 1, "{units:?}");
        }
        done.store(true, Ordering::SeqCst);
    };
    futures::join!(working, copying);
}

#[tokio::test]
async fn what_came_back_is_another_and_marked_until_somebody_has_checked_it() {
    let folder = tempfile::tempdir().unwrap();
    let shop = open("shop", folder.path()).await;
    shop.receive(5).await;
    let before = shop.db.incarnation().await.unwrap();
    assert_eq!(shop.db.restored().await.unwrap(), None);
    let to = tempfile::tempdir().unwrap();
    let sources = [source("shop", folder.path())];
    let taken = backup::take(&sources, to.path()).await.unwrap();
    let copy = &taken.copies[0];
    assert_eq!(copy.stands.incarnation, before.to_string());
    assert_eq!((copy.stands.position, copy.stands.schema["ledger"]), (7, 1));
    shop.receive(1).await;
    shop.db.close().await;

    // Over what stands there, and a second time.
    for _ in 0..2 {
        put_back(copy, to.path(), folder.path()).await.unwrap();
    }
    let shop = open("shop", folder.path()).await;
    assert_eq!(shop.available().await, 5);
    assert_ne!(shop.db.incarnation().await.unwrap(), before);
    let found = shop.db.restored().await.unwrap().unwrap();
    assert_eq!(found.backup, "monday");
    let queue = shop.db.queue(AcknowledgeRestore);
    queue
        .submit(&call("k", 1), "shop".to_owned())
        .await
        .unwrap();
    assert_eq!(shop.db.restored().await.unwrap(), None);
}

#[tokio::test]
async fn a_damaged_copy_is_not_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let shop = open("shop", folder.path()).await;
    shop.receive(5).await;
    let to = tempfile::tempdir().unwrap();
    let sources = [source("shop", folder.path())];
    let taken = backup::take(&sources, to.path()).await.unwrap();
    let file = to.path().join(&taken.copies[0].file);
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let found = backup::verify(&taken.copies, to.path());
    assert!(
        matches!(found, Err(BackupError::Damaged { .. })),
        "{found:?}"
    );
    shop.db.close().await;
    let put = put_back(&taken.copies[0], to.path(), folder.path()).await;
    assert!(matches!(put, Err(BackupError::Damaged { .. })), "{put:?}");
    // What stood there still stands.
    assert_eq!(open("shop", folder.path()).await.available().await, 5);
}

#[tokio::test]
async fn what_was_seen_of_a_peer_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let shop = open("shop", folder.path()).await;
    let seen = |position| PeerSeen {
        name: "other".to_owned(),
        incarnation: uuid::Uuid::from_u128(7),
        position,
    };
    assert!(shop.db.peers_seen().await.unwrap().is_empty());
    for position in [3, 9] {
        shop.db.see_peers(vec![seen(position)]).await.unwrap();
    }
    assert_eq!(shop.db.peers_seen().await.unwrap(), [seen(9)]);
}
