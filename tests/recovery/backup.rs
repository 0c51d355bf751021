//! A backup under load, the loss of everything, a restore: all holds, and nothing is changed before somebody has looked.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::future::join_all;
use serde_json::Value;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use stoa_api::catalog::v1::ListProductsRequest;
use stoa_api::inventory::v1::{CreateLocationRequest, Location};
use stoa_api::ops::v1::ListAuditEntriesRequest;
use stoa_store::Engine;
use stoa_testkit::{Client, SuiteProcess, Way, binary, eventually};

use crate::shop::{place, quote, stock};

/// The settings that put the databases of `data` where this run's tests want them.
fn environment(data: &Path) -> Vec<(String, String)> {
    let settings = stoa_testkit::databases(data).into_iter();
    let named = settings.map(|(key, value)| {
        let key = key.to_uppercase().replace('.', "__");
        (format!("STOA_{key}"), value)
    });
    named.collect()
}

/// Runs `stoa` to its end, with the databases of `data` there.
async fn stoa(arguments: &[&str], data: &Path) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).envs(environment(data));
    let ended = tokio::task::spawn_blocking(move || command.output());
    ended.await.unwrap().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The JSON object on the last line of stdout.
fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}\n{text}", stderr(output));
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Takes a backup of a data folder.
async fn backup(data: &Path, to: &Path) -> Value {
    let arguments = ["backup", "--data", text(data), "--to", text(to)];
    let arguments = [&arguments[..], &["--format", "json"]].concat();
    json(&stoa(&arguments, data).await)
}

/// Puts it into another. The tests' own file says where databases are made on a server, so that folder is never empty.
async fn restore(from: &Path, data: &Path) -> Output {
    let mut arguments = vec!["restore", "--from", text(from), "--data", text(data)];
    if stoa_testdb::engine() == Engine::Postgres {
        arguments.push("--force");
    }
    arguments.extend(["--format", "json"]);
    stoa(&arguments, data).await
}

async fn after_restore(data: &Path, more: &[&str]) -> Output {
    let arguments = ["doctor", "--after-restore", "--data", text(data)];
    let arguments = [&arguments[..], &["--format", "json"], more].concat();
    stoa(&arguments, data).await
}

/// The reason for which a change is refused now; none: it is not.
async fn refused(staff: &Client, code: &str) -> Option<String> {
    let request = CreateLocationRequest {
        location: Some(Location {
            code: code.to_owned(),
            title: "A place".to_owned(),
            ..Location::default()
        }),
        ..CreateLocationRequest::default()
    };
    let refusal = staff.call(request).await.err();
    refusal.map(|error| error.reason.to_string())
}

/// Guests who order one piece after the other until they are told to stop, or nobody answers any more.
struct Crowd {
    sku: &'static str,
    guests: Vec<Client>,
    ordered: AtomicUsize,
    stop: AtomicBool,
}

impl Crowd {
    fn of(suite: &SuiteProcess, sku: &'static str) -> Self {
        let guest = |number| suite.guest_by(Way::Grpc, &format!("guest-{number}"));
        Self {
            sku,
            guests: (0..4).map(guest).collect(),
            ordered: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        }
    }

    async fn buy(&self) {
        join_all(self.guests.iter().map(|guest| self.buys(guest))).await;
    }

