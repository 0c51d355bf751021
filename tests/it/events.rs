//! `stoa events` against a running suite, one of whose consumers is deaf for a while.

use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use serde_json::Value;
use stoa_api::catalog::v1::{CreateProductRequest, ListProductsRequest, Product, Variant};
use stoa_api::inventory::v1::{AdjustStockRequest, StockAdjustment};
use stoa_api::ops::v1::{GetLagRequest, ListAuditEntriesRequest};
use stoa_chassis::{Deps, Module, Mounted, NothingToAudit};
use stoa_config::Settings;
use stoa_errors::{Error, Kind};
use stoa_events::{ConsumeError, Consumer, Envelope, Mode};
use stoa_store::{Migration, Tx};
use stoa_testkit::{Builder, Client, Suite, Way, binary, eventually};
use tokio::task::JoinSet;

use crate::shop::Shop;

static HEARS: AtomicBool = AtomicBool::new(false);

/// A service that listens to the catalogue and hears nothing, until it is healed.
struct Deaf;

impl Module for Deaf {
    const NAME: &'static str = "deaf";
    const CALLS: &'static [&'static str] = &[];

    fn migrations() -> Vec<Migration> {
        Vec::new()
    }

    fn mount(_: Deps, _: Settings) -> BoxFuture<'static, anyhow::Result<Mounted>> {
        let mut mounted = Mounted::new(Arc::new(NothingToAudit));
        mounted.consumers.push(Arc::new(Self));
        Box::pin(std::future::ready(Ok(mounted)))
    }
}

impl Consumer for Deaf {
    fn name(&self) -> &'static str {
        "deaf.products"
    }

    fn listens(&self) -> &[&'static str] {
        &["stoa.catalog.v1.*"]
    }

    fn mode(&self) -> Mode {
        Mode::Strict
    }

    fn handle<'a>(
        &'a self,
        _: &'a Tx,
        _: &'a [Envelope],
    ) -> BoxFuture<'a, Result<(), ConsumeError>> {
        let error = Error::new(Kind::FailedPrecondition, "DEAF", "not for these ears");
        let ended = match HEARS.load(Ordering::SeqCst) {
            true => Ok(()),
            false => Err(ConsumeError::Poison(error)),
        };
        Box::pin(std::future::ready(ended))
    }
}

/// `stoa events ..` on this suite.
fn events(suite: &Suite, arguments: &[&str]) -> Output {
    let data = suite.data().to_str().unwrap();
    let mut command = Command::new(binary());
    command.arg("events").args(arguments).args(["--data", data]);
    command.output().unwrap()
}

