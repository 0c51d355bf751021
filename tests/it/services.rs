//! Each service in a process of its own: an order goes through all five, only who has the deployment's secret is believed to be
//! a service, and one that is away is waited for.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use stoa_api::catalog::v1::{CreateProductRequest, Product, Variant};
use stoa_api::inventory::v1::inventory_internal_service_client::InventoryInternalServiceClient;
use stoa_api::inventory::v1::{
    GetHoldRequest, GetStockLevelRequest, ReceiveStockRequest, StockLevel, StockLine,
};
use stoa_api::order::v1::{AxisState, GetOrderRequest, Order, OrderState};
use stoa_api::payment::v1::{Payment, SearchPaymentsRequest};
use stoa_api::pricing::v1::{BatchSetPricesRequest, PriceEntry};
use stoa_api::type_::v1::UnitPrice;
use stoa_errors::{Error, Kind};
use stoa_rpc::{Peer, PeerSecret, client};
use stoa_testkit::{PATIENCE, SuiteProcess, binary, eventually};
use stoa_types::{HoldId, Ids, SystemIds};
use tempfile::TempDir;

use crate::shop::{place, quote};

/// What the services that call nobody are called.
pub(crate) const CALLED: [&str; 4] = ["catalog", "pricing", "inventory", "payment"];

/// The payment provider's stand-in as a process; it ends with the input that is held here.
#[derive(Debug)]
struct Provider {
    child: Child,
    url: String,
}

