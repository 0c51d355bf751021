//! One guest quotes and orders; done when the order is confirmed.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Result;
use http::HeaderValue;
use rand::Rng;
use stoa_api::order::v1::create_quote_request::Source;
use stoa_api::order::v1::{
    Basket, CreateQuoteRequest, CreateQuoteResponse, OrderState, PlaceOrderRequest,
    PlaceOrderResponse, QuoteItem,
};
use stoa_api::type_::v1::Address;

use crate::grpc::{Connection, Method, framed};
use crate::load::Call;
use crate::shop::{SKUS, sku};
use crate::suite::Suite;

/// The header that makes a caller the owner of what he makes.
const SECRET: &str = "stoa-guest-secret";

/// Orders of so many lines at one suite.
#[derive(Debug)]
pub(in crate::works) struct Order {
    address: SocketAddr,
    lines: usize,
    /// The skus that are bought.
    skus: usize,
}

impl Order {
    pub(in crate::works) fn of(suite: &Suite, lines: u32) -> Arc<Self> {
        Self::among(suite, lines, SKUS)
    }

    /// In a shop with so many skus.
    pub(in crate::works) fn among(suite: &Suite, lines: u32, skus: usize) -> Arc<Self> {
        Arc::new(Self {
            address: suite.addresses().grpc,
            lines: usize::try_from(lines).unwrap_or(usize::MAX),
            skus,
        })
    }

    /// Of one line, and all of them of the same sku.
    pub(in crate::works) fn of_one_sku(suite: &Suite) -> Arc<Self> {
        Arc::new(Self {
            address: suite.addresses().grpc,
            lines: 1,
            skus: 1,
        })
    }
}

/// What the orders of one thread share.
#[derive(Debug)]
pub(in crate::works) struct Client {
    connection: Connection,
    quote: Method,
    place: Method,
    skus: Vec<String>,
    lines: usize,
    order: PlaceOrderRequest,
}

impl Call for Order {
    type Client = Client;

    async fn client(&self) -> Result<Client> {
        let method = |name: &str| {
            Method::new(
                self.address,
                &format!("/stoa.order.v1.OrderService/{name}"),
                &[],
            )
        };
        Ok(Client {
            connection: Connection::open(self.address).await?,
            quote: method("CreateQuote")?,
            place: method("PlaceOrder")?,
            skus: (0..self.skus).map(sku).collect(),
            lines: self.lines,
            order: PlaceOrderRequest {
                request_id: "order".to_owned(),
                quote_id: String::new(),
                payment_token: "tok_approve".to_owned(),
                email: "load@example.com".to_owned(),
                shipping_address: Some(address()),
            },
        })
    }

    async fn call(client: &Rc<Client>, _number: u64) -> Result<(), String> {
        let (secret, first): (u128, usize) = {
            let mut random = rand::rng();
            (random.random(), random.random_range(0..client.skus.len()))
        };
        let secret =
            HeaderValue::try_from(format!("{secret:032x}")).map_err(|error| error.to_string())?;
        let quote = framed(&client.quote_of(first));
        let method = client.quote.with(SECRET, secret.clone());
        let quoted: CreateQuoteResponse = client.connection.unary(&method, quote).await?;
        let place = framed(&PlaceOrderRequest {
            quote_id: quoted.quote.unwrap_or_default().quote_id,
            ..client.order.clone()
        });
        let method = client.place.with(SECRET, secret);
        let placed: PlaceOrderResponse = client.connection.unary(&method, place).await?;
        match placed.order.unwrap_or_default().state() {
            OrderState::Confirmed | OrderState::Closed => Ok(()),
            other => Err(format!("an order is {}", other.as_str_name())),
        }
    }
}

impl Client {
    fn quote_of(&self, first: usize) -> CreateQuoteRequest {
        let skus = self.skus.iter().cycle().skip(first).step_by(7);
        let items = skus.take(self.lines).map(|sku| QuoteItem {
            sku: sku.clone(),
            quantity: 1,
        });
        CreateQuoteRequest {
            request_id: "quote".to_owned(),
            source: Some(Source::Basket(Basket {
                items: items.collect(),
            })),
            ..CreateQuoteRequest::default()
        }
    }
}

fn address() -> Address {
    Address {
        recipient: "A. Customer".to_owned(),
        lines: vec!["1 High Street".to_owned()],
        city: "Leeds".to_owned(),
        postal_code: "LS1 1AA".to_owned(),
        region: String::new(),
        country_code: "GB".to_owned(),
    }
}
