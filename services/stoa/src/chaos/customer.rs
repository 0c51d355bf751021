//! One customer: he quotes and orders again and again, and on the way of each of his calls something may go wrong.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use stoa_api::Call;
use stoa_api::order::v1::create_quote_request::Source;
use stoa_api::order::v1::{
    Basket, CancelOrderRequest, CreateFulfillmentRequest, CreateQuoteRequest, Order, OrderState,
    PlaceOrderRequest, QuoteItem, ShipFulfillmentRequest,
};
use stoa_api::type_::v1::Address;
use tokio::time::{Instant, timeout};

use crate::client::{Connection, Failure};

use super::faults::{self, Afterwards, OnTheWay};
use super::shop::{self, CHANNEL, Shop};
use super::tally::{Promise, Tally};

/// Of so many refusals for want of stock, one makes a new delivery: mostly too little is there.
const PATIENCE: u64 = 20;

/// Shops until the time is over.
pub(super) async fn shops(
    suite: &Connection,
    shop: &Shop,
    tally: &Tally,
    number: u32,
    seed: u64,
    until: Instant,
) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut short = 0;
    let mut round = 0_u64;
    while Instant::now() < until {
        round += 1;
        let secret = format!("{:032x}", random.random::<u128>());
        let Ok(guest) = suite.guest(&secret) else {
            return;
        };
        let visit = Visit {
            staff: suite,
            guest,
            tally,
            shop,
            name: format!("chaos/{}/{number}/{round}", shop.run),
            secret,
        };
        match Box::pin(visit.buys(&mut random)).await {
            Ok(Some(OutOfStock)) => short += 1,
            Ok(None) => {}
            Err(failure) => tally.answer(&named(&failure)),
        }
        if short >= PATIENCE {
            short = 0;
            let delivery = u64::from(number) * 1_000_000 + round;
            // Who finds nobody there tries the next time.
            let _delivered = shop::deliver(suite, shop, delivery).await;
        }
    }
}

/// There was too little.
struct OutOfStock;

/// What a failure is called in the report.
fn named(failure: &Failure) -> String {
    match failure {
        Failure::Refused { error, .. } => format!("refused: {}", error.reason),
        Failure::Gone { .. } | Failure::NeverStarted { .. } => "nobody there".to_owned(),
        Failure::Overwhelmed { error, .. } => format!("tried in vain: {}", error.reason),
        other => format!("failed: {other}"),
    }
}

/// One customer with one order.
struct Visit<'a> {
    staff: &'a Connection,
    guest: Connection,
    tally: &'a Tally,
    shop: &'a Shop,
    name: String,
    secret: String,
}