    async fn buys(&self, guest: &Client) {
        while !self.stop.load(Ordering::SeqCst) {
            let Ok(quoted) = guest.call(quote("default", &[(self.sku, 1)])).await else {
                return;
            };
            let order = place(&quoted.quote.unwrap().quote_id, "tok_approve");
            if guest.call(order).await.is_err() {
                return;
            }
            self.ordered.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Waits until so many more were accepted.
    async fn more(&self, count: usize) {
        let before = self.ordered.load(Ordering::SeqCst);
        eventually("orders", || async {
            (self.ordered.load(Ordering::SeqCst) >= before + count).then_some(())
        })
        .await;
    }

    fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

/// Orders of it are accepted, and those accepted are served.
async fn sells(suite: &SuiteProcess, sku: &'static str) {
    let crowd = Crowd::of(suite, sku);
    let selling = async {
        crowd.more(5).await;
        crowd.stop();
    };
    futures::join!(selling, crowd.buy());
}

/// What the staff did with a restore of order.
async fn acknowledged(suite: &SuiteProcess) -> Vec<String> {
    let request = ListAuditEntriesRequest {
        service: "order".to_owned(),
        subject: "order".to_owned(),
        ..ListAuditEntriesRequest::default()
    };
    let found = suite.staff_by(Way::Grpc).call(request).await.unwrap();
    found.entries.into_iter().map(|it| it.reason).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_comes_back_whole_and_is_checked_before_it_sells() {
    let folder = tempfile::tempdir().unwrap();
    let (data, back) = (folder.path().join("data"), folder.path().join("back"));
    let to = folder.path().join("backup");
    let mut suite = SuiteProcess::start(&data);
    let staff = suite.staff_by(Way::Grpc);
    stock(&staff, "default", "MUG", 1_250, 100_000).await;
    let crowd = Crowd::of(&suite, "MUG");
    let losing = async {
        crowd.more(20).await;
        let taken = backup(&data, &to).await;
        crowd.more(20).await;
        suite.kill();
        crowd.stop();
        taken
    };
    let (taken, ()) = futures::join!(losing, crowd.buy());
    let manifest = &taken["manifest"];
    assert_eq!(manifest["services"].as_array().unwrap().len(), 5);
    assert_eq!(manifest["provider"]["name"], "sandbox");
    assert!(!to.join("operator.token").exists());

    let restored = json(&restore(&to, &back).await);
    assert_eq!(restored["backup"], manifest["id"]);
    let suite = SuiteProcess::start(&back);
    let staff = suite.staff_by(Way::Grpc);
    let refusal = refused(&staff, "north").await;
    assert_eq!(refusal.as_deref(), Some("RESTORED_UNCHECKED"));
    let found = staff.call(ListProductsRequest::default()).await.unwrap();
    assert_eq!(found.products.len(), 1);
    let seen = json(&after_restore(&back, &[]).await);
    assert_eq!(seen["ok"], true);
    assert_eq!(seen["acknowledged"], true);
    assert_eq!(refused(&staff, "north").await, None);
    assert_eq!(acknowledged(&suite).await.len(), 1);

    sells(&suite, "MUG").await;
    let doctor = ["doctor", "--data", text(&back), "--format", "json"];
    assert_eq!(json(&stoa(&doctor, &back).await)["ok"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_is_refused_where_something_stands_and_can_be_killed_and_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut suite = SuiteProcess::start(&data);
    let to = folder.path().join("backup");
    backup(&data, &to).await;
    let again = ["backup", "--data", text(&data), "--to", text(&to)];
    let again = stoa(&again, &data).await;
    assert_eq!(again.status.code(), Some(64));
    assert!(stderr(&again).contains("is not empty"), "{again:?}");
    let put = ["restore", "--from", text(&to), "--data", text(&data)];
    let running = stoa(&put, &data).await;
    assert!(stderr(&running).contains("stop it first"), "{running:?}");
    suite.kill();
    let full = stoa(&put, &data).await;
    assert_eq!(full.status.code(), Some(64));
    assert!(stderr(&full).contains("--force"), "{full:?}");

    // As a restore leaves it that was killed in the middle.
    std::fs::write(data.join("restore.unfinished"), text(&to)).unwrap();
    let up = stoa(&["up", "--data", text(&data)], &data).await;
    assert_eq!(up.status.code(), Some(75));
    let said = format!("stoa restore --from {}", to.display());
    assert!(stderr(&up).contains(&said), "{up:?}");
    let put_again = stoa(&put, &data).await;
    assert!(put_again.status.success(), "{put_again:?}");
    assert!(!data.join("restore.unfinished").exists());

    // A damaged backup is refused before anything is touched.
    let manifest = to.join("manifest.json");
    let honest = std::fs::read_to_string(&manifest).unwrap();
    let wrong = honest.replacen("\"bytes\": ", "\"bytes\": 1", 1);
    std::fs::write(&manifest, wrong).unwrap();
    let force = [&put[..], &["--force"]].concat();
    let damaged = stoa(&force, &data).await;
    assert_eq!(damaged.status.code(), Some(64));
    let said = stderr(&damaged);
    assert!(said.contains("not what the manifest says"), "{said}");
    assert!(!data.join("restore.unfinished").exists());
    std::fs::remove_file(&manifest).unwrap();
    let none = stoa(&force, &data).await;
    assert!(stderr(&none).contains("is no backup"), "{none:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_leaves_nothing_that_starts_until_it_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let to = folder.path().join("backup");
    let mut suite = SuiteProcess::start(&data);
    backup(&data, &to).await;
    suite.kill();
    for (number, seen) in ["restore.unfinished", "order.db", "inventory.db"]
        .iter()
        .enumerate()
    {
        let back = folder.path().join(format!("back-{number}"));
        let mut killed = Command::new(binary());
        let killed = killed.args([
            "restore",
            "--force",
            "--from",
            text(&to),
            "--data",
            text(&back),
        ]);
        let mut killed = killed
            .envs(environment(&back))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // On a server the databases are no files: then it ends by itself.
        while !back.join(seen).exists() && killed.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        killed.kill().unwrap();
        killed.wait().unwrap();
        if back.join("restore.unfinished").exists() {
            let up = stoa(&["up", "--data", text(&back)], &back).await;
            assert_eq!(up.status.code(), Some(75), "{up:?}");
        }
        let again = [
            "restore",
            "--force",
            "--from",
            text(&to),
            "--data",
            text(&back),
        ];
        let again = stoa(&again, &back).await;
        assert!(again.status.success(), "{again:?}");
        let suite = SuiteProcess::start(&back);
        let seen = json(&after_restore(&back, &[]).await);
        assert_eq!(seen["acknowledged"], true);
        let refusal = refused(&suite.staff_by(Way::Grpc), "north").await;
        assert_eq!(refusal, None);
    }
}

/// One file is put back by hand, past every tool. (On a server that would be a dump of one database.)
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_older_than_its_peers_is_noticed() {
    if stoa_testdb::engine() == Engine::Postgres {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut suite = SuiteProcess::start(&data);
    suite.terminate();
    let file = data.join("inventory.db");
    let old = std::fs::read(&file).unwrap();
    suite.restart();
    let staff = suite.staff_by(Way::Grpc);
    stock(&staff, "default", "MUG", 1_250, 10).await;
    remembered(&data).await;
    suite.terminate();
    std::fs::write(&file, old).unwrap();
    suite.restart();

    let staff = suite.staff_by(Way::Grpc);
    let refusal = refused(&staff, "north").await;
    assert_eq!(refusal.as_deref(), Some("RESTORED_UNCHECKED"));
    let accepting = ["--acknowledge", "the goods were counted"];
    let accepted = after_restore(&data, &accepting).await;
    let said = String::from_utf8_lossy(&accepted.stdout);
    assert!(said.contains("taken back by other means"), "{said}");
    assert!(said.contains("restored_together"), "{said}");
    let accepted = json(&accepted);
    assert_eq!(accepted["ok"], false);
    assert_eq!(accepted["acknowledged"], true);
    assert_eq!(refused(&staff, "north").await, None);
    // Durable work, which waited, goes on.
    stock(&staff, "default", "CUP", 400, 100).await;
    sells(&suite, "CUP").await;
}

/// Waits until the others remember how far inventory is.
async fn remembered(data: &Path) {
    let file = data.join("order.db");
    eventually("what order remembers of inventory", || async {
        let options = SqliteConnectOptions::new().filename(&file);
        let mut order = options.read_only(true).connect().await.unwrap();
        let query = "SELECT coalesce(max(position), 0) FROM stoa_peer WHERE name = 'inventory'";
        let seen = sqlx::query_scalar(query).fetch_one(&mut order).await;
        let seen: i64 = seen.unwrap();
        (seen > 0).then_some(())
    })
    .await;
}
