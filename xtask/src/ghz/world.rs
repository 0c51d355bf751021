//! The world that the calls need: one of everything that is read, and for writes that succeed once something for each call.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::profile::Names;
use super::rest::{self, As};
use super::suite::Suite;

/// What is sold: of the demo shop.
const SKU: &str = "TWINE";

/// The channel of the demo shop; it takes the money when the goods leave.
const CHANNEL: &str = "shop";

/// Where it lies: the first location of every suite.
const LOCATION: &str = "main";

/// The secret of the guest who buys.
const GUEST: &str = "load-guest-0123456789abcdefghijklmnopqrstuvwxyz";

/// How many prepare at once.
const HANDS: usize = 8;

/// A card that pays, and one that is authorised and then declines to pay.
const PAYS: &str = "tok_approve";
const DECLINES: &str = "tok_capture_declined";

/// Who prepares it.
#[derive(Debug)]
pub(super) struct World {
    http: SocketAddr,
    token: String,
    turn: AtomicUsize,
}

impl World {
    pub(super) fn new(suite: &Suite) -> Self {
        Self {
            http: suite.addresses.http,
            token: suite.token.clone(),
            turn: AtomicUsize::new(0),
        }
    }

    /// Makes one of everything, and tells what each placeholder stands for.
    pub(super) fn shared(&self) -> Result<Names> {
        self.staff(
            "/v1/stock:receive",
            json!({"location": LOCATION, "reference": "load", "lines": [{"sku": SKU, "quantity": "1000000"}]}),
        )?;
        let order = self.shipped_order()?;
        let quote = self.quote("/v1/quotes")?;
        let returned = self.requested_return()?;
        let credit = self.staff(
            "/v1/credits",
            json!({
                "channel": CHANNEL, "reason": "load", "external_ref": "load-first", "payment_token": PAYS,
                "items": [{"sku": SKU, "quantity": "1", "unit_price": {"currency_code": "EUR", "micros": "2550000"}}],
            }),
        )?;
        let sold = self.read(&format!("/v1/orders/{}", field(&order, "order_id")?))?;
        let payment_id = text(&sold, "/order/paymentIds/0")?;
        let operations = self.read(&format!("/v1/payments/{payment_id}/operations"))?;
        let workflows = self.read("/v1/admin/services/payment/workflows")?;
        Ok([
            ("operator_token", self.token.clone()),
            ("guest_secret", GUEST.to_owned()),
            ("sku", SKU.to_owned()),
            ("channel", CHANNEL.to_owned()),
            ("location", LOCATION.to_owned()),
            ("product_id", text(&sold, "/order/lines/0/productId")?),
            ("spare_product_id", self.product("SPARE")?),
            ("archived_product_id", self.product("ARCHIVED")?),
            ("order_id", field(&order, "order_id")?.to_owned()),
            ("quote_id", field(&quote, "quote_id")?.to_owned()),
            ("return_id", field(&returned, "return_id")?.to_owned()),
            ("credit_id", text(&credit, "/credit/creditId")?),
            (
                "operation_id",
                text(&operations, "/operations/0/operationId")?,
            ),
            ("workflow_id", text(&workflows, "/workflows/0/workflowId")?),
            ("payment_id", payment_id),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect())
    }

    /// Makes `count` things of a kind, several at once.
    pub(super) fn each(&self, kind: &str, count: usize) -> Result<Vec<Names>> {
        let made = Mutex::new(Vec::with_capacity(count));
        let begun = AtomicUsize::new(0);
        let hand = || -> Result<()> {
            while begun.fetch_add(1, Ordering::Relaxed) < count {
                let one = self.one(kind)?;
                made.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(one);
            }
            Ok(())
        };
        thread::scope(|scope| {
            let hands: Vec<_> = (0..HANDS).map(|_| scope.spawn(hand)).collect();
            hands.into_iter().try_for_each(|hand| match hand.join() {
                Ok(done) => done,
                Err(_) => bail!("{kind} cannot be prepared"),
            })
        })?;
        Ok(made.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn one(&self, kind: &str) -> Result<Names> {
        match kind {
            "quote" => self.quote("/v1/quotes"),
            "staff_quote" => self.quote("/v1/admin/quotes"),
            "confirmed_order" => self.order(PAYS),
            "prepared_order" => self.prepared_order(PAYS),
            "shipped_order" => self.shipped_order(),
            "held_order" => self.held_order(),
            "requested_return" => self.requested_return(),
            "approved_return" => self.approved_return(),
            other => bail!("nobody knows how {other} is made; `World::one` says what is"),
        }
    }

    fn quote(&self, path: &str) -> Result<Names> {
        let items = json!([{"sku": SKU, "quantity": "2"}]);
        let quote = if path.contains("admin") {
            self.staff(path, json!({"channel": CHANNEL, "items": items}))?
        } else {
            self.guest(
                path,
                json!({"channel": CHANNEL, "basket": {"items": items}}),
            )?
        };
        Ok(Names::from([(
            "quote_id".to_owned(),
            text(&quote, "/quote/quoteId")?,
        )]))
    }

    /// A confirmed order.
    fn order(&self, card: &str) -> Result<Names> {
        let quote = self.quote("/v1/quotes")?;
        let placed = self.guest(
            "/v1/orders",
            json!({
                "quote_id": field(&quote, "quote_id")?, "payment_token": card, "email": "ann@example.com",
                "shipping_address": {
                    "recipient": "Ann Other", "lines": ["1 High Street"], "city": "Oxford", "country_code": "GB",
                },
            }),
        )?;
        in_state(&placed, "/order/state", "ORDER_STATE_CONFIRMED")?;
        Ok(Names::from([
            ("order_id".to_owned(), text(&placed, "/order/orderId")?),
            ("place_time".to_owned(), text(&placed, "/order/placeTime")?),
            (
                "currency_code".to_owned(),
                text(&placed, "/order/totals/total/currencyCode")?,
            ),
            (
                "minor_units".to_owned(),
                text(&placed, "/order/totals/total/minorUnits")?,
            ),
        ]))
    }

    /// One whose goods are prepared to leave.
    fn prepared_order(&self, card: &str) -> Result<Names> {
        let mut order = self.order(card)?;
        let path = format!("/v1/orders/{}/fulfillments", field(&order, "order_id")?);
        let prepared = self.staff(&path, json!({}))?;
        let fulfillment_id = text(&prepared, "/fulfillment/fulfillmentId")?;
        order.insert("fulfillment_id".to_owned(), fulfillment_id);
        Ok(order)
    }

    fn shipped_order(&self) -> Result<Names> {
        let order = self.prepared_order(PAYS)?;
        in_state(&self.ship(&order)?, "/order/state", "ORDER_STATE_CLOSED")?;
        Ok(order)
    }

    /// One whose card declined when its goods were to leave.
    fn held_order(&self) -> Result<Names> {
        let order = self.prepared_order(DECLINES)?;
        in_state(&self.ship(&order)?, "/order/state", "ORDER_STATE_ON_HOLD")?;
        Ok(order)
    }

    fn ship(&self, order: &Names) -> Result<Value> {
        let (order_id, fulfillment_id) =
            (field(order, "order_id")?, field(order, "fulfillment_id")?);
        let path = format!("/v1/orders/{order_id}/fulfillments/{fulfillment_id}:ship");
        self.staff(&path, json!({}))
    }

    fn requested_return(&self) -> Result<Names> {
        let order = self.shipped_order()?;
        let asked = self.guest(
            "/v1/returns",
            json!({"order_id": field(&order, "order_id")?, "lines": [{"line_id": "1", "quantity": "1"}]}),
        )?;
        Ok(Names::from([(
            "return_id".to_owned(),
            text(&asked, "/return/returnId")?,
        )]))
    }

    fn approved_return(&self) -> Result<Names> {
        let asked = self.requested_return()?;
        let path = format!("/v1/returns/{}:approve", field(&asked, "return_id")?);
        self.staff(&path, json!({}))?;
        Ok(asked)
    }

    fn product(&self, sku: &str) -> Result<String> {
        let product =
            json!({"title": "Load article", "variants": [{"sku": format!("LOAD-{sku}")}]});
        let made = self.staff("/v1/products", json!({"product": product}))?;
        text(&made, "/product/productId")
    }

    fn staff(&self, path: &str, body: Value) -> Result<Value> {
        self.write(As::Staff(&self.token), path, &body)
    }

    fn guest(&self, path: &str, body: Value) -> Result<Value> {
        self.write(As::Guest(GUEST), path, &body)
    }

    fn write(&self, who: As<'_>, path: &str, body: &Value) -> Result<Value> {
        let key = format!("world-{}", self.turn.fetch_add(1, Ordering::Relaxed));
        rest::send(self.http, who, "POST", path, Some((&key, body)))
    }

    fn read(&self, path: &str) -> Result<Value> {
        rest::send(self.http, As::Staff(&self.token), "GET", path, None)
    }
}

fn field<'a>(names: &'a Names, name: &str) -> Result<&'a str> {
    let value = names.get(name).map(String::as_str);
    value.with_context(|| format!("there is no {name}"))
}

/// The text at a JSON pointer.
fn text(answer: &Value, at: &str) -> Result<String> {
    let text = answer.pointer(at).and_then(Value::as_str);
    text.map(ToOwned::to_owned)
        .with_context(|| format!("the answer has no {at}: {answer}"))
}

fn in_state(answer: &Value, at: &str, wanted: &str) -> Result<()> {
    let state = text(answer, at)?;
    if state != wanted {
        bail!("{at} is {state} where it should be {wanted}");
    }
    Ok(())
}
