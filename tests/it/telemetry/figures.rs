//! Each figure of `/metrics` moves when it should, and stands in docs/guides/metrics.md.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use stoa_api::catalog::v1::{CreateProductRequest, ListProductsRequest, Product, Variant};
use stoa_api::inventory::v1::{ReceiveStockRequest, StockLine};
use stoa_api::ops::v1::GetInfoRequest;
use stoa_api::order::v1::order_service_client::OrderServiceClient;
use stoa_api::order::v1::{OrderState, WatchOrderRequest};
use stoa_testkit::{Builder, Doors, TestClock, Way, eventually};

use super::page::Page;
use super::sales;
use crate::shop::{Shop, place};

const GUIDE: &str = include_str!("../../../docs/guides/metrics.md");

/// What a figure is called, which of its series are meant, and by how much they grow.
pub(super) type Growth<'a> = (&'a str, &'a [(&'a str, &'a str)], f64);

/// A suite whose figures are looked at.
pub(super) struct Desk {
    pub(super) shop: Shop,
    clock: TestClock,
}

impl Desk {
    async fn open() -> Self {
        let clock = TestClock::default();
        let suite = Builder::new(stoa::suite())
            .clock(clock.clone())
            // An answer that never comes is waited for so long: time to look at what waits with it.
            .set("payment.timeout", "5s")
            .set("payment.sweep_every", "100ms")
            .set("workflow.housekeeping", "50ms")
            .start()
            .await;
        let shop = Shop::on(suite, Way::Grpc);
        Self { shop, clock }
    }

    pub(super) async fn page(&self) -> Page {
        Page::read(&self.shop.suite.metrics().await)
    }

    /// Waits until the page is as it should become.
    async fn until(&self, what: &str, is: impl Fn(&Page) -> bool) -> Page {
        let found = eventually(what, || async { Some(self.page().await).filter(&is) });
        match tokio::time::timeout(Duration::from_secs(10), found).await {
            Ok(page) => page,
            Err(_) => panic!("waited in vain for {what}: {}", self.page().await),
        }
    }

