//! Histories of inventory alone: on SQLite one instance, on Postgres two on one database. Builds that forget a rule are caught.

use std::time::Duration;

use stoa_store::Engine;

use crate::crowd::{Crowd, Desk};
use crate::instance::Instance;
use crate::luck;
use crate::record::length;

/// As many as the engine allows to be useful.
async fn instances(folder: &std::path::Path) -> Vec<Instance> {
    let mut instances = vec![Instance::start(folder).await];
    if stoa_testdb::engine() == Engine::Postgres {
        instances.push(Instance::start(folder).await);
    }
    instances
}

fn desks(instances: &[Instance]) -> Vec<Desk> {
    let reaches = instances.iter().map(Instance::reach);
    reaches.map(Desk::of).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_buyers_see_is_linearisable() {
    let folder = tempfile::tempdir().unwrap();
    let instances = instances(folder.path()).await;
    let seed = luck::seed();
    let mut crowd = Crowd::gather(desks(&instances), seed).await;
    let answers = crowd.rounds(length()).await;
    eprintln!("seed {seed}: {answers} answers");
    assert!(answers > 100, "{answers} answers are no history");
    for instance in instances {
        instance.sound().await;
        instance.stop().await;
    }
}

/// Rounds until one is wrong; then it ends as a test that failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process with a mutant in the tests below"]
async fn mutant() {
    let folder = tempfile::tempdir().unwrap();
    let instances = instances(folder.path()).await;
    let mut crowd = Crowd::gather(desks(&instances), luck::seed()).await;
    for round in 1..=ROUNDS {
        if let Err(wrong) = crowd.round(Duration::from_secs(1)).await {
            panic!("caught in round {round}: {wrong}");
        }
    }
}

/// Rounds of a second within which a mutant must be caught.
const ROUNDS: u32 = 20;

#[cfg(feature = "crash-points")]
mod mutants {
    use std::process::Command;

    use super::*;

    /// Runs the crowd against a build that forgets this rule; what it says when it is caught.
    fn caught(mutant: &str) -> String {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "alone::mutant", "--ignored", "--nocapture"])
            .env("STOA_MUTANT", mutant)
            .output()
            .unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        let said = said.into_owned();
        assert_eq!(
            output.status.code(),
            Some(101),
            "{mutant} is not caught: {said}"
        );
        assert!(said.contains("caught in round"), "{mutant}: {said}");
        said
    }

    /// Every buyer decides on the rows as they were before his batch.
    #[test]
    fn a_batch_that_does_not_see_itself() {
        let said = caught("inventory.blind_batch");
        assert!(said.contains("not linearisable"), "{said}");
    }

    /// What another transaction decides on the same rows at the same time is not waited for. SQLite has no row locks to forget.
    #[test]
    fn rows_that_are_not_locked() {
        if stoa_testdb::engine() == Engine::Postgres {
            let said = caught("inventory.no_row_lock");
            assert!(said.contains("not linearisable"), "{said}");
        }
    }

    /// Whoever knows the key of a hold ends it.
    #[test]
    fn holds_that_nobody_owns() {
        let said = caught("inventory.hold.ownerless");
        assert!(said.contains("not linearisable"), "{said}");
    }
}
