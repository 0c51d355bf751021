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

use crate::services::{Deployment, get};
use crate::shop::{place, quote};

/// Who orders at the same time, and how often each.
const BUYERS: usize = 8;
const ORDERS: usize = 8;

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

/// Orders one mug at whichever process answers; the id of the order.
async fn order_one(doors: &[Doors]) -> String {
    let quoted = asked(doors, quote("default", &[("MUG", 1)])).await;
    let quote_id = quoted.quote.unwrap().quote_id;
    let request = PlaceOrderRequest {
        request_id: SystemIds.uuid().simple().to_string(),
        ..place(&quote_id, "tok_approve")
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
                ids.push(order_one(&doors).await);
                done.fetch_add(1, Ordering::Relaxed);
            }
            ids
        })
    });
    let ids = futures::future::try_join_all(buyers).await.unwrap();
    ids.concat()
}

/// Waits until both processes have work that cannot end while the payment service is away.
async fn both_under_way(pool: &PgPool) {
    eventually("work that waits in both processes", || async {
        let waiting = "SELECT count(DISTINCT runner) FROM workflow WHERE status = 'LIVE' AND attempt > 0 \
                       AND kind = 'order.checkout'";
        (count(pool, waiting).await == 2).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_database_lose_no_order() {
    static DONE: AtomicUsize = AtomicUsize::new(0);
    let mut deployment = Deployment::start();
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
    deployment.of_mut("payment").kill();
    both_under_way(&pool).await;
    first.kill();
    deployment.of_mut("payment").restart();
    let ids = buying.await.unwrap();
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), BUYERS * ORDERS, "each made one order");

    let every = i64::try_from(BUYERS * ORDERS).unwrap();
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
    let id = order_one(&[(*first).clone()]).await;
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