impl Visit<'_> {
    async fn buys(&self, random: &mut StdRng) -> Result<Option<OutOfStock>, Failure> {
        let began = Instant::now();
        let quote = self.quote(random);
        let quoted = self
            .call(&self.guest, random, quote, |answer| {
                answer.quote.as_ref().map(|quote| quote.quote_id.clone())
            })
            .await?;
        let token = faults::token(random);
        if token != "tok_approve" {
            self.tally.inject(&format!("provider: {token}"));
        }
        let place = PlaceOrderRequest {
            request_id: format!("{}/place", self.name),
            quote_id: quoted.quote.unwrap_or_default().quote_id,
            payment_token: token.to_owned(),
            email: "chaos@example.com".to_owned(),
            shipping_address: Some(address()),
        };
        let placed = self
            .call(&self.guest, random, place, |answer| {
                answer.order.as_ref().map(|order| order.order_id.clone())
            })
            .await?;
        self.tally.order(began.elapsed());
        let order = placed.order.unwrap_or_default();
        let reason = order.cancel_reason().as_str_name();
        self.tally.answer(&match order.state() {
            OrderState::Canceled => format!("order {}", reason.to_lowercase()),
            state => format!("order {}", state.as_str_name().to_lowercase()),
        });
        let short = reason.ends_with("OUT_OF_STOCK").then_some(OutOfStock);
        let next = match order.state() {
            OrderState::Confirmed => Afterwards::draw(random),
            _ => Afterwards::Stays,
        };
        let ending = matches!(next, Afterwards::Canceled | Afterwards::Both);
        self.tally.promise(Promise {
            secret: self.secret.clone(),
            order_id: order.order_id.clone(),
            state: order.state(),
            ending,
        });
        self.goes_on(random, &order, next).await?;
        Ok(short)
    }

    async fn goes_on(
        &self,
        random: &mut StdRng,
        order: &Order,
        next: Afterwards,
    ) -> Result<(), Failure> {
        let mut other = StdRng::seed_from_u64(random.random());
        match next {
            Afterwards::Stays => Ok(()),
            Afterwards::Canceled => self.cancels(random, order).await,
            Afterwards::Shipped => self.ships(random, order).await,
            Afterwards::Both => {
                let (canceled, shipped) =
                    tokio::join!(self.cancels(random, order), self.ships(&mut other, order));
                canceled.and(shipped)
            }
        }
    }

    async fn cancels(&self, random: &mut StdRng, order: &Order) -> Result<(), Failure> {
        let request = CancelOrderRequest {
            request_id: format!("{}/cancel", self.name),
            order_id: order.order_id.clone(),
            reason: "changed my mind".to_owned(),
        };
        self.call(&self.guest, random, request, |answer| {
            answer.order.as_ref().map(|order| order.order_id.clone())
        })
        .await?;
        self.tally.answer("cancellation");
        Ok(())
    }

    async fn ships(&self, random: &mut StdRng, order: &Order) -> Result<(), Failure> {
        let request = CreateFulfillmentRequest {
            request_id: format!("{}/pack", self.name),
            order_id: order.order_id.clone(),
        };
        let packed = self
            .call(self.staff, random, request, |answer| {
                let fulfillment = answer.fulfillment.as_ref()?;
                Some(fulfillment.fulfillment_id.clone())
            })
            .await?;
        let request = ShipFulfillmentRequest {
            request_id: format!("{}/ship", self.name),
            order_id: order.order_id.clone(),
            fulfillment_id: packed.fulfillment.unwrap_or_default().fulfillment_id,
            tracking_ref: "chaos".to_owned(),
        };
        self.call(self.staff, random, request, |answer| {
            answer.order.as_ref().map(|order| order.order_id.clone())
        })
        .await?;
        self.tally.answer("shipment");
        Ok(())
    }

    fn quote(&self, random: &mut StdRng) -> CreateQuoteRequest {
        let skus = self.shop.skus();
        let first = random.random_range(0..skus.len());
        // Half of all customers want the first one.
        let second = if random.random() {
            0
        } else {
            (first + 1) % skus.len()
        };
        let mut wanted = vec![first, second];
        wanted.dedup();
        let items = wanted
            .into_iter()
            .filter_map(|place| skus.get(place))
            .map(|sku| QuoteItem {
                sku: (*sku).to_owned(),
                quantity: random.random_range(1..4),
            });
        CreateQuoteRequest {
            request_id: format!("{}/quote", self.name),
            channel: CHANNEL.to_owned(),
            source: Some(Source::Basket(Basket {
                items: items.collect(),
            })),
            ..CreateQuoteRequest::default()
        }
    }

    /// Calls, with what may go wrong on the way. `name` is what two answers to one key must agree on.
    async fn call<C: Call>(
        &self,
        who: &Connection,
        random: &mut StdRng,
        request: C,
        name: impl Fn(&C::Response) -> Option<String>,
    ) -> Result<C::Response, Failure> {
        match OnTheWay::draw(random) {
            OnTheWay::Arrives => who.call(request).await,
            OnTheWay::Twice => {
                self.tally.inject("call sent twice");
                let (one, two) = tokio::join!(who.call(request.clone()), who.call(request));
                self.compare(&one, &two, name);
                one.or(two)
            }
            OnTheWay::HungUp(after) => self.hangs_up(who, request, after).await,
        }
    }

    async fn hangs_up<C: Call>(
        &self,
        who: &Connection,
        request: C,
        after: Duration,
    ) -> Result<C::Response, Failure> {
        match timeout(after, who.call(request.clone())).await {
            Ok(answered) => answered,
            Err(_) => {
                self.tally.inject("hung up before the answer");
                who.call(request).await
            }
        }
    }

    fn compare<R>(
        &self,
        one: &Result<R, Failure>,
        two: &Result<R, Failure>,
        name: impl Fn(&R) -> Option<String>,
    ) {
        let differ = match (one, two) {
            (Ok(one), Ok(two)) => name(one) != name(two),
            (Ok(_), Err(Failure::Refused { .. })) | (Err(Failure::Refused { .. }), Ok(_)) => true,
            _ => false,
        };
        if differ {
            let said = |answer: &Result<R, Failure>| match answer {
                Ok(answer) => name(answer).unwrap_or_default(),
                Err(failure) => failure.to_string(),
            };
            self.tally.broke(format!(
                "{}: one key got two answers: {} and {}",
                self.name,
                said(one),
                said(two)
            ));
        }
    }
}

fn address() -> Address {
    Address {
        recipient: "C. Haos".to_owned(),
        lines: vec!["1 Random Walk".to_owned()],
        city: "Athens".to_owned(),
        postal_code: "105 57".to_owned(),
        region: String::new(),
        country_code: "GR".to_owned(),
    }
}
