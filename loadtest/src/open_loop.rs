//! Orders arrive at a fixed rate; each is a guest's quote and order, and its latency counts from when it was meant to start.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use rand::Rng;
use stoa_api::order::v1::create_quote_request::Source;
use stoa_api::order::v1::order_service_client::OrderServiceClient;
use stoa_api::order::v1::{Basket, CreateQuoteRequest, OrderState, PlaceOrderRequest, QuoteItem};
use stoa_api::type_::v1::Address;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::shop::{SKUS, sku};
use crate::suite::Suite;

/// An order that starts later than this after its moment is a late start: the load itself could not keep up.
const LATE: Duration = Duration::from_millis(10);

/// Orders that may be under way at once; beyond it the run is over the suite's limit by far.
const UNDER_WAY: u64 = 20_000;

/// A load.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// Orders that arrive per second.
    pub(crate) rate: u32,
    /// For how long they arrive.
    pub(crate) span: Duration,
    /// Lines of an order.
    pub(crate) lines: u32,
    /// For how long the suite is stopped in the middle; zero: not at all.
    pub(crate) pause: Duration,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            rate: 100,
            span: Duration::from_secs(5),
            lines: 2,
            pause: Duration::ZERO,
        }
    }
}

/// What came of a load.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Latencies in microseconds, of confirmed orders alone.
    pub(crate) latency: Histogram<u64>,
    pub(crate) confirmed: u64,
    pub(crate) failed: u64,
    pub(crate) late_starts: u64,
    /// From the first arrival to the last answer.
    pub(crate) took: Duration,
    /// The first failure, for a person to read.
    pub(crate) first_failure: Option<String>,
}

/// Lets orders arrive and waits for the last answer.
pub(crate) async fn run(suite: &Suite, load: &Load) -> Result<Outcome> {
    let (tell, mut told) = mpsc::unbounded_channel();
    let under_way = Arc::new(AtomicU64::new(0));
    let count = u64::from(load.rate) * load.span.as_millis().try_into().unwrap_or(0) / 1_000;
    let started = Instant::now();
    let arrivals = async {
        let mut late_starts = 0;
        for number in 0..count {
            let moment =
                started + Duration::from_nanos(number * 1_000_000_000 / u64::from(load.rate));
            sleep_until(moment).await;
            if moment.elapsed() > LATE {
                late_starts += 1;
            }
            if under_way.fetch_add(1, Ordering::Relaxed) > UNDER_WAY {
                break;
            }
            let channel = suite.channel(usize::try_from(number).unwrap_or(0))?;
            let (tell, under_way, lines) = (tell.clone(), Arc::clone(&under_way), load.lines);
            #[expect(
                clippy::disallowed_methods,
                reason = "an open loop waits for no order; the channel joins them"
            )]
            tokio::spawn(async move {
                let outcome = order(channel, number, lines).await;
                under_way.fetch_sub(1, Ordering::Relaxed);
                // Nobody listens any more: the run is over.
                let _ = tell.send((outcome, moment.elapsed()));
            });
        }
        drop(tell);
        Ok::<u64, anyhow::Error>(late_starts)
    };
    let pause = async {
        if !load.pause.is_zero() {
            sleep_until(started + load.span / 2).await;
            suite.pause(load.pause).await?;
        }
        Ok::<(), anyhow::Error>(())
    };
    let listen = async {
        let mut latency = Histogram::<u64>::new_with_bounds(1, 120_000_000, 3)
            .context("the histogram has bad bounds")?;
        let (mut confirmed, mut failed, mut first_failure) = (0, 0, None);
        while let Some((outcome, took)) = told.recv().await {
            match outcome {
                Ok(()) => {
                    confirmed += 1;
                    latency.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
                }
                Err(failure) => {
                    failed += 1;
                    first_failure.get_or_insert(failure);
                }
            }
        }
        Ok::<_, anyhow::Error>((latency, confirmed, failed, first_failure))
    };
    let (late_starts, (), (latency, confirmed, failed, first_failure)) =
        tokio::try_join!(arrivals, pause, listen)?;
    Ok(Outcome {
        latency,
        confirmed,
        failed,
        late_starts,
        took: started.elapsed(),
        first_failure,
    })
}

/// One guest quotes and orders; done when the order is confirmed.
async fn order(channel: Channel, number: u64, lines: u32) -> Result<(), String> {
    let mut client = OrderServiceClient::new(channel);
    let (secret, first): (u128, usize) = {
        let mut random = rand::rng();
        (random.random(), random.random_range(0..SKUS))
    };
    let secret = format!("{secret:032x}");
    let items = (0..usize::try_from(lines).unwrap_or(0)).map(|line| QuoteItem {
        sku: sku((first + line * 7) % SKUS),
        quantity: 1,
    });
    let quote = CreateQuoteRequest {
        request_id: format!("quote/{number}"),
        source: Some(Source::Basket(Basket {
            items: items.collect(),
        })),
        ..CreateQuoteRequest::default()
    };
    let quote = client.create_quote(guest(&secret, quote)?).await;
    let quote = quote.map_err(|status| said(&status))?.into_inner().quote;
    let place = PlaceOrderRequest {
        request_id: format!("order/{number}"),
        quote_id: quote.unwrap_or_default().quote_id,
        payment_token: "tok_approve".to_owned(),
        email: "load@example.com".to_owned(),
        shipping_address: Some(address()),
    };
    let placed = client.place_order(guest(&secret, place)?).await;
    let order = placed.map_err(|status| said(&status))?.into_inner().order;
    match order.unwrap_or_default().state() {
        OrderState::Confirmed | OrderState::Closed => Ok(()),
        other => Err(format!("an order is {}", other.as_str_name())),
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

fn guest<T>(secret: &str, message: T) -> Result<Request<T>, String> {
    let mut request = Request::new(message);
    let secret = secret.parse().map_err(|_| "a bad secret".to_owned())?;
    request.metadata_mut().insert("stoa-guest-secret", secret);
    Ok(request)
}

fn said(status: &Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}