/// The same with `--format json`: its exit status, and the object on the last line.
fn asked(suite: &Suite, arguments: &[&str]) -> (i32, Value) {
    let output = events(suite, &[arguments, &["--format", "json"]].concat());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = text.lines().last();
    let last = last.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (
        output.status.code().unwrap(),
        serde_json::from_str(last).unwrap(),
    )
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Makes products, and waits until their events are dead letters.
async fn products(suite: &Suite, skus: &[&str]) {
    for sku in skus {
        let variant = Variant {
            sku: (*sku).to_owned(),
            ..Default::default()
        };
        let product = Product {
            title: format!("A {sku}"),
            variants: vec![variant],
            ..Default::default()
        };
        let create = CreateProductRequest {
            request_id: format!("make-{sku}"),
            product: Some(product),
        };
        suite.staff().call(create).await.unwrap();
    }
    let wanted = i64::try_from(skus.len()).unwrap();
    let lag = GetLagRequest {
        service: "deaf".to_owned(),
    };
    eventually("dead letters", || async {
        let lag = suite.staff().call(lag.clone()).await.unwrap();
        (lag.consumers[0].poison == wanted).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_could_not_be_applied_is_listed_replayed_and_given_up() {
    let suite = Builder::new(stoa::suite().with::<Deaf>()).start().await;
    products(&suite, &["CUP", "MUG", "TILE"]).await;

    let (status, lag) = asked(&suite, &["lag", "--service", "deaf"]);
    assert_eq!(status, 0);
    let held = &lag["services"][0]["consumers"][0];
    assert_eq!(
        (&held["consumer"], &held["poison"]),
        (&"deaf.products".into(), &3.into())
    );
    let everywhere = String::from_utf8(events(&suite, &["lag"]).stdout).unwrap();
    for name in [
        "catalog",
        "inventory",
        "order",
        "catalog.stock",
        "deaf.products",
    ] {
        assert!(everywhere.contains(name), "{everywhere}");
    }

    let (_, listed) = asked(&suite, &["dead-letters", "--state", "poison"]);
    let letters = listed["dead_letters"].as_array().unwrap();
    assert_eq!((&listed["count"], letters.len()), (&3.into(), 3));
    let ids: Vec<&str> = letters
        .iter()
        .map(|one| one["event_id"].as_str().unwrap())
        .collect();
    let (_, shown) = asked(&suite, &["show", ids[0]]);
    assert_eq!(shown["event_type"], "stoa.catalog.v1.ProductChanged");
    assert_eq!(shown["payload"]["productId"], shown["aggregate_id"]);
    assert!(
        shown["last_error"].as_str().unwrap().contains("DEAF"),
        "{shown}"
    );

    // Nothing has changed: it stays, and the tool says what to do next.
    let (status, still) = asked(&suite, &["replay", ids[0]]);
    assert_eq!(
        (status, &still["applied"], &still["left"]),
        (1, &0.into(), &1.into())
    );
    let text = events(&suite, &["replay", ids[0]]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("stoa events discard"), "{text}");

    HEARS.store(true, Ordering::SeqCst);
    let (status, done) = asked(&suite, &["replay", ids[0], "--reason", "it hears again"]);
    assert_eq!(
        (status, &done["applied"], &done["left"]),
        (0, &1.into(), &0.into())
    );
    let gone = events(&suite, &["replay", ids[0]]);
    assert_eq!(gone.status.code(), Some(1));
    let why = said(&gone);
    assert!(
        why.contains("DEAD_LETTER_NOT_FOUND") && why.contains("stoa events dead-letters"),
        "{why}"
    );

    let bare = events(&suite, &["discard", ids[1]]);
    assert_eq!(bare.status.code(), Some(64), "{}", said(&bare));
    let (status, discarded) = asked(&suite, &["discard", ids[1], "--reason", "never existed"]);
    assert_eq!((status, &discarded["left"]), (0, &0.into()));
    let (_, given_up) = asked(&suite, &["dead-letters", "--state", "discarded"]);
    assert_eq!(
        given_up["dead_letters"][0]["discard_reason"],
        "never existed"
    );
    assert_eq!(
        given_up["dead_letters"][0]["discard_actor"],
        "staff:operator"
    );
    audited(&suite).await;
    suite.stop().await;
}

/// Who did it and why is on record.
async fn audited(suite: &Suite) {
    let list = ListAuditEntriesRequest {
        service: "deaf".to_owned(),
        ..Default::default()
    };
    let entries = suite.staff().call(list).await.unwrap().entries;
    for (rpc, reason) in [
        ("DiscardDeadLetter", "never existed"),
        ("ReplayDeadLetters", "it hears again"),
    ] {
        let found = entries.iter().find(|entry| {
            entry.action.ends_with(rpc) && entry.reason == reason && entry.outcome == "DONE"
        });
        assert_eq!(found.unwrap().actor, "staff:operator");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_somebody_has_missed_is_published_again() {
    let suite = Suite::start(stoa::suite()).await;
    let create = CreateProductRequest {
        request_id: "make".to_owned(),
        product: Some(Product {
            title: "A mug".to_owned(),
            variants: vec![Variant {
                sku: "MUG".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        }),
    };
    suite.staff().call(create).await.unwrap();
    let published = || async {
        let (_, lag) = asked(&suite, &["lag", "--service", "catalog"]);
        let log = &lag["services"][0];
        (log["published_position"] == 1 && log["waiting"] == 0).then_some(())
    };
    eventually("the event to be published", published).await;
    let republish = ["republish", "--service", "catalog", "--reason", "a test"];
    let (status, begun) = asked(&suite, &[&republish[..], &["--after", "0"]].concat());
    assert_eq!((status, &begun["after_position"]), (0, &0.into()));
    eventually("it to be published again", published).await;
    let ahead = events(&suite, &[&republish[..], &["--after", "9"]].concat());
    assert_eq!(ahead.status.code(), Some(1));
    assert!(
        said(&ahead).contains("EVENT_POSITION_AHEAD"),
        "{}",
        said(&ahead)
    );
    let negative = events(&suite, &[&republish[..], &["--after=-1"]].concat());
    assert_eq!(negative.status.code(), Some(64));
    suite.stop().await;
}

const SKUS: [&str; 6] = ["S0", "S1", "S2", "S3", "S4", "S5"];

/// Takes what there is of a sku, and brings some back, until told to stop; it ends with this many units.
async fn restless(staff: Client, sku: &'static str, stop: Arc<AtomicBool>, last: i64) {
    let mut units = 5;
    let mut turn = 0;
    loop {
        let done = stop.load(Ordering::SeqCst);
        let wanted = match (done, turn % 2) {
            (true, _) => last,
            (false, 0) => 0,
            (false, _) => 5,
        };
        turn += 1;
        if wanted != units {
            let line = StockAdjustment {
                sku: sku.to_owned(),
                delta: wanted - units,
            };
            let adjust = AdjustStockRequest {
                request_id: format!("{sku}-{turn}"),
                location: "main".to_owned(),
                lines: vec![line],
                reference: format!("{sku}-{turn}"),
                reason: "counted".to_owned(),
            };
            staff.call(adjust).await.unwrap();
            units = wanted;
        }
        if done {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_in_stock_is_built_anew_while_stock_moves() {
    let shop = Shop::open(Way::Grpc).await;
    for sku in SKUS {
        shop.stock("default", sku, 100, 5).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut moving = JoinSet::new();
    for (sku, last) in SKUS.into_iter().zip([0, 5, 0, 5, 0, 5]) {
        let staff = shop.suite.staff_by(Way::Grpc);
        moving.spawn(restless(staff, sku, Arc::clone(&stop), last));
    }
    let rebuild = ["rebuild", "catalog.stock", "--reason", "a test"];
    for _ in 0..3 {
        let (status, ended) = asked(&shop.suite, &rebuild);
        assert_eq!((status, &ended["done"]), (0, &true.into()), "{ended}");
    }
    stop.store(true, Ordering::SeqCst);
    while let Some(ended) = moving.join_next().await {
        ended.unwrap();
    }
    let (status, _) = asked(&shop.suite, &rebuild);
    assert_eq!(status, 0);
    eventually("the catalogue to have heard", || async {
        let (_, lag) = asked(&shop.suite, &["lag", "--service", "inventory"]);
        (lag["services"][0]["waiting"] == 0).then_some(())
    })
    .await;
    let list = ListProductsRequest {
        page_size: 50,
        ..Default::default()
    };
    let listed = shop.suite.nobody().call(list).await.unwrap().products;
    for (sku, last) in SKUS.into_iter().zip([0, 5, 0, 5, 0, 5]) {
        assert_eq!(shop.level(sku).await.available, last);
        let product = listed
            .iter()
            .find(|one| one.variants[0].sku == sku)
            .unwrap();
        assert_eq!(product.in_stock, last > 0, "{sku}");
    }
    let fixed = events(
        &shop.suite,
        &["rebuild", "order.payment_changed", "--reason", "a test"],
    );
    assert_eq!(fixed.status.code(), Some(1));
    assert!(
        said(&fixed).contains("PROJECTION_FIXED"),
        "{}",
        said(&fixed)
    );
    shop.close().await;
}
