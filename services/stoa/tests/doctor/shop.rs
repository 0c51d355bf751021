//! A shop in which everything has happened once, and the doctor's visit.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use stoa_api::catalog::v1::{CreateProductRequest, Product, Variant};
use stoa_api::convert::to_timestamp;
use stoa_api::inventory::v1::{ReceiveStockRequest, StockLine};
use stoa_api::order::v1::{
    CancelOrderRequest, CreateCreditRequest, CreateFulfillmentRequest, CreateStaffQuoteRequest,
    CreditItem, CreditState, GetOrderRequest, ImportOrderRequest, ImportReturnRequest,
    LineQuantity, Order, OrderState, ReturnState, ShipFulfillmentRequest, StaffQuoteItem,
};
use stoa_api::pricing::v1::{
    BatchSetPricesRequest, CaptureMode, Channel, CreateChannelRequest, PriceEntry,
};
use stoa_api::type_::v1::UnitPrice;
use stoa_testkit::{Builder, Caller, Suite, eventually};
use stoa_types::{Clock, SystemClock};
use tempfile::TempDir;

/// The channel whose money is taken at once.
const SHOP: &str = "shop";
/// The channel whose money is taken on shipment.
const LATER: &str = "later";

/// The ids of what happened.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    /// Paid, not shipped.
    pub(crate) open: String,
    /// Money reserved, not taken; not shipped.
    pub(crate) reserved: String,
    /// Paid and shipped.
    pub(crate) shipped: String,
    /// Shipped, and a part of it came back.
    pub(crate) returned: String,
    /// Canceled after it was paid.
    pub(crate) canceled: String,
    /// Refused: the payment was declined.
    pub(crate) declined: String,
    /// A credit that was paid out.
    pub(crate) credit: String,
}

/// A suite in this process on a folder that outlives it.
pub(crate) async fn start(folder: &Path) -> Suite {
    Builder::new(stoa::suite()).data(folder).start().await
}

/// Lets everything happen in a new folder; the suite has ended.
pub(crate) async fn fill() -> (TempDir, Shop) {
    let folder = TempDir::new().unwrap();
    let suite = start(folder.path()).await;
    let shop = happen(&suite.staff()).await;
    suite.stop().await;
    (folder, shop)
}

async fn happen(staff: &Caller) -> Shop {
    open(staff).await;
    let order = |reference, channel, token| order(staff, reference, channel, token);
    let open = order("open", SHOP, "tok_approve").await;
    let reserved = order("reserved", LATER, "tok_approve").await;
    let shipped = ship(staff, order("shipped", SHOP, "tok_approve").await).await;
    let returned = ship(staff, order("returned", LATER, "tok_approve").await).await;
    let canceled = order("canceled", SHOP, "tok_approve").await;
    let declined = order("declined", SHOP, "tok_decline").await;
    assert_eq!(declined.state(), OrderState::Canceled);
    take_back(staff, &returned).await;
    cancel(staff, &canceled).await;
    Shop {
        credit: credit(staff).await,
        open: open.order_id,
        reserved: reserved.order_id,
        shipped: shipped.order_id,
        returned: returned.order_id,
        canceled: canceled.order_id,
        declined: declined.order_id,
    }
}

/// Channels, a product of two variants, prices and stock.
async fn open(staff: &Caller) {
    for (code, capture) in [
        (SHOP, CaptureMode::AtOnce),
        (LATER, CaptureMode::OnShipment),
    ] {
        let channel = Channel {
            code: code.to_owned(),
            title: code.to_owned(),
            currency_code: "GBP".to_owned(),
            country_code: "GB".to_owned(),
            capture_mode: capture.into(),
            ..Channel::default()
        };
        let request = CreateChannelRequest {
            channel: Some(channel),
            ..CreateChannelRequest::default()
        };
        staff.call(request).await.unwrap();
    }
    let variants = ["mug", "mug-blue"].map(|sku| Variant {
        sku: sku.to_owned(),
        title: sku.to_owned(),
        ..Variant::default()
    });
    let product = Product {
        slug: "mugs".to_owned(),
        title: "Mug".to_owned(),
        variants: variants.into(),
        ..Product::default()
    };
    let request = CreateProductRequest {
        product: Some(product),
        ..CreateProductRequest::default()
    };
    staff.call(request).await.unwrap();
    for channel in [SHOP, LATER] {
        let prices = [("mug", 3_950_000), ("mug-blue", 4_250_000)];
        let request = BatchSetPricesRequest {
            channel: channel.to_owned(),
            prices: prices.map(|(sku, micros)| price(sku, micros)).into(),
            ..BatchSetPricesRequest::default()
        };
        staff.call(request).await.unwrap();
    }
    receive(staff, "opening", 100).await;
}

/// So many of both mugs more.
pub(crate) async fn receive(staff: &Caller, reference: &str, units: i64) {
    let request = ReceiveStockRequest {
        location: "main".to_owned(),
        reference: reference.to_owned(),
        lines: ["mug", "mug-blue"].map(|sku| stock_line(sku, units)).into(),
        ..ReceiveStockRequest::default()
    };
    staff.call(request).await.unwrap();
}

fn price(sku: &str, micros: i64) -> PriceEntry {
    PriceEntry {
        sku: sku.to_owned(),
        unit_price: Some(pounds(micros)),
        from_quantity: 1,
        ..PriceEntry::default()
    }
}

fn pounds(micros: i64) -> UnitPrice {
    UnitPrice {
        currency_code: "GBP".to_owned(),
        micros,
    }
}

fn stock_line(sku: &str, quantity: i64) -> StockLine {
    StockLine {
        sku: sku.to_owned(),
        quantity,
    }
}

