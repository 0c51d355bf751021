//! Sums that are too large, more than there is, and quotes that are over: refused with a reason, and nothing has changed but,
//! where execution decided it, the key.

use std::time::Duration;

use prost::Message as _;
use stoa_api::Call;
use stoa_api::inventory::v1::{
    AdjustStockRequest, AllocateHoldRequest, CreateHoldRequest, StockAdjustment,
};
use stoa_api::order::v1::*;
use stoa_api::payment::v1::*;
use stoa_api::pricing::v1::{BatchSetPricesRequest, PriceEntry};
use stoa_api::type_::v1::UnitPrice;
use stoa_testkit::Doors;
use stoa_types::{ChannelId, OrderId, SystemIds};
use tonic::Code;

use crate::life::{Life, MUG, ONCE, TILE, at, credit, demand, pence, place, quote, unit, units};
use crate::world::{By, World};

/// The largest price of one unit.
const MOST: i64 = 1_000_000_000_000_000;
/// The largest quantity of one line.
const MANY: i64 = 10_000_000;

struct Limits<'a> {
    world: &'a World,
    keys: u32,
}

impl Limits<'_> {
    /// Calls with this message, which must be refused so, each time that it comes; nothing but its key is written.
    async fn refused<C: Call>(&mut self, by: By, mut message: C, code: Code, reason: &str) {
        self.keys += 1;
        message.set_request_id(format!("limit-{}", self.keys));
        let before = self.world.books().await.but_keys();
        let told = format!("{} {reason}", C::METHOD.path);
        let mut texts = Vec::new();
        for _ in 0..2 {
            let call = self
                .world
                .call(by.clone(), C::METHOD, None, message.encode_to_vec());
            let refusal = call.await.expect_err(&told);
            let found = (
                refusal.code,
                refusal.reason.as_str(),
                refusal.domain.as_str(),
            );
            assert_eq!(found, (code, reason, "stoa"), "{told}: {refusal:?}");
            if code == Code::InvalidArgument {
                assert!(
                    !refusal.violations.is_empty(),
                    "{told} names no field: {refusal:?}"
                );
            }
            texts.push(refusal);
        }
        assert_eq!(
            texts[0], texts[1],
            "{told} is told otherwise the second time"
        );
        before.unchanged(&self.world.books().await.but_keys(), &told);
    }
}

/// A product whose price is the largest that there is.
async fn gold(world: &World) {
    let price = PriceEntry {
        sku: TILE.to_owned(),
        unit_price: unit(MOST),
        ..Default::default()
    };
    let prices = BatchSetPricesRequest {
        channel: ONCE.to_owned(),
        prices: vec![price],
        ..Default::default()
    };
    world.suite.staff().call(prices).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused() {
    let world = World::start().await;
    let life = Life::live(&world, false).await;
    gold(&world).await;
    let (staff, ann) = (world.operator(), world.guest("ann"));
    let mut limits = Limits {
        world: &world,
        keys: 0,
    };
    let out = Code::OutOfRange;
    limits
        .refused(ann.clone(), quote(&[(TILE, MANY)]), out, "AMOUNT_OVERFLOW")
        .await;
    // Each line fits, their sum does not.
    let sum = quote(&[(TILE, 9_000), (TILE, 9_000)]);
    limits
        .refused(ann.clone(), sum, out, "AMOUNT_OVERFLOW")
        .await;
    let item = StaffQuoteItem {
        sku: MUG.to_owned(),
        quantity: MANY,
        r#override: Some(PriceOverride {
            unit_price: unit(MOST),
            reason: "gold".to_owned(),
        }),
    };
    let staff_quote = CreateStaffQuoteRequest {
        channel: ONCE.to_owned(),
        items: vec![item],
        ..Default::default()
    };
    limits
        .refused(staff.clone(), staff_quote.clone(), out, "AMOUNT_OVERFLOW")
        .await;
    let mut large = credit("C-9", MOST);
    large.items[0].quantity = MANY;
    limits
        .refused(staff.clone(), large, out, "AMOUNT_OVERFLOW")
        .await;

    let mut later = staff_quote.clone();
    later.items[0].quantity = 1;
    later.place_time = at(32_503_680_000);
    limits
        .refused(
            staff.clone(),
            later,
            Code::InvalidArgument,
            "PLACE_TIME_IN_FUTURE",
        )
        .await;
    let dollars = PriceEntry {
        sku: MUG.to_owned(),
        unit_price: Some(UnitPrice {
            currency_code: "USD".to_owned(),
            micros: 1,
        }),
        ..Default::default()
    };
    let prices = BatchSetPricesRequest {
        channel: ONCE.to_owned(),
        prices: vec![dollars],
        ..Default::default()
    };
    limits
        .refused(
            staff.clone(),
            prices,
            Code::InvalidArgument,
            "CURRENCY_MISMATCH",
        )
        .await;
    let adjust = AdjustStockRequest {
        location: "main".to_owned(),
        reference: "fire".to_owned(),
        reason: "burnt".to_owned(),
        lines: vec![StockAdjustment {
            sku: MUG.to_owned(),
            delta: -MANY,
        }],
        ..Default::default()
    };
    let failed = Code::FailedPrecondition;
    limits
        .refused(staff.clone(), adjust, failed, "STOCK_NEGATIVE")
        .await;
    let more = RequestReturnRequest {
        order_id: life.shipped.clone(),
        lines: units(MANY),
        ..Default::default()
    };
    limits
        .refused(ann, more, failed, "QUANTITY_NOT_RETURNABLE")
        .await;
    world.stop().await;
}

