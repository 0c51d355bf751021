//! An instance of inventory that is killed again and again while buyers call it and another one. Whoever gets no answer calls again
//! under his key, wherever somebody listens: what he sees in all of that is linearisable too.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use stoa_store::Engine;
use stoa_testkit::eventually;

use crate::crowd::{Crowd, Desk};
use crate::instance::{Instance, Reach};
use crate::luck::{self, Luck};
use crate::record::length;

/// Listens until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that is killed in the test below"]
async fn child() {
    let instance = Instance::start(Path::new(".")).await;
    instance.announce(Path::new("."));
    std::future::pending::<()>().await;
}

fn start(folder: &Path) -> Child {
    Reach::forget(folder);
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::child", "--ignored"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Starts and kills it until told to end; how often.
async fn lives(folder: &Path, desk: &Desk, mut luck: Luck, until: Instant) -> u32 {
    let mut kills = 0;
    while kills == 0 || Instant::now() < until {
        let mut child = start(folder);
        let reach = eventually("an instance that listens", || async { Reach::over(folder) });
        desk.set(Some(reach.await));
        let life = Duration::from_millis(luck.up_to(1_200).unsigned_abs());
        tokio::time::sleep(life).await;
        child.kill().unwrap();
        child.wait().unwrap();
        desk.set(None);
        kills += 1;
    }
    kills
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_buyers_see_of_an_instance_that_dies() {
    if stoa_testdb::engine() == Engine::Sqlite {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(folder.path()).await;
    let (seed, length) = (luck::seed(), length());
    let other = Desk::default();
    let desks = vec![Desk::of(instance.reach()), other.clone()];
    let mut crowd = Crowd::gather(desks, seed).await;
    let until = Instant::now() + length;
    let (answers, kills) = futures::join!(
        crowd.rounds(length),
        lives(folder.path(), &other, Luck::of(seed, 1_000), until),
    );
    eprintln!("seed {seed}: {answers} answers, {kills} deaths");
    assert!(answers > 20, "{answers} answers are no history");
    instance.sound().await;
    instance.stop().await;
}
