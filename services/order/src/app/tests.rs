//! The writer of orders on a real database, without anybody to call: what members of one batch do to each other.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use stoa_api::convert::to_timestamp;
use stoa_api::order::v1::{Order, OrderResumed, OrderSource, OrderState, Quote, QuoteLine};
use stoa_api::pricing::v1::{BasketTotals, CaptureMode, PricedLine};
use stoa_api::type_::v1::{LineKind, Money};
use stoa_errors::{Error, Kind};
use stoa_store::{Committed, Db, DbConfig, Queue};
use stoa_types::{
    ChannelId, Clock, Ctx, FulfillmentId, Ids, OrderId, Principal, QuoteId, SystemClock, SystemIds,
};
use stoa_workflow::{Finish, Limits, Runner};
use tempfile::TempDir;

use super::checkout::workflow_id;
use super::orders::{Accept, Access, Change, Changed, Command, Decide, Decision, Orders, WorkOp};
use super::quotes::{self, Quotes};
use crate::domain::checkout::Secured;
use crate::domain::event::Event;
use crate::domain::{cancel, checkout, fulfillment};
use crate::store::rows::QuoteRow;
use crate::store::{self, find};

struct Bench {
    db: Db,
    orders: Queue<Orders>,
    quotes: Queue<Quotes>,
    channel: ChannelId,
    _folder: Option<TempDir>,
}

/// The service's database, with every table of it.
pub(crate) async fn open(config: DbConfig) -> Db {
    let mut migrations = stoa_events::MIGRATIONS.to_vec();
    migrations.extend(stoa_workflow::MIGRATIONS.to_vec());
    migrations.extend(store::MIGRATIONS.to_vec());
    stoa_testdb::open(config, migrations, Arc::new(SystemClock)).await
}

impl Bench {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = stoa_testdb::config("order", folder.path());
        let mut bench = Self::on(config).await;
        bench._folder = Some(folder);
        bench
    }

    /// One instance of the service on a database.
    async fn on(config: DbConfig) -> Self {
        let db = open(config).await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let meter = opentelemetry::global::meter("order");
        let limits = Limits::default();
        let runner = Runner::new("order", &db, clock, Arc::clone(&ids), limits, &meter);
        Self {
            orders: db.queue(Orders { ids, runner }),
            quotes: db.queue(Quotes),
            channel: ChannelId::new(&SystemIds),
            db,
            _folder: None,
        }
    }

    async fn quote(&self) -> QuoteId {
        let id = QuoteId::new(&SystemIds);
        let now = SystemClock.now();
        let row = QuoteRow {
            owner: owner(),
            staff: false,
            expires_at: now.plus(Duration::from_mins(1)),
            used_by: None,
            quote: Quote {
                channel_id: self.channel.to_string(),
                ..quote(id)
            },
        };
        let command = quotes::Command::Save(Box::new(row));
        self.quotes.submit(&ctx(), command).await.unwrap();
        id
    }

    async fn accept(&self, quote_id: QuoteId) -> Result<OrderId, Error> {
        self.accept_as(quote_id, "").await
    }

    async fn accept_as(&self, quote_id: QuoteId, external_ref: &str) -> Result<OrderId, Error> {
        let order_id = OrderId::new(&SystemIds);
        let command = Command::Accept(Box::new(Accept {
            access: Access::Owner(owner()),
            staff_quote: false,
            quote_id,
            order_id,
            source: OrderSource::Placed,
            external_ref: external_ref.to_owned(),
            country_code: String::new(),
            payment_token: "tok_approve".to_owned(),
            contact: None,
        }));
        self.orders.submit(&ctx(), command).await.map(|_| order_id)
    }

    /// An order past the pivot.
    async fn confirmed(&self) -> OrderId {
        let order_id = self.accept(self.quote().await).await.unwrap();
        let secured = Secured {
            hold_id: "hld".to_owned(),
            payment_id: "pay".to_owned(),
        };
        let decide = events(move |order| checkout::confirm(order, &secured));
        self.change(order_id, decide, None).await.unwrap();
        order_id
    }

    async fn change(
        &self,
        order_id: OrderId,
        decide: Decide,
        work: Option<WorkOp>,
    ) -> Result<Arc<Order>, Error> {
        let change = Change {
            access: Access::Any,
            order_id,
            return_id: None,
            new_return: None,
            asks_live: false,
            decide,
            note: String::new(),
            work,
            resource: order_id.to_string(),
        };
        match self
            .orders
            .submit(&ctx(), Command::Change(Box::new(change)))
            .await?
        {
            Committed::Done(Changed { order, .. }) => Ok(order),
            Committed::Replayed { .. } => panic!("there is no key"),
        }
    }

    async fn order(&self, id: OrderId) -> Order {
        find::order(&self.db, id).await.unwrap().unwrap().order
    }
}