    /// Waits until each figure stands so much higher than before.
    pub(super) async fn grew(&self, before: &Page, figures: &[Growth<'_>]) {
        for (name, labels, by) in figures {
            let wanted = before.sum(name, labels) + by;
            let what = format!("{name}{labels:?} to be {wanted}");
            self.until(&what, |page| same(page.sum(name, labels), wanted))
                .await;
        }
    }
}

fn same(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6
}

#[tokio::test(flavor = "multi_thread")]
async fn each_figure_moves_and_stands_in_the_guide() {
    let desk = Desk::open().await;
    calls(&desk).await;
    batches(&desk).await;
    sales::sold(&desk).await;
    sales::refused(&desk).await;
    sales::credited(&desk).await;
    behind(&desk).await;
    parked(&desk).await;
    strangers(&desk).await;
    process(&desk).await;
    guide(&desk.page().await);
    desk.shop.close().await;
}

/// Rate, errors and duration of an RPC, through both doors.
async fn calls(desk: &Desk) {
    let before = desk.page().await;
    let (nobody, rest) = (desk.shop.suite.nobody(), desk.shop.suite.rest());
    nobody.call(ListProductsRequest::default()).await.unwrap();
    assert!(rest.get("/v1/products").await.status.is_success());
    let refused = nobody.call(GetInfoRequest {}).await;
    assert_eq!(Doors::reason(refused), "UNAUTHENTICATED");
    let list = [
        ("rpc_service", "stoa.catalog.v1.CatalogService"),
        ("rpc_method", "ListProducts"),
    ];
    let [service, method] = list;
    let info = ("rpc_method", "GetInfo");
    let requests = "rpc_server_requests_total";
    let took = "rpc_server_duration_seconds_count";
    desk.grew(
        &before,
        &[
            (requests, &[service, method, ("rpc_code", "OK")], 2.0),
            (took, &list, 2.0),
            (requests, &[info, ("rpc_code", "UNAUTHENTICATED")], 1.0),
            (requests, &[info, ("rpc_code", "OK")], 0.0),
        ],
    )
    .await;
    let spent = desk
        .page()
        .await
        .sum("rpc_server_duration_seconds_sum", &list);
    assert!(spent > 0.0 && spent < 30.0, "{spent} s for two lists");
}

/// Writes that come together share transactions; each commit is timed.
async fn batches(desk: &Desk) {
    let before = desk.page().await;
    let many = 16_u8;
    let made = (0..many).map(|number| {
        let product = Product {
            title: format!("Cup {number}"),
            variants: vec![Variant {
                sku: format!("CUP-{number}"),
                ..Variant::default()
            }],
            ..Product::default()
        };
        desk.shop.staff.call(CreateProductRequest {
            product: Some(product),
            ..CreateProductRequest::default()
        })
    });
    for made in join_all(made).await {
        made.unwrap();
    }
    let by = [("db", "catalog"), ("command", "catalog.create_product")];
    desk.grew(
        &before,
        &[("stoa_store_batch_size_sum", &by, f64::from(many))],
    )
    .await;
    let after = desk.page().await;
    let grown =
        |name: &str, labels: &[(&str, &str)]| after.sum(name, labels) - before.sum(name, labels);
    let transactions = grown("stoa_store_batch_size_count", &by);
    assert!(
        (1.0..=f64::from(many)).contains(&transactions),
        "{transactions}"
    );
    let db = [("db", "catalog")];
    let commits = grown("stoa_store_commits_total", &db);
    let timed = grown("stoa_store_commit_duration_seconds_count", &db);
    assert!(
        commits >= transactions && same(commits, timed),
        "{commits} {timed}"
    );
    assert!(grown("stoa_store_commit_duration_seconds_sum", &db) > 0.0);
}

/// The relay: events are counted when they are out, and how many are not is seen on the way.
async fn behind(desk: &Desk) {
    let db = [("db", "inventory")];
    let before = desk.page().await;
    let published = "stoa_events_published_total";
    let waiting = "stoa_events_waiting";
    let mut deliveries = 0;
    eventually("events that wait", || {
        deliveries += 1;
        let receive = ReceiveStockRequest {
            location: "main".to_owned(),
            reference: format!("delivery {deliveries}"),
            lines: vec![StockLine {
                sku: "MUG".to_owned(),
                quantity: 1,
            }],
            ..ReceiveStockRequest::default()
        };
        async {
            desk.shop.staff.call(receive).await.unwrap();
            (desk.page().await.sum(waiting, &db) > 0.0).then_some(())
        }
    })
    .await;
    let wanted = before.sum(published, &db) + f64::from(deliveries);
    desk.until("all of them to be out", |page| {
        page.sum(published, &db) >= wanted && same(page.sum(waiting, &db), 0.0)
    })
    .await;
}

/// An order whose payment nobody knows of: durable work that waits, and grows old.
async fn parked(desk: &Desk) {
    let quote = desk.shop.quote("", "MUG", 1).await;
    let mut order = place(&quote.quote_id, "tok_timeout_then_succeed");
    order.request_id = "parked".to_owned();
    let mut request = tonic::Request::new(order);
    request.set_timeout(Duration::from_secs(1));
    let ann = desk.shop.suite.guest("ann");
    let placed = OrderServiceClient::new(ann.clone())
        .place_order(request)
        .await
        .unwrap();
    let order = placed.into_inner().order.unwrap();
    assert_eq!(order.state(), OrderState::Pending);

    let checkout = [("service", "order"), ("kind", "order.checkout")];
    let [service, kind] = checkout;
    let live = [service, kind, ("status", "LIVE")];
    let (rows, age) = ("stoa_workflow_rows", "stoa_workflow_age_seconds");
    desk.until("work that waits", |page| {
        page.sum(rows, &live) >= 1.0 && page.sum(age, &checkout) > 0.0
    })
    .await;
    desk.clock.advance(Duration::from_secs(30));
    let page = desk.until("it to be older", |page| page.sum(age, &checkout) >= 30.0);
    assert!(page.await.sum(age, &checkout) < 60.0);

    // The call to payment is in flight, and who watches the order is too.
    let flying = "rpc_server_in_flight";
    let watch = WatchOrderRequest {
        order_id: order.order_id.clone(),
        ..WatchOrderRequest::default()
    };
    let watched = ann.stream(watch).await.unwrap();
    let before = desk
        .until("calls in flight", |page| page.sum(flying, &[]) >= 2.0)
        .await;
    drop(watched);
    desk.shop
        .until(&order.order_id, "its payment to be known", |order| {
            order.state() == OrderState::Confirmed
        })
        .await;
    desk.until("no work of that kind", |page| {
        same(page.sum(rows, &live), 0.0) && same(page.sum(age, &checkout), 0.0)
    })
    .await;
    let runs = "stoa_workflow_run_duration_seconds_count";
    let finished = [service, kind, ("outcome", "finished")];
    let unknown = [("kind", "AUTHORIZE"), ("outcome", "UNKNOWN")];
    desk.grew(
        &before,
        &[
            (runs, &finished, 1.0),
            ("stoa_payment_operations_total", &unknown, 1.0),
        ],
    )
    .await;
    desk.until("none in flight", |page| same(page.sum(flying, &[]), 0.0))
        .await;
}

/// Money at the provider that our books know nothing of.
async fn strangers(desk: &Desk) {
    let before = desk.page().await;
    let provider = desk.shop.suite.provider().unwrap();
    let authorization = json!({
        "reference": "somebody else's",
        "token": "tok_approve",
        "amount_minor": 100,
        "currency": "GBP",
    });
    let made = reqwest::Client::new()
        .post(format!("http://{provider}/v1/authorizations"))
        .header("idempotency-key", "somebody else's")
        .json(&authorization)
        .send()
        .await
        .unwrap();
    assert!(made.status().is_success(), "{made:?}");
    eventually("the sweep to find it", || async {
        desk.clock.advance(Duration::from_secs(1));
        let found = desk.page().await.sum(
            "stoa_payment_discrepancies_total",
            &[("problem", "STRANGER")],
        );
        same(found, 1.0).then_some(())
    })
    .await;
    assert!(
        !before
            .families()
            .contains_key("stoa_payment_discrepancies_total")
    );
}

/// The process itself: what it uses is seen, and more when it uses more.
async fn process(desk: &Desk) {
    let before = desk.page().await;
    let resident = "process_resident_memory_bytes";
    let megabyte = 1024.0 * 1024.0;
    let used = before.sum(resident, &[]);
    assert!((10.0..4_096.0).contains(&(used / megabyte)), "{used}");
    let block = vec![1_u8; 128 << 20];
    let after = desk.page().await;
    assert!(
        after.sum(resident, &[]) - used > 64.0 * megabyte,
        "{used} and then {}",
        after.sum(resident, &[])
    );
    assert!(block.iter().all(|byte| *byte == 1));
    assert!(after.sum("process_peak_resident_memory_bytes", &[]) >= used);
    assert!(after.sum("process_cpu_seconds_total", &[]) > 0.0);
    assert!(after.sum("process_threads", &[]) >= 2.0);
    assert!(after.sum("process_open_fds", &[]) >= 5.0);
}

/// The guide and the page say the same: families, kinds and labels.
fn guide(page: &Page) {
    let mut told = BTreeMap::new();
    for line in GUIDE.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells[1].trim_matches('`').to_owned();
        let mut labels: Vec<&str> = cells[4]
            .split(',')
            .map(|label| label.trim().trim_matches('`'))
            .filter(|label| !label.is_empty())
            .collect();
        labels.sort_unstable();
        told.insert(name, (cells[2].to_owned(), labels.join(",")));
    }
    let ours = |name: &str| {
        ["stoa_", "rpc_", "process_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    let mut shown = BTreeMap::new();
    for (name, kind) in page.families().iter().filter(|(name, _)| ours(name)) {
        let labels: Vec<&str> = page.labels(name).into_iter().collect();
        shown.insert(name.clone(), (kind.clone(), labels.join(",")));
    }
    assert_eq!(
        shown, told,
        "the page on the left, docs/guides/metrics.md on the right"
    );
}