impl Provider {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(binary())
            .args(["sandbox", "--data"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.as_mut().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        let url = format!("http://{}", said["address"].as_str().unwrap());
        Self { child, url }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Four services that call nobody, the provider, and what a process of the order service needs to reach them.
pub(crate) struct Deployment {
    folder: TempDir,
    called: Vec<SuiteProcess>,
    provider: Provider,
}

impl Deployment {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let provider = Provider::start(&folder.path().join("sandbox"));
        let mut deployment = Self {
            folder,
            called: Vec::new(),
            provider,
        };
        for name in CALLED {
            let started = deployment.service(name, name, &[]);
            deployment.called.push(started);
        }
        deployment
    }

    /// The file with the secret of the deployment.
    fn secret_file(&self) -> PathBuf {
        self.folder.path().join("peers.secret")
    }

    /// Starts the service `name` in the folder `data` of the deployment.
    pub(crate) fn service(&self, name: &str, data: &str, more: &[(&str, &str)]) -> SuiteProcess {
        let secret = self.secret_file().display().to_string();
        let mut environment = vec![("STOA_PEERS__SECRET_FILE", secret.as_str())];
        if name == "payment" {
            environment.push(("STOA_PAYMENT__PROVIDER_URL", &self.provider.url));
        }
        environment.extend(more);
        SuiteProcess::service(name, &self.folder.path().join(data), &[], &environment)
    }

    /// Starts a process of the order service in the folder `data`.
    pub(crate) fn order(&self, data: &str, more: &[(&str, &str)]) -> SuiteProcess {
        let peers: Vec<(String, String)> = CALLED
            .iter()
            .zip(&self.called)
            .map(|(name, process)| {
                let variable = format!("STOA_PEERS__{}", name.to_uppercase());
                (variable, process.peers())
            })
            .collect();
        let mut environment = vec![("STOA_WORKFLOW__BACKOFF_CAP", "300ms")];
        environment.extend(peers.iter().map(|(name, at)| (name.as_str(), at.as_str())));
        environment.extend(more);
        self.service("order", data, &environment)
    }

    pub(crate) fn of(&self, name: &str) -> &SuiteProcess {
        let place = CALLED.iter().position(|called| *called == name).unwrap();
        &self.called[place]
    }

    pub(crate) fn of_mut(&mut self, name: &str) -> &mut SuiteProcess {
        let place = CALLED.iter().position(|called| *called == name).unwrap();
        &mut self.called[place]
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a product of one sku at 2.50, and so many units of it.
    pub(crate) async fn stock(&self, sku: &str, units: i64) {
        let create = CreateProductRequest {
            product: Some(Product {
                title: format!("Product {sku}"),
                variants: vec![Variant {
                    sku: sku.to_owned(),
                    ..Variant::default()
                }],
                ..Product::default()
            }),
            ..CreateProductRequest::default()
        };
        self.of("catalog").staff().call(create).await.unwrap();
        let price = PriceEntry {
            sku: sku.to_owned(),
            unit_price: Some(UnitPrice {
                currency_code: "GBP".to_owned(),
                micros: 2_500_000,
            }),
            ..PriceEntry::default()
        };
        let prices = BatchSetPricesRequest {
            channel: "default".to_owned(),
            prices: vec![price],
            ..BatchSetPricesRequest::default()
        };
        self.of("pricing").staff().call(prices).await.unwrap();
        let receive = ReceiveStockRequest {
            location: "main".to_owned(),
            reference: format!("delivery of {sku}"),
            lines: vec![StockLine {
                sku: sku.to_owned(),
                quantity: units,
            }],
            ..ReceiveStockRequest::default()
        };
        self.of("inventory").staff().call(receive).await.unwrap();
    }

    pub(crate) async fn level(&self, sku: &str) -> StockLevel {
        let request = GetStockLevelRequest {
            location: "main".to_owned(),
            sku: sku.to_owned(),
            ..GetStockLevelRequest::default()
        };
        let found = self.of("inventory").staff().call(request).await;
        found.unwrap().stock_level.unwrap()
    }

    pub(crate) async fn payments(&self, order_id: &str) -> Vec<Payment> {
        let request = SearchPaymentsRequest {
            order_id: order_id.to_owned(),
            ..SearchPaymentsRequest::default()
        };
        let found = self.of("payment").staff().call(request).await;
        found.unwrap().payments
    }
}

/// The order as Ann sees it at a process of the order service.
pub(crate) async fn get(order: &SuiteProcess, order_id: &str) -> Result<Order, Error> {
    let request = GetOrderRequest {
        order_id: order_id.to_owned(),
        ..GetOrderRequest::default()
    };
    let found = order.guest("ann").call(request).await?;
    Ok(found.order.unwrap())
}

/// Waits until the order is in a state.
async fn until(order: &SuiteProcess, order_id: &str, state: OrderState) -> Order {
    let mut last = None;
    for _ in 0..PATIENCE.as_millis() / 20 {
        let found = get(order, order_id).await.unwrap();
        if found.state() == state {
            return found;
        }
        last = Some(found);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it stays {last:?}; the process says\n{}", order.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_through_five_processes() {
    let deployment = Deployment::start();
    let order = deployment.order("order", &[]);
    deployment.stock("MUG", 10).await;
    let ann = order.guest("ann");
    let quoted = ann.call(quote("default", &[("MUG", 3)])).await.unwrap();
    let quote_id = quoted.quote.unwrap().quote_id;
    let placed = ann.call(place(&quote_id, "tok_approve")).await.unwrap();
    let order_id = placed.order.unwrap().order_id;
    until(&order, &order_id, OrderState::Confirmed).await;
    eventually("the money", || async {
        let found = get(&order, &order_id).await.unwrap();
        (found.charged_state() == AxisState::Full).then_some(())
    })
    .await;
    let taken = get(&order, &order_id).await.unwrap().captured;
    assert_eq!(taken.unwrap().minor_units, 750);
    let level = deployment.level("MUG").await;
    assert_eq!((level.on_hand, level.allocated, level.held), (10, 3, 0));
    let payments = deployment.payments(&order_id).await;
    assert_eq!(payments.len(), 1);
    assert_eq!(payments[0].order_id, order_id);

    // A refusal comes back as it does in one process.
    let quoted = ann.call(quote("default", &[("MUG", 1)])).await.unwrap();
    let quote_id = quoted.quote.unwrap().quote_id;
    let placed = ann.call(place(&quote_id, "tok_decline")).await.unwrap();
    let order_id = placed.order.unwrap().order_id;
    until(&order, &order_id, OrderState::Canceled).await;
    eventually("the end of its hold", || async {
        let level = deployment.level("MUG").await;
        ((level.allocated, level.held) == (3, 0)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_the_secret_is_a_service() {
    let deployment = Deployment::start();
    let inventory = deployment.of("inventory");
    let text = std::fs::read_to_string(deployment.secret_file()).unwrap();
    let mode = std::fs::metadata(deployment.secret_file()).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&mode.permissions());
    assert_eq!(mode & 0o777, 0o600);
    let secret = PeerSecret::new(text.trim()).unwrap();
    let wrong = PeerSecret::new(&"0123456789abcdef".repeat(4)).unwrap();
    let peers = || inventory.peers().parse().unwrap();
    let public = || {
        format!("http://{}", inventory.addresses().grpc)
            .parse()
            .unwrap()
    };
    let ask = async |peer: Peer| {
        let request = GetHoldRequest {
            hold: HoldId::new(&SystemIds).to_string(),
        };
        let mut inventory = InventoryInternalServiceClient::new(peer);
        client::error(inventory.get_hold(request).await.unwrap_err())
    };

    let known = ask(Peer::remote(peers(), "order").with_secret(&secret)).await;
    assert_eq!(known.reason, "HOLD_NOT_FOUND", "{known:?}");
    let staff = Peer::remote(peers(), "order").with_token(inventory.token());
    for (who, peer) in [
        ("nobody", Peer::remote(peers(), "order")),
        (
            "a wrong secret",
            Peer::remote(peers(), "order").with_secret(&wrong),
        ),
        ("the operator", staff.unwrap()),
        (
            "a public door",
            Peer::remote(public(), "order").with_secret(&secret),
        ),
    ] {
        let refused = ask(peer).await;
        assert_eq!(refused.kind, Kind::Unauthenticated, "{who}: {refused:?}");
        assert_eq!(refused.reason, "UNAUTHENTICATED", "{who}");
    }
    let other = ask(Peer::remote(peers(), "catalog").with_secret(&secret)).await;
    assert_eq!(other.reason, "PERMISSION_DENIED", "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_is_waited_for() {
    let mut deployment = Deployment::start();
    let mut order = deployment.order("order", &[]);
    deployment.stock("MUG", 10).await;
    let ann = order.guest("ann");
    let quoted = async || {
        let quoted = ann.call(quote("default", &[("MUG", 2)])).await;
        quoted.unwrap().quote.unwrap().quote_id
    };
    let (first, second) = (quoted().await, quoted().await);
    for (away, quote_id) in [("inventory", first), ("payment", second)] {
        deployment.of_mut(away).kill();
        let placed = ann.call(place(&quote_id, "tok_approve")).await.unwrap();
        let placed = placed.order.unwrap();
        assert_eq!(placed.state(), OrderState::Pending, "without {away}");
        if away == "payment" {
            // The process that waits may die meanwhile.
            order.kill();
            order.restart();
        }
        deployment.of_mut(away).restart();
        until(&order, &placed.order_id, OrderState::Confirmed).await;
    }
    eventually("both promises", || async {
        let level = deployment.level("MUG").await;
        ((level.allocated, level.held) == (4, 0)).then_some(())
    })
    .await;

    deployment.of_mut("catalog").kill();
    let ann = order.guest("ann");
    let refused = ann.call(quote("default", &[("MUG", 1)])).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Unavailable, "{refused:?}");
    assert!(
        refused
            .retry_after
            .is_some_and(|pause| pause > Duration::ZERO)
    );
}

/// Runs the order service's binary to its end.
fn stoa_order(arguments: &[&str]) -> Output {
    let binary = binary().with_file_name("stoa-order");
    Command::new(binary).args(arguments).output().unwrap()
}

#[test]
fn a_service_says_how_it_is_run_and_what_is_missing() {
    let help = stoa_order(&["--help"]);
    assert!(help.status.success());
    let text = String::from_utf8_lossy(&help.stdout);
    for name in CALLED {
        let variable = format!("STOA_PEERS__{}=http://", name.to_uppercase());
        assert!(text.contains(&variable), "{text}");
    }
    let folder = TempDir::new().unwrap();
    let data = folder.path().join(SystemIds.uuid().to_string());
    let alone = stoa_order(&["--data", data.to_str().unwrap()]);
    assert_eq!(alone.status.code(), Some(64));
    let said = String::from_utf8_lossy(&alone.stderr);
    for name in CALLED {
        assert!(said.contains(&format!("peers.{name}")), "{said}");
    }
    assert!(!data.exists(), "nothing was touched");
    let strange = stoa_order(&["--nope"]);
    assert_eq!(strange.status.code(), Some(64));
    let bad = stoa_order(&["--peers", "nowhere", "--data", data.to_str().unwrap()]);
    assert_eq!(bad.status.code(), Some(64));
    let said = String::from_utf8_lossy(&bad.stderr);
    assert!(said.contains("server.peers"), "{said}");
}
