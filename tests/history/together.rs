//! Several instances of inventory on one database: hot skus in opposite order, overdue holds, the same keys and references at once.
//! Nobody waits in a circle, nothing is sold twice, and the books sum up; also when an instance is killed again and again.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::future::join_all;
use sqlx::{Connection, Executor, Row};
use stoa_api::inventory::v1::*;
use stoa_rpc::client;
use stoa_store::{Engine, Place};
use stoa_types::{ChannelId, FulfillmentId, Ids, OrderId, SystemIds};

use crate::instance::Instance;
use crate::luck::{self, Luck};
use crate::record::length;

/// Hot skus, all in nearly every call.
const SKUS: [&str; 6] = ["CUP", "JUG", "MUG", "PAN", "POT", "URN"];
/// Callers of one instance.
const CALLERS: u64 = 12;

/// One who calls an instance without looking at the answers: what matters is what the database is made to do.
struct Hand<'i> {
    instance: &'i Instance,
    luck: Luck,
    /// Numbers of orders and receipts are drawn from few, so that both instances get the same ones at once.
    names: i64,
}

impl Hand<'_> {
    /// Skus of a call, in either order, mostly all of them.
    fn skus(&mut self) -> Vec<&'static str> {
        let mut skus = SKUS.to_vec();
        if self.luck.up_to(2) == 1 {
            skus.reverse();
        }
        let kept = usize::try_from(self.luck.up_to(6)).unwrap();
        skus.truncate(kept.max(2));
        skus
    }

    fn demand(&mut self) -> Vec<HoldDemand> {
        let skus = self.skus();
        let lines = skus.into_iter().map(|sku| HoldDemand {
            sku: sku.to_owned(),
            quantity: 1,
        });
        lines.collect()
    }

    fn name(&mut self) -> String {
        let names = self.names;
        self.luck.up_to(names).to_string()
    }

    async fn work(mut self, until: Instant) -> u64 {
        let mut calls = 0;
        while Instant::now() < until {
            calls += 1;
            match self.luck.up_to(8) {
                1..=4 => self.buy().await,
                5 => self.receive().await,
                6 => self.count().await,
                7 => self.come_back().await,
                _ => self.before_it_comes().await,
            }
        }
        calls
    }

    /// A hold that is released, left to expire, or promised and then shipped or taken back.
    async fn buy(&mut self) {
        let mut order = self.instance.order();
        let owner = OrderId::new(&SystemIds).to_string();
        let ttl = (self.luck.up_to(4) == 1).then_some(prost_types::Duration {
            seconds: 1,
            nanos: 0,
        });
        let request = CreateHoldRequest {
            request_id: format!("{owner}/hold/1"),
            owner: owner.clone(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            lines: self.demand(),
            ttl,
            ..CreateHoldRequest::default()
        };
        let Some(answer) = self.told(order.create_hold(request).await) else {
            return;
        };
        let hold_id = answer.hold.unwrap().hold_id;
        if ttl.is_some() {
            return;
        }
        if self.luck.up_to(3) == 1 {
            let release = ReleaseHoldRequest {
                request_id: format!("{owner}/release/1"),
                undoes_request_id: format!("{owner}/hold/1"),
                owner,
                reason: String::new(),
            };
            let _ = self.told(order.release_hold(release).await);
            return;
        }
        let allocate = AllocateHoldRequest {
            request_id: format!("{owner}/allocate/1"),
            hold_id: hold_id.clone(),
        };
        if self.told(order.allocate_hold(allocate).await).is_none() {
            return;
        }
        if self.luck.up_to(2) == 1 {
            let ship = ShipAllocationRequest {
                request_id: format!("{owner}/ship/1"),
                hold_id,
                reference: FulfillmentId::new(&SystemIds).to_string(),
            };
            let _ = self.told(order.ship_allocation(ship).await);
        } else {
            let cancel = ReleaseAllocationRequest {
                request_id: format!("{owner}/cancel/1"),
                hold_id,
                reason: String::new(),
            };
            let _ = self.told(order.release_allocation(cancel).await);
        }
    }

    /// The hold and its release race: whoever comes first leaves the row that the other one finds.
    async fn before_it_comes(&mut self) {
        let owner = OrderId::new(&SystemIds).to_string();
        let request = CreateHoldRequest {
            request_id: format!("{owner}/hold/1"),
            owner: owner.clone(),
            channel_id: ChannelId::new(&SystemIds).to_string(),
            lines: self.demand(),
            ..CreateHoldRequest::default()
        };
        let release = ReleaseHoldRequest {
            request_id: format!("{owner}/release/1"),
            undoes_request_id: format!("{owner}/hold/1"),
            owner,
            reason: String::new(),
        };
        let (mut one, mut other) = (self.instance.order(), self.instance.order());
        let (made, ended) = futures::join!(one.create_hold(request), other.release_hold(release));
        let (_, _) = (self.told(made), self.told(ended));
    }

    async fn receive(&mut self) {
        let lines = self.skus().into_iter().map(|sku| StockLine {
            sku: sku.to_owned(),
            quantity: 3,
        });
        let request = ReceiveStockRequest {
            request_id: key(),
            location: "main".to_owned(),
            lines: lines.collect(),
            reference: format!("in-{}", self.name()),
        };
        let answer = self.instance.staff().receive_stock(request).await;
        let _ = self.told(answer);
    }

    async fn count(&mut self) {
        let lines = self.skus().into_iter().map(|sku| StockAdjustment {
            sku: sku.to_owned(),
            delta: -1,
        });
        let request = AdjustStockRequest {
            request_id: key(),
            location: "main".to_owned(),
            lines: lines.collect(),
            reference: format!("count-{}", self.name()),
            reason: "count".to_owned(),
        };
        let answer = self.instance.staff().adjust_stock(request).await;
        let _ = self.told(answer);
    }

    async fn come_back(&mut self) {
        let request = ReturnStockRequest {
            request_id: key(),
            reference: format!("ret-{}", self.name()),
            lines: self.demand(),
            ..ReturnStockRequest::default()
        };
        let answer = self.instance.order().return_stock(request).await;
        let _ = self.told(answer);
    }

    /// A refusal is an answer; that something of ours broke is not.
    fn told<T>(&self, answer: Result<tonic::Response<T>, tonic::Status>) -> Option<T> {
        match answer.map_err(client::error) {
            Ok(answer) => Some(answer.into_inner()),
            Err(error) => {
                assert_ne!(error.kind, stoa_errors::Kind::Internal, "{error:?}");
                None
            }
        }
    }
}