/// What is wrong in two thousand places is told in the first of them: an answer that no client takes would be none.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_wrong_everywhere_is_refused_with_the_first_of_it() {
    let world = World::start().await;
    let mut wrong = quote(&vec![(MUG, 0); 2_000]);
    wrong.request_id = "wrong".to_owned();
    let ann = world.guest("ann");
    let call = world.call(ann, CreateQuoteRequest::METHOD, None, wrong.encode_to_vec());
    let refusal = call.await.unwrap_err();
    let found = (refusal.code, refusal.reason.as_str());
    assert_eq!(
        found,
        (Code::InvalidArgument, "INVALID_ARGUMENT"),
        "{refusal:?}"
    );
    assert_eq!(refusal.violations[0].field, "basket.items[0].quantity");
    let told = refusal.violations.len();
    let left_out = refusal.meta("violations_left_out").map(str::to_owned);
    assert_eq!(left_out, Some((2_000 - told).to_string()));
    let rest = world.suite.rest().with_guest_secret(&Doors::secret("ann"));
    let answer = rest.call(wrong).await.unwrap_err();
    assert_eq!(answer.reason, "INVALID_ARGUMENT");
    assert_eq!(answer.violations.len(), told);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_gets_no_more_than_there_is() {
    let world = World::start().await;
    Life::live(&world, false).await;
    let mut limits = Limits {
        world: &world,
        keys: 0,
    };
    let failed = Code::FailedPrecondition;
    let inventory = world.entitled(CreateHoldRequest::METHOD);
    let hold = CreateHoldRequest {
        owner: OrderId::new(&SystemIds).to_string(),
        channel_id: ChannelId::new(&SystemIds).to_string(),
        lines: demand(MANY),
        ..Default::default()
    };
    limits
        .refused(inventory.clone(), hold, failed, "OUT_OF_STOCK")
        .await;
    let unknown = AllocateHoldRequest {
        hold_id: stoa_types::HoldId::new(&SystemIds).to_string(),
        ..Default::default()
    };
    limits
        .refused(inventory, unknown, Code::NotFound, "HOLD_NOT_FOUND")
        .await;

    let payment = world.entitled(CapturePaymentRequest::METHOD);
    let found = world
        .suite
        .staff()
        .call(SearchPaymentsRequest::default())
        .await
        .unwrap();
    let open = found.payments.iter().find(|payment| {
        let minor = |money: &Option<stoa_api::type_::v1::Money>| {
            money.as_ref().map_or(0, |money| money.minor_units)
        };
        minor(&payment.authorized) == 1_000 && minor(&payment.captured) == 800
    });
    let payment_id = open
        .expect("a payment that is partly captured")
        .payment_id
        .clone();
    let capture = CapturePaymentRequest {
        payment_id: payment_id.clone(),
        amount: pence(201),
        ..Default::default()
    };
    limits
        .refused(
            payment.clone(),
            capture,
            failed,
            "AMOUNT_EXCEEDS_AUTHORIZED",
        )
        .await;
    let refund = RefundPaymentRequest {
        payment_id: payment_id.clone(),
        amount: pence(501),
        ..Default::default()
    };
    limits
        .refused(payment.clone(), refund, failed, "AMOUNT_EXCEEDS_CAPTURED")
        .await;
    let mut dollars = pence(1);
    dollars.as_mut().unwrap().currency_code = "USD".to_owned();
    let refund = RefundPaymentRequest {
        payment_id: payment_id.clone(),
        amount: dollars,
        ..Default::default()
    };
    limits
        .refused(
            payment.clone(),
            refund,
            Code::InvalidArgument,
            "CURRENCY_MISMATCH",
        )
        .await;
    for amount in [0, -1] {
        let capture = CapturePaymentRequest {
            payment_id: payment_id.clone(),
            amount: pence(amount),
            ..Default::default()
        };
        limits
            .refused(
                payment.clone(),
                capture,
                Code::InvalidArgument,
                "INVALID_ARGUMENT",
            )
            .await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_is_for_one_order_and_for_a_time() {
    let world = World::start().await;
    Life::live(&world, false).await;
    let ann = world.suite.guest("ann");
    let mut limits = Limits {
        world: &world,
        keys: 0,
    };
    let failed = Code::FailedPrecondition;
    let used = ann.call(quote(&[(MUG, 1)])).await.unwrap().quote.unwrap();
    ann.call(place(&used.quote_id, "tok_approve"))
        .await
        .unwrap();
    let guest = world.guest("ann");
    limits
        .refused(
            guest.clone(),
            place(&used.quote_id, "tok_approve"),
            failed,
            "QUOTE_USED",
        )
        .await;
    let open = ann.call(quote(&[(MUG, 1)])).await.unwrap().quote.unwrap();
    let mut homeless = place(&open.quote_id, "tok_approve");
    homeless.shipping_address = None;
    limits
        .refused(
            guest.clone(),
            homeless,
            Code::InvalidArgument,
            "ADDRESS_REQUIRED",
        )
        .await;
    let unpaid = place(&open.quote_id, "");
    limits
        .refused(
            guest.clone(),
            unpaid,
            Code::InvalidArgument,
            "PAYMENT_REQUIRED",
        )
        .await;
    world.clock.advance(Duration::from_secs(2 * 86_400));
    limits
        .refused(
            guest.clone(),
            place(&open.quote_id, "tok_approve"),
            failed,
            "QUOTE_EXPIRED",
        )
        .await;
    // It is over for good, also for another key; a new one is not.
    limits
        .refused(
            guest.clone(),
            place(&open.quote_id, "tok_decline"),
            failed,
            "QUOTE_EXPIRED",
        )
        .await;
    let open = ann.call(quote(&[(MUG, 1)])).await.unwrap().quote.unwrap();
    assert!(ann.call(place(&open.quote_id, "tok_approve")).await.is_ok());
    world.stop().await;
}