/// Three mugs and a blue one, decided.
pub(crate) async fn order(staff: &Caller, reference: &str, channel: &str, token: &str) -> Order {
    let items = [("mug", 3), ("mug-blue", 1)].map(|(sku, quantity)| StaffQuoteItem {
        sku: sku.to_owned(),
        quantity,
        ..StaffQuoteItem::default()
    });
    let request = CreateStaffQuoteRequest {
        channel: channel.to_owned(),
        items: items.into(),
        destination_country_code: "GB".to_owned(),
        place_time: Some(to_timestamp(SystemClock.now())),
        ..CreateStaffQuoteRequest::default()
    };
    let quote = staff.call(request).await.unwrap().quote.unwrap();
    let request = ImportOrderRequest {
        quote_id: quote.quote_id,
        external_ref: reference.to_owned(),
        payment_token: token.to_owned(),
        country_code: "GB".to_owned(),
        ..ImportOrderRequest::default()
    };
    let order = staff.call(request).await.unwrap().order.unwrap();
    reached(staff, order, |order| order.state() != OrderState::Pending).await
}

async fn reached(staff: &Caller, order: Order, there: fn(&Order) -> bool) -> Order {
    eventually("the order to come to rest", || async {
        let request = GetOrderRequest {
            order_id: order.order_id.clone(),
            ..GetOrderRequest::default()
        };
        let order = staff.call(request).await.unwrap().order.unwrap();
        there(&order).then_some(order)
    })
    .await
}

pub(crate) async fn ship(staff: &Caller, order: Order) -> Order {
    let request = CreateFulfillmentRequest {
        order_id: order.order_id.clone(),
        ..CreateFulfillmentRequest::default()
    };
    let answer = staff.call(request).await.unwrap();
    let request = ShipFulfillmentRequest {
        order_id: order.order_id.clone(),
        fulfillment_id: answer.fulfillment.unwrap().fulfillment_id,
        ..ShipFulfillmentRequest::default()
    };
    staff.call(request).await.unwrap();
    reached(staff, order, |order| order.state() == OrderState::Closed).await
}

pub(crate) async fn take_back(staff: &Caller, order: &Order) {
    let line = LineQuantity {
        line_id: "1".to_owned(),
        quantity: 2,
    };
    let request = ImportReturnRequest {
        order_id: order.order_id.clone(),
        lines: vec![line],
        restock: true,
        reason: "too small".to_owned(),
        external_ref: "return".to_owned(),
        place_time: Some(to_timestamp(SystemClock.now())),
        ..ImportReturnRequest::default()
    };
    let returned = staff.call(request).await.unwrap().r#return.unwrap();
    assert_eq!(returned.state(), ReturnState::Refunded);
}

pub(crate) async fn cancel(staff: &Caller, order: &Order) {
    let request = CancelOrderRequest {
        order_id: order.order_id.clone(),
        ..CancelOrderRequest::default()
    };
    staff.call(request).await.unwrap();
    let canceled = |order: &Order| order.state() == OrderState::Canceled;
    reached(staff, order.clone(), canceled).await;
}

async fn credit(staff: &Caller) -> String {
    credited(staff, "credit").await
}

/// A credit of two mugs, paid out.
pub(crate) async fn credited(staff: &Caller, reference: &str) -> String {
    let item = CreditItem {
        sku: "mug".to_owned(),
        quantity: 2,
        unit_price: Some(pounds(3_000_000)),
    };
    let request = CreateCreditRequest {
        channel: SHOP.to_owned(),
        items: vec![item],
        reason: "no receipt".to_owned(),
        external_ref: reference.to_owned(),
        payment_token: "tok_approve".to_owned(),
        place_time: Some(to_timestamp(SystemClock.now())),
        ..CreateCreditRequest::default()
    };
    let credit = staff.call(request).await.unwrap().credit.unwrap();
    assert_eq!(credit.state(), CreditState::Paid);
    credit.credit_id
}

/// A copy of a folder in which no suite runs.
pub(crate) fn copy(from: &Path) -> TempDir {
    let to = TempDir::new().unwrap();
    copy_into(from, to.path());
    to
}

fn copy_into(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy_into(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The built `stoa` with these arguments, on this folder.
pub(crate) fn stoa(data: &Path, arguments: &[&str]) -> Output {
    let mut all = arguments.to_vec();
    all.extend(["--data", data.to_str().unwrap()]);
    typed(&all)
}

/// The built `stoa` with exactly these arguments.
pub(crate) fn typed(arguments: &[&str]) -> Output {
    tokio::task::block_in_place(|| {
        Command::new(env!("CARGO_BIN_EXE_stoa"))
            .args(arguments)
            .output()
            .unwrap()
    })
}

/// What the doctor says, and whether it is content.
pub(crate) fn doctor(data: &Path, arguments: &[&str]) -> (Value, bool) {
    let mut all = vec!["doctor", "--format", "json"];
    all.extend(arguments);
    let output = stoa(data, &all);
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().last().unwrap_or_default();
    let said: Value = serde_json::from_str(last)
        .unwrap_or_else(|error| panic!("{error}: {text}{:?}", output.stderr));
    let status = output.status.code().unwrap();
    assert_eq!(said["ok"], status == 0, "{status}: {said}");
    assert!(status < 2, "{status}");
    (said, status == 0)
}

/// The checks that do not hold: name, subjects.
pub(crate) fn broken(said: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let checks = said["checks"].as_array().unwrap().iter();
    checks
        .filter(|check| check["ok"] == false)
        .map(|check| {
            let violations = check["violations"].as_array().unwrap().iter();
            let subjects = violations.map(|violation| text(&violation["subject"]));
            (text(&check["name"]), subjects.collect())
        })
        .collect()
}
