//! Two processes of the order service on one Postgres database: they share the work, one is killed in the middle, the other
//! takes over what it had, and every order is decided once.

#![expect(clippy::disallowed_methods, reason = "buyers are no part of the suite")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use stoa_api::Call;
use stoa_api::order::v1::{OrderState, PlaceOrderRequest};
use stoa_store::Place;
use stoa_testkit::{Doors, eventually};
use stoa_types::{Ids, SystemIds};

use sqlx::postgres::PgPool;
use tokio::task::JoinHandle;

use crate::services::{Deployment, get};
use crate::shop::{place, quote};

/// Who orders at the same time, and how often each.
const BUYERS: usize = 8;
const ORDERS: usize = 8;

/// Orders that are under way in the process that dies.
const SLOW: usize = 4;

/// The database of the order service, as both processes and this test reach it.
async fn database(deployment: &Deployment) -> (String, PgPool) {
    let config = stoa_testdb::server_config("order", deployment.path());
    let Place::Server(url) = config.place else {
        panic!("a database on a server");
    };
    let url = url.expose().to_owned();
    (url.clone(), PgPool::connect(&url).await.unwrap())
}

async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// Asks one process after the other until one answers; the same request, so that nothing is done twice.
async fn asked<C: Call + Clone>(doors: &[Doors], message: C) -> C::Response {
    let turn = AtomicUsize::new(0);
    eventually("an answer of either process", || {
        let turn = turn.fetch_add(1, Ordering::Relaxed) % doors.len();
        let (ann, message) = (doors[turn].guest("ann"), message.clone());
        async move { ann.call(message).await.ok() }
    })
    .await
}

/// Orders one mug with this token at whichever process answers; the id of the order.
async fn order_one(doors: &[Doors], token: &str) -> String {
    let quoted = asked(doors, quote("default", &[("MUG", 1)])).await;
    let quote_id = quoted.quote.unwrap().quote_id;
    let request = PlaceOrderRequest {
        request_id: SystemIds.uuid().simple().to_string(),
        ..place(&quote_id, token)
    };
    asked(doors, request).await.order.unwrap().order_id
}

/// Everybody orders, one half begins at the one process and the other half at the other.
async fn crowd(doors: Vec<Doors>, done: &'static AtomicUsize) -> Vec<String> {
    let buyers = (0..BUYERS).map(|buyer| {
        let mut doors = doors.clone();
        if buyer % 2 == 1 {
            doors.reverse();
        }
        tokio::spawn(async move {
            let mut ids = Vec::new();
            for _ in 0..ORDERS {
                ids.push(order_one(&doors, "tok_approve").await);
                done.fetch_add(1, Ordering::Relaxed);
            }
            ids
        })
    });
    let ids = futures::future::try_join_all(buyers).await.unwrap();
    ids.concat()
}

/// Starts orders at one process that will not be decided soon, and waits until it works on them.
async fn under_way(doors: &[Doors], pool: &PgPool) -> Vec<JoinHandle<String>> {
    let slow = (0..SLOW).map(|_| {
        let doors = doors.to_vec();
        tokio::spawn(async move { order_one(&doors, "tok_slow").await })
    });
    let slow = slow.collect();
    eventually("work in the process that dies", || async {
        let live =
            "SELECT count(*) FROM workflow WHERE status = 'LIVE' AND kind = 'order.checkout'";
        let enough = i64::try_from(SLOW).unwrap();
        (count(pool, live).await >= enough).then_some(())
    })
    .await;
    slow
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_database_lose_no_order() {
    static DONE: AtomicUsize = AtomicUsize::new(0);
    let deployment = Deployment::start();
    let (url, pool) = database(&deployment).await;
    let settings = [
        ("STOA_DATABASE__SERVICES__ORDER", url.as_str()),
        ("STOA_WORKFLOW__LEASE", "2s"),
    ];
    let mut first = deployment.order("order-1", &settings);
    let second = deployment.order("order-2", &settings);
    deployment.stock("MUG", 1_000).await;

    let doors = vec![(*first).clone(), (*second).clone()];
    let buying = tokio::spawn(crowd(doors.clone(), &DONE));
    eventually("a third of the orders", || async {
        (DONE.load(Ordering::Relaxed) * 3 >= BUYERS * ORDERS).then_some(())
    })
    .await;
    let slow = under_way(&doors, &pool).await;
    first.kill();
    let mut ids = buying.await.unwrap();
    ids.extend(futures::future::try_join_all(slow).await.unwrap());
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(
        distinct.len(),
        BUYERS * ORDERS + SLOW,
        "each made one order"
    );

    let every = i64::try_from(BUYERS * ORDERS + SLOW).unwrap();
    eventually("the end of all work", || async {
        let live = "SELECT count(*) FROM workflow WHERE status <> 'DONE'";
        (count(&pool, live).await == 0).then_some(())
    })
    .await;
    for id in &ids {
        let order = get(&second, id).await.unwrap();
        assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
        let payments = deployment.payments(id).await;
        assert_eq!(payments.len(), 1, "{id}");
        let taken = payments[0].captured.clone().unwrap().minor_units;
        assert_eq!(taken, 250, "{id}");
    }
    let confirmed =
        "SELECT count(*) FROM event_log WHERE event_type = 'stoa.order.v1.OrderConfirmed'";
    assert_eq!(count(&pool, confirmed).await, every, "each decided once");
    let level = deployment.level("MUG").await;
    assert_eq!((level.allocated, level.held), (every, 0));
    let shared = "SELECT count(DISTINCT runner) FROM workflow WHERE fence = 1";
    assert!(count(&pool, shared).await >= 2, "both worked");
    let adopted = "SELECT count(*) FROM workflow WHERE fence > 1";
    assert!(count(&pool, adopted).await >= 1, "and one took over");
    told(&pool).await;

    // It comes back as another incarnation, and works.
    first.restart();
    let id = order_one(&[(*first).clone()], "tok_approve").await;
    let order = get(&second, &id).await.unwrap();
    assert_eq!(order.state(), OrderState::Confirmed);
}

/// Everything that happened has got its position, each one alone and none left out.
async fn told(pool: &PgPool) {
    eventually("positions of all events", || async {
        let left = "SELECT count(*) FROM event_unplaced";
        (count(pool, left).await == 0).then_some(())
    })
    .await;
    let events = count(pool, "SELECT count(*) FROM event_log").await;
    let places = count(pool, "SELECT count(DISTINCT seq) FROM event_position").await;
    let last = count(pool, "SELECT max(position) FROM event_position").await;
    assert_eq!((places, last), (events, events));
}