fn key() -> String {
    SystemIds.uuid().to_string()
}

/// All hands on these instances for so long; how many calls they made.
async fn work(instances: &[Instance], seed: u64, length: Duration) -> u64 {
    let until = Instant::now() + length;
    let names = 40 + i64::try_from(length.as_secs()).unwrap() * 40;
    let hands = instances.iter().enumerate().flat_map(|(place, instance)| {
        (0..CALLERS).map(move |number| {
            let number = number + CALLERS * u64::try_from(place).unwrap();
            let luck = Luck::of(seed, number);
            Hand {
                instance,
                luck,
                names,
            }
        })
    });
    join_all(hands.map(|hand| hand.work(until)))
        .await
        .iter()
        .sum()
}

/// What the server has counted in the database of this folder, asked when all of its connections are closed: deadlocks.
async fn deadlocks(folder: &Path) -> i64 {
    let config = stoa_testdb::config("inventory", folder);
    let Place::Server(url) = config.place else {
        return 0;
    };
    let mut connection = sqlx::PgConnection::connect(url.expose()).await.unwrap();
    let text = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let row = sqlx::query(text).fetch_one(&mut connection).await.unwrap();
    row.get(0)
}

/// No unit is kept or promised that does not lie there, except as a count has left it.
async fn nothing_is_oversold(instance: &Instance) {
    instance.sound().await;
    let request = ListStockLevelsRequest::default();
    let answer = instance.staff().list_stock_levels(request).await.unwrap();
    let levels = answer.into_inner().stock_levels;
    assert_eq!(levels.len(), SKUS.len());
    for level in levels {
        let promised = level.allocated + level.held;
        assert!(level.on_hand + level.shortfall >= promised, "{level:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hot_skus_in_opposite_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut instances = vec![Instance::start(folder.path()).await];
    if stoa_testdb::engine() == Engine::Postgres {
        instances.push(Instance::start(folder.path()).await);
    }
    let seed = luck::seed();
    let calls = work(&instances, seed, length()).await;
    let retries: f64 = instances
        .iter()
        .map(|one| one.figure("stoa_store_retries_total"))
        .sum();
    eprintln!("seed {seed}: {calls} calls, {retries} transactions were tried again");
    nothing_is_oversold(&instances[0]).await;
    for instance in instances {
        instance.stop().await;
    }
    assert_eq!(deadlocks(folder.path()).await, 0);
}

/// The count above sees a circle when there is one.
#[tokio::test]
async fn a_circle_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let Place::Server(url) = stoa_testdb::config("inventory", folder.path()).place else {
        return;
    };
    let mut one = sqlx::PgConnection::connect(url.expose()).await.unwrap();
    let mut other = sqlx::PgConnection::connect(url.expose()).await.unwrap();
    let lock =
        |number: &str| sqlx::AssertSqlSafe(format!("SELECT pg_advisory_xact_lock({number})"));
    for (connection, number) in [(&mut one, "1"), (&mut other, "2")] {
        connection.execute("BEGIN").await.unwrap();
        connection.execute(lock(number)).await.unwrap();
    }
    let ended = futures::join!(one.execute(lock("2")), other.execute(lock("1")));
    assert!(ended.0.is_err() != ended.1.is_err());
    one.close().await.unwrap();
    other.close().await.unwrap();
    assert_eq!(deadlocks(folder.path()).await, 1);
}

/// One more instance, in a process of its own, until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that is killed in the test below"]
async fn child() {
    let instances = [Instance::start(Path::new(".")).await];
    work(&instances, luck::seed(), Duration::from_secs(3_600)).await;
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "together::child", "--ignored"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What a killed instance had locked is free when its connections are; the other one goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_is_killed() {
    if stoa_testdb::engine() == Engine::Sqlite {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let instances = [Instance::start(folder.path()).await];
    let (seed, length) = (luck::seed(), length());
    let until = Instant::now() + length;
    let mut luck = Luck::of(seed, 1_000);
    let killing = async {
        let mut kills = 0;
        while Instant::now() < until {
            let mut other = start(folder.path());
            let life = Duration::from_millis(luck.up_to(1_500).unsigned_abs() + 300);
            tokio::time::sleep(life).await;
            other.kill().unwrap();
            other.wait().unwrap();
            kills += 1;
        }
        kills
    };
    let (calls, kills) = futures::join!(work(&instances, seed, length), killing);
    eprintln!("seed {seed}: {calls} calls beside {kills} lives of another instance");
    assert!(calls > 0 && kills > 0);
    let [instance] = instances;
    nothing_is_oversold(&instance).await;
    instance.stop().await;
    assert_eq!(deadlocks(folder.path()).await, 0);
}
