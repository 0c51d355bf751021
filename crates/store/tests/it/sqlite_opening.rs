//! Which databases are opened and which are refused.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, Statement};
use sqlx::Executor;
use stoa_store::{Durability, FolderLock, Migration, Options, StoreError, sea_orm};
use tempfile::TempDir;

use crate::support::{LEDGER, intruder, open};

const NOTES: Migration = Migration {
    component: "ledger",
    version: 2,
    name: "notes",
    sqlite: "CREATE TABLE note (text TEXT NOT NULL) STRICT",
    postgres: "",
};

/// Makes a table and then works for ever.
const ENDLESS: Migration = Migration {
    component: "ledger",
    version: 2,
    name: "endless",
    sqlite: "CREATE TABLE half (text TEXT NOT NULL) STRICT;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    postgres: "",
};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn weaker_durability_is_refused() {
    for durability in [Durability::Off, Durability::Normal] {
        let folder = folder();
        let options = Options {
            durability,
            ..Options::default()
        };
        let ended = open(folder.path(), options, vec![LEDGER]).await;
        if cfg!(feature = "crash-points") {
            assert!(ended.is_ok());
        } else {
            assert!(matches!(
                ended,
                Err(StoreError::Durability {
                    setting: "synchronous",
                    ..
                })
            ));
        }
    }
}

#[tokio::test]
async fn a_database_is_opened_once() {
    let folder = folder();
    let first = open(folder.path(), Options::default(), vec![LEDGER])
        .await
        .unwrap();
    let second = open(folder.path(), Options::default(), vec![LEDGER]).await;
    assert!(matches!(second, Err(StoreError::Locked { .. })));
    std::fs::write(folder.path().join("from-the-parent"), "").unwrap();
    let child = child(&folder, "sqlite_opening::a_child_is_refused")
        .wait()
        .unwrap();
    assert!(child.success(), "another process opened it too");
    first.close().await;
    open(folder.path(), Options::default(), vec![LEDGER])
        .await
        .unwrap();
}

#[test]
fn a_folder_is_locked_as_a_whole() {
    let folder = folder();
    let first = FolderLock::folder(folder.path()).unwrap();
    assert!(matches!(
        FolderLock::folder(folder.path()),
        Err(StoreError::Locked { .. })
    ));
    drop(first);
    FolderLock::folder(folder.path()).unwrap();
}

/// Runs in the child process of [`a_database_is_opened_once`] alone.
#[tokio::test]
#[ignore = "a part of another test"]
async fn a_child_is_refused() {
    let here = std::path::Path::new(".");
    if here.join("from-the-parent").exists() {
        let ended = open(here, Options::default(), vec![LEDGER]).await;
        assert!(matches!(ended, Err(StoreError::Locked { .. })));
    }
}

/// Runs in the child process of [`a_kill_in_mid_migration_leaves_nothing`] alone.
#[tokio::test]
#[ignore = "a part of another test"]
async fn a_child_migrates_for_ever() {
    let here = std::path::Path::new(".");
    if here.join("from-the-parent").exists() {
        let _ = open(here, Options::default(), vec![LEDGER, ENDLESS]).await;
    }
}

fn child(folder: &TempDir, test: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", test])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

async fn count(folder: &TempDir, query: &str) -> Option<i64> {
    let url = format!(
        "sqlite://{}?mode=ro",
        folder.path().join("ledger.db").display()
    );
    let db = Database::connect(url).await.ok()?;
    let statement = Statement::from_string(db.get_database_backend(), query);
    let row = db.query_one_raw(statement).await.ok()??;
    row.try_get_by_index(0).ok()
}

async fn is_being_written(folder: &TempDir) -> bool {
    let mut other = intruder(folder.path()).await;
    let begun = other.execute("BEGIN IMMEDIATE").await;
    begun.is_err()
}

#[tokio::test]
async fn a_kill_in_mid_migration_leaves_nothing() {
    let folder = folder();
    std::fs::write(folder.path().join("from-the-parent"), "").unwrap();
    let mut child = child(&folder, "sqlite_opening::a_child_migrates_for_ever");
    let first = "SELECT count(*) FROM stoa_migrations WHERE component = 'ledger'";
    let begun = tokio::time::timeout(Duration::from_secs(30), async {
        // The first migration stands and somebody writes: that is the second.
        while count(&folder, first).await != Some(1) || !is_being_written(&folder).await {
            tokio::task::yield_now().await;
        }
    });
    begun.await.unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let half = "SELECT count(*) FROM sqlite_schema WHERE name = 'half'";
    assert_eq!(count(&folder, half).await, Some(0));
    let db = open(folder.path(), Options::default(), vec![LEDGER, NOTES])
        .await
        .unwrap();
    assert!(
        db.query("SELECT text FROM note", &())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(count(&folder, half).await, Some(0));
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing() {
    let folder = folder();
    let wrong = Migration {
        sqlite: "CREATE TABLE half (text TEXT) STRICT; INSERT INTO nowhere VALUES (1)",
        ..NOTES
    };
    let ended = open(folder.path(), Options::default(), vec![LEDGER, wrong]).await;
    assert!(matches!(
        ended,
        Err(StoreError::Migrate {
            component: "ledger",
            version: 2,
            ..
        })
    ));
    let half = "SELECT count(*) FROM sqlite_schema WHERE name = 'half'";
    assert_eq!(count(&folder, half).await, Some(0));
    open(folder.path(), Options::default(), vec![LEDGER, NOTES])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = folder();
    let newer = open(folder.path(), Options::default(), vec![LEDGER, NOTES])
        .await
        .unwrap();
    newer.close().await;
    let older = open(folder.path(), Options::default(), vec![LEDGER]).await;
    assert!(matches!(
        older,
        Err(StoreError::NewerSchema {
            found: 2,
            known: 1,
            ..
        })
    ));
    let stranger = open(folder.path(), Options::default(), vec![]).await;
    assert!(matches!(
        stranger,
        Err(StoreError::NewerSchema { known: 0, .. })
    ));
    open(folder.path(), Options::default(), vec![LEDGER, NOTES])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_migration_is_never_changed_or_skipped() {
    let folder = folder();
    let db = open(folder.path(), Options::default(), vec![LEDGER, NOTES])
        .await
        .unwrap();
    db.close().await;
    let changed = Migration {
        sqlite: "CREATE TABLE note (text TEXT) STRICT",
        ..NOTES
    };
    let ended = open(folder.path(), Options::default(), vec![LEDGER, changed]).await;
    assert!(matches!(
        ended,
        Err(StoreError::Checksum { version: 2, .. })
    ));
    let gap = Migration {
        version: 4,
        ..NOTES
    };
    let ended = open(folder.path(), Options::default(), vec![LEDGER, NOTES, gap]).await;
    assert!(matches!(
        ended,
        Err(StoreError::Sequence { version: 4, .. })
    ));
}

#[tokio::test]
async fn the_incarnation_changes_by_a_restore_alone() {
    let folder = folder();
    let db = open(folder.path(), Options::default(), vec![LEDGER])
        .await
        .unwrap();
    let first = db.incarnation().await.unwrap();
    db.close().await;
    let db = open(folder.path(), Options::default(), vec![LEDGER])
        .await
        .unwrap();
    assert_eq!(db.incarnation().await.unwrap(), first);
    db.renew_incarnation().await.unwrap();
    assert_ne!(db.incarnation().await.unwrap(), first);
}