fn owner() -> String {
    Principal::Nobody.scope()
}

fn ctx() -> Ctx {
    Ctx::background("order", SystemClock.now(), &SystemIds)
}

/// A decision that only says what happens.
fn events(decide: impl Fn(&Order) -> Result<Vec<Event>, Error> + Send + Sync + 'static) -> Decide {
    Box::new(move |seen| {
        Ok(Decision {
            events: decide(seen.order)?,
            ..Decision::default()
        })
    })
}

fn quote(id: QuoteId) -> Quote {
    let gbp = |minor_units| {
        Some(Money {
            currency_code: "GBP".to_owned(),
            minor_units,
        })
    };
    Quote {
        quote_id: id.to_string(),
        channel_id: ChannelId::new(&SystemIds).to_string(),
        lines: vec![QuoteLine {
            line_id: "1".to_owned(),
            kind: LineKind::Service.into(),
            price: Some(PricedLine {
                sku: "CARE".to_owned(),
                quantity: 2,
                gross: gbp(500),
                ..PricedLine::default()
            }),
            ..QuoteLine::default()
        }],
        totals: Some(BasketTotals {
            total: gbp(500),
            ..BasketTotals::default()
        }),
        capture_mode: CaptureMode::AtOnce.into(),
        create_time: Some(to_timestamp(SystemClock.now())),
        ..Quote::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_quote_is_one_order_whoever_asks_in_the_same_batch() {
    let bench = Bench::open().await;
    let quote = bench.quote().await;
    let answers = join_all((0..40).map(|_| bench.accept(quote))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    assert!(
        refused
            .into_iter()
            .filter_map(Result::err)
            .all(|error| error.reason == "QUOTE_USED")
    );
    let order_id = made.into_iter().flatten().next().unwrap();
    assert_eq!(bench.order(order_id).await.state(), OrderState::Pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_want_the_same_units_see_each_other() {
    let bench = Bench::open().await;
    for _ in 0..10 {
        let order_id = bench.confirmed().await;
        let asks = (0..8).map(|place| {
            let decide = if place % 2 == 0 {
                events(|order| {
                    let reason = stoa_api::order::v1::CancelReason::Customer;
                    cancel::request(order, reason).map(|(events, _)| events)
                })
            } else {
                let id = FulfillmentId::new(&SystemIds);
                events(move |order| fulfillment::create(order, id))
            };
            bench.change(order_id, decide, None)
        });
        let answers = join_all(asks).await;
        let order = bench.order(order_id).await;
        let line = order.lines.first().unwrap();
        assert!(
            [(2, 0), (0, 2)].contains(&(line.canceling, line.fulfilling)),
            "{line:?}"
        );
        // Who came first won, and everybody else was told on what he found.
        assert_eq!(order.revision, 3);
        let told = answers.iter().filter(|answer| answer.is_err());
        assert!(told.count() >= 3);
    }
}

/// Another runner has the work of one member: his change is not written, those beside him are.
#[tokio::test(flavor = "multi_thread")]
async fn who_lost_his_fence_is_alone_with_it() {
    let bench = Bench::open().await;
    let mut orders = Vec::new();
    for _ in 0..12 {
        orders.push(bench.confirmed().await);
    }
    let asks = orders.iter().enumerate().map(|(place, order_id)| {
        let finish = WorkOp::Finish(Finish {
            id: workflow_id(*order_id),
            fence: if place == 7 { 2 } else { 1 },
        });
        let decide = events(|order| Ok(checkout::capture(order, "pay", 500)));
        bench.change(*order_id, decide, Some(finish))
    });
    let answers = join_all(asks).await;
    for (place, (answer, order_id)) in answers.into_iter().zip(&orders).enumerate() {
        let order = bench.order(*order_id).await;
        if place == 7 {
            let error = answer.unwrap_err();
            assert_eq!(
                (error.kind, error.reason.as_ref()),
                (Kind::Aborted, "CONFLICT")
            );
            assert_eq!(order.revision, 2);
        } else {
            assert_eq!(*answer.unwrap(), order);
            assert_eq!(order.revision, 3);
        }
    }
}

/// A mistake of ours in one member's decision: nothing of it is written, and the others do not suffer.
#[tokio::test(flavor = "multi_thread")]
async fn who_breaks_the_stream_is_alone_with_it() {
    let bench = Bench::open().await;
    let mut orders = Vec::new();
    for _ in 0..8 {
        orders.push(bench.confirmed().await);
    }
    let asks = orders.iter().enumerate().map(|(place, order_id)| {
        let decide = events(move |_| {
            let resumed = Event::Resumed(OrderResumed {});
            let unknown = Event::Shipped(stoa_api::order::v1::OrderShipped::default());
            Ok(if place == 3 {
                vec![resumed, unknown]
            } else {
                vec![resumed]
            })
        });
        bench.change(*order_id, decide, None)
    });
    for (place, answer) in join_all(asks).await.into_iter().enumerate() {
        match answer {
            Ok(order) => assert_eq!((place == 3, order.revision), (false, 3)),
            Err(error) => assert_eq!((place, error.kind), (3, Kind::Internal)),
        }
    }
    let broken = orders.get(3).unwrap();
    assert_eq!(bench.order(*broken).await.revision, 2);
}

/// Two processes on one database ask for the same: a quote, a reference, the units of orders, in whatever order.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_two_instances_decide_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let config = || stoa_testdb::server_config("order", folder.path());
    let (one, mut other) = (Bench::on(config()).await, Bench::on(config()).await);
    other.channel = one.channel;
    let benches = [&one, &other];
    for _ in 0..10 {
        let quote = one.quote().await;
        let asks = (0..12).flat_map(|_| benches);
        let asks = asks.map(|bench| bench.accept(quote));
        refused_but_one(join_all(asks).await, "QUOTE_USED");
    }
    for place in 0..10 {
        let reference = format!("R-{place}");
        let mut quotes = Vec::new();
        for _ in 0..8 {
            quotes.push(one.quote().await);
        }
        let asks = quotes.iter().zip(benches.iter().cycle());
        let asks = asks.map(|(quote, bench)| bench.accept_as(*quote, &reference));
        refused_but_one(join_all(asks).await, "EXTERNAL_REF_USED");
    }
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(one.confirmed().await);
    }
    let asks = (0..400_usize).map(|place| {
        let there = orders.get(place / 2 % 20).unwrap();
        let back = orders.get(19 - place / 2 % 20).unwrap();
        let decide = if place % 3 == 0 {
            let reason = stoa_api::order::v1::CancelReason::Customer;
            events(move |order| cancel::request(order, reason).map(|(events, _)| events))
        } else {
            let id = FulfillmentId::new(&SystemIds);
            events(move |order| fulfillment::create(order, id))
        };
        let (bench, order_id) = if place % 2 == 0 {
            (&one, there)
        } else {
            (&other, back)
        };
        bench.change(*order_id, decide, None)
    });
    for error in join_all(asks).await.into_iter().filter_map(Result::err) {
        let allowed = ["NOTHING_TO_FULFILL", "ORDER_STATE"];
        assert!(allowed.contains(&error.reason.as_ref()), "{error:?}");
    }
    for order_id in orders {
        let order = other.order(order_id).await;
        assert_eq!(order.revision, 3);
        let line = order.lines.first().unwrap();
        let units = (line.canceling, line.fulfilling);
        assert!([(2, 0), (0, 2)].contains(&units), "{line:?}");
    }
}

fn refused_but_one<T>(answers: Vec<Result<T, Error>>, why: &str) {
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    for error in refused.into_iter().filter_map(Result::err) {
        assert_eq!(error.reason, why, "{error:?}");
    }
}
