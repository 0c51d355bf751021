//! Properties of an order: whatever is asked of it in whatever order, its units add up, its money adds up,
//! and folding its events again gives the same order.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use stoa_api::order::v1::{
    CancelReason, LineQuantity, Order, OrderSource, OrderState, Quote, QuoteLine, Return,
    ReturnState,
};
use stoa_api::pricing::v1::{BasketTotals, CaptureMode, PricedLine};
use stoa_api::type_::v1::{LineKind, Money};
use stoa_types::{FulfillmentId, Ids, OrderId, ReturnId, SystemIds, Timestamp};

use super::amounts::{due, gross, kept_outside, minor, settled, share, total};
use super::buckets::Buckets;
use super::checkout::{Acceptance, Secured};
use super::event::{Event, decode, encode, event_type};
use super::settle::{self, WayOut};
use super::{cancel, checkout, fold, fulfillment, returns};

fn gbp(minor_units: i64) -> Option<Money> {
    Some(Money {
        currency_code: "GBP".to_owned(),
        minor_units,
    })
}

fn quote(lines: &[(i64, i64)], capture: CaptureMode) -> Quote {
    let sum = lines.iter().map(|(_, gross)| gross).sum();
    Quote {
        quote_id: "qte".to_owned(),
        lines: lines
            .iter()
            .enumerate()
            .map(|(place, (quantity, gross))| QuoteLine {
                line_id: (place + 1).to_string(),
                kind: LineKind::Goods.into(),
                stock_tracked: true,
                price: Some(PricedLine {
                    sku: format!("sku-{}", place % 3),
                    quantity: *quantity,
                    gross: gbp(*gross),
                    ..PricedLine::default()
                }),
                ..QuoteLine::default()
            })
            .collect(),
        totals: Some(BasketTotals {
            total: gbp(sum),
            ..BasketTotals::default()
        }),
        capture_mode: capture.into(),
        ..Quote::default()
    }
}

/// An order with its stream, so that the fold can be repeated.
struct Stream {
    order: Order,
    stored: Vec<(&'static str, Vec<u8>)>,
    returns: Vec<Return>,
}

impl Stream {
    fn accept(quote: &Quote) -> Self {
        let mut stream = Self {
            order: Order::default(),
            stored: Vec::new(),
            returns: Vec::new(),
        };
        stream.record(vec![checkout::accept(
            quote,
            &Acceptance {
                order_id: OrderId::new(&SystemIds),
                source: OrderSource::Placed,
                external_ref: String::new(),
                country_code: "GB".to_owned(),
                place_time: Timestamp::from_micros(1),
            },
        )]);
        stream
    }

    fn record(&mut self, events: Vec<Event>) {
        for event in events {
            self.stored.push((event_type(&event), encode(&event)));
            let at = self.at();
            fold::apply(&mut self.order, &event, at).unwrap();
        }
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_micros(i64::try_from(self.stored.len()).unwrap())
    }

    fn refold(&self) -> Order {
        let mut order = Order::default();
        for (place, (event_type, payload)) in (1..).zip(&self.stored) {
            let event = decode(event_type, payload).unwrap();
            fold::apply(&mut order, &event, Timestamp::from_micros(place)).unwrap();
        }
        order
    }

    fn command(&mut self, command: u8, units: i64) {
        match command % 13 {
            0 => self.confirm(units % 4 != 3),
            1 => {
                if let Ok(events) = checkout::refuse(&self.order, CancelReason::OutOfStock) {
                    self.record(events);
                }
            }
            2 => {
                if let Ok((events, _)) = cancel::request(&self.order, CancelReason::Customer) {
                    self.record(events);
                }
            }
            3 => self.record(cancel::finish(&self.order, cancel::refundable(&self.order))),
            4 => {
                let id = FulfillmentId::from_uuid(SystemIds.uuid());
                if let Ok(events) = fulfillment::create(&self.order, id) {
                    self.record(events);
                }
            }
            5 => self.ship(),
            6 => self.start_return(units),
            7 => self.end_return(ReturnState::Refunded),
            8 => self.end_return(ReturnState::Rejected),
            9 => {
                let reference = self.stored.len().to_string();
                let out = settle::mark_paid(&self.order, self.some(units), &reference);
                self.go(out);
            }
            10 => self.go(settle::write_off(&self.order, self.some(units))),
            // What is not needed any more is given up by the way out that settled the order, not by this one.
            11 => {
                if let Ok(out) = settle::retry(&self.order) {
                    self.record(out.events);
                }
            }
            _ => self.record(settle::release(&self.order)),
        }
    }

    /// A part of the total, in its currency.
    fn some(&self, units: i64) -> stoa_types::Money {
        let minor = (total(&self.order) * units / 19).max(1);
        stoa_types::Money::new(minor, "GBP".parse().unwrap())
    }

    fn go(&mut self, out: Result<WayOut, stoa_errors::Error>) {
        if let Ok(out) = out {
            self.record(out.events);
            assert_eq!(out.releases, settle::unneeded(&self.order) > 0);
        }
    }

    /// Whether what is due at once can be taken is the provider's to say.
    fn confirm(&mut self, taken: bool) {
        let secured = Secured {
            hold_id: "hld".to_owned(),
            payment_id: "pay".to_owned(),
        };
        if let Ok(events) = checkout::confirm(&self.order, &secured) {
            self.record(events);
            let due = checkout::due_at_once(&self.order);
            self.record(if taken {
                checkout::capture(&self.order, "pay", due)
            } else {
                checkout::put_on_hold(&self.order, "CAPTURE_DECLINED")
            });
        }
    }

    fn ship(&mut self) {
        let Some(id) = self
            .order
            .fulfillments
            .last()
            .map(|fulfillment| fulfillment.fulfillment_id.clone())
        else {
            return;
        };
        if let Ok(events) = fulfillment::start_shipping(&self.order, &id, "") {
            self.record(events);
            let due = fulfillment::due_on_shipping(&self.order, &id).unwrap();
            let events = fulfillment::ship(&self.order, &id, due, "pay").unwrap();
            self.record(events);
        }
    }

    fn start_return(&mut self, units: i64) {
        let Some(line) = self.order.lines.first() else {
            return;
        };
        let wanted = [LineQuantity {
            line_id: line.line_id.clone(),
            quantity: units,
        }];
        let id = ReturnId::new(&SystemIds).to_string();
        let earlier = self.returns.iter();
        if let Ok((events, lines)) = returns::start(&self.order, &id, &wanted, earlier) {
            self.record(events);
            self.returns.push(Return {
                return_id: id,
                lines,
                state: ReturnState::Received.into(),
                ..Return::default()
            });
        }
    }

    /// Ends the oldest open return.
    fn end_return(&mut self, end: ReturnState) {
        let open = |returned: &&mut Return| returned.state() == ReturnState::Received;
        let Some(returned) = self.returns.iter_mut().find(open) else {
            return;
        };
        returned.set_state(end);
        let (id, lines) = (returned.return_id.clone(), returned.lines.clone());
        let event = if end == ReturnState::Rejected {
            returns::reject(&id, &lines)
        } else {
            let amount = lines.iter().map(|line| minor(line.refund.as_ref())).sum();
            let back = returns::payable(&self.order, amount, 0);
            assert!(back.by_us + back.outside <= amount);
            if self.order.written_off.is_none() {
                let all = back.by_us + back.outside;
                assert_eq!(all, amount, "more was granted than was paid");
            }
            returns::finish(&self.order, &id, &lines, back)
        };
        self.record(vec![event]);
    }
}

fn lines() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((1..50_i64, 0..100_000_i64), 1..6)
}

proptest! {
    #[test]
    fn an_order_is_the_fold_of_its_events_and_its_units_and_money_add_up(
        lines in lines(),
        at_once in any::<bool>(),
        commands in prop::collection::vec((any::<u8>(), 1..20_i64), 0..25),
    ) {
        let capture = if at_once { CaptureMode::AtOnce } else { CaptureMode::OnShipment };
        let mut stream = Stream::accept(&quote(&lines, capture));
        for (command, units) in commands {
            stream.command(command, units);
            let order = &stream.order;
            prop_assert!(order.lines.iter().all(Buckets::adds_up));
            let (captured, refunded) = (minor(order.captured.as_ref()), minor(order.refunded.as_ref()));
            prop_assert!(0 <= refunded && refunded <= captured);
            prop_assert!(settled(order) <= total(order) && kept_outside(order) >= 0);
            if order.state() == OrderState::Canceled {
                prop_assert_eq!((captured, kept_outside(order)), (refunded, 0));
            }
            if order.state() == OrderState::Closed {
                prop_assert_eq!(settled(order), total(order));
            }
        }
        prop_assert_eq!(&stream.refold(), &stream.order);
        prop_assert_eq!(stream.order.revision, i64::try_from(stream.stored.len()).unwrap());
    }

    #[test]
    fn parts_of_a_line_add_up_to_the_line(gross in 0..1_000_000_000_i64, ordered in 1..10_000_i64, cuts in prop::collection::vec(0..10_000_i64, 0..8)) {
        let mut cuts: Vec<i64> = cuts.into_iter().map(|cut| cut % (ordered + 1)).collect();
        cuts.push(ordered);
        cuts.sort_unstable();
        let (mut sum, mut before) = (0, 0);
        for cut in cuts {
            let part = share(gross, cut, ordered) - share(gross, before, ordered);
            prop_assert!(part >= 0);
            (sum, before) = (sum + part, cut);
        }
        prop_assert_eq!(sum, gross);
    }
}

#[test]
fn all_units_of_an_order_are_due_its_total() {
    let stream = Stream::accept(&quote(
        &[(3, 1000), (7, 333), (1, 0)],
        CaptureMode::OnShipment,
    ));
    assert_eq!(due(&stream.order, |line| line.ordered), 1333);
    assert_eq!(stream.order.lines.iter().map(gross).sum::<i64>(), 1333);
}

#[test]
fn two_lines_of_one_sku_are_one_demand() {
    let stream = Stream::accept(&quote(
        &[(3, 1), (7, 1), (1, 1), (4, 1)],
        CaptureMode::AtOnce,
    ));
    let demand = checkout::demand(&stream.order);
    assert_eq!(demand.get("sku-0"), Some(&7));
    assert_eq!(demand.len(), 3);
}

/// Units of a line whose price does not divide evenly come back in parts, and some of these are refused meanwhile.
#[test]
fn what_is_given_back_for_all_units_is_the_price_of_the_line_whatever_was_rejected() {
    let mut stream = Stream::accept(&quote(&[(3, 10)], CaptureMode::AtOnce));
    stream.command(0, 0);
    stream.command(4, 0);
    stream.command(5, 0);
    stream.command(6, 1);
    stream.command(6, 1);
    stream.command(8, 0);
    stream.command(6, 1);
    stream.command(6, 1);
    let granted: i64 = stream
        .returns
        .iter()
        .filter(|returned| returned.state() != ReturnState::Rejected)
        .flat_map(|returned| &returned.lines)
        .map(|line| minor(line.refund.as_ref()))
        .sum();
    assert_eq!((stream.returns.len(), granted), (4, 10));
}

#[test]
fn nothing_comes_back_of_an_order_of_which_nothing_left() {
    let mut stream = Stream::accept(&quote(&[(3, 10)], CaptureMode::AtOnce));
    stream.command(1, 0);
    let wanted = [LineQuantity {
        line_id: "1".to_owned(),
        quantity: 1,
    }];
    let refusal = returns::start(&stream.order, "ret", &wanted, std::iter::empty()).unwrap_err();
    assert_eq!(refusal.reason, "QUANTITY_NOT_RETURNABLE");
    assert_eq!(
        refusal.metadata.get("returnable").map(String::as_str),
        Some("0")
    );
}

#[test]
fn a_demand_beyond_what_one_line_of_a_hold_takes_is_several_lines() {
    let stream = Stream::accept(&quote(
        &[(9, 1), (1, 1), (1, 1), (9, 1)],
        CaptureMode::AtOnce,
    ));
    let lines = checkout::demand_lines(&stream.order, 10);
    let of_first: Vec<i64> = lines
        .iter()
        .filter(|(sku, _)| sku == "sku-0")
        .map(|(_, units)| *units)
        .collect();
    assert_eq!(of_first, [10, 8]);
}

fn gbp_of(minor: i64) -> stoa_types::Money {
    stoa_types::Money::new(minor, "GBP".parse().unwrap())
}

/// Two returns that are being given back at once never ask for more than was taken, and what was paid outside comes after.
#[test]
fn returns_at_the_same_time_share_what_was_taken() {
    let mut stream = Stream::accept(&quote(&[(2, 100)], CaptureMode::AtOnce));
    stream.command(0, 3);
    stream.go(settle::mark_paid(&stream.order, gbp_of(30), "T-1"));
    stream.go(settle::write_off(&stream.order, gbp_of(30)));
    stream.go(settle::retry(&stream.order));
    let due = checkout::due_at_once(&stream.order);
    stream.record(checkout::capture(&stream.order, "pay", due));
    stream.go(Ok(WayOut::default()).map(|mut out: WayOut| {
        out.releases = settle::unneeded(&stream.order) > 0;
        out
    }));
    assert_eq!(due, 40);
    let first = returns::payable(&stream.order, 50, 0);
    let second = returns::payable(&stream.order, 50, 50);
    assert_eq!((first.by_us, first.outside), (40, 10));
    assert_eq!((second.by_us, second.outside), (0, 20));
}

/// What is paid or given up where nothing more is due takes the order off hold, and says what to do then.
#[test]
fn a_way_out_takes_the_order_off_hold_once_nothing_is_due() {
    let mut stream = Stream::accept(&quote(&[(2, 100)], CaptureMode::AtOnce));
    stream.command(0, 3);
    assert_eq!(stream.order.state(), OrderState::OnHold);
    stream.go(settle::mark_paid(&stream.order, gbp_of(99), "T-1"));
    assert_eq!(stream.order.state(), OrderState::OnHold);
    let again = settle::mark_paid(&stream.order, gbp_of(1), "T-1").unwrap_err();
    assert_eq!(again.reason, "EXTERNAL_REF_USED");
    let more = settle::mark_paid(&stream.order, gbp_of(2), "T-2").unwrap_err();
    assert_eq!(more.reason, "AMOUNT_EXCEEDS_DUE");
    assert_eq!(
        more.metadata.get("due_minor").map(String::as_str),
        Some("1")
    );
    let euro = stoa_types::Money::new(1, "EUR".parse().unwrap());
    let other = settle::write_off(&stream.order, euro).unwrap_err();
    assert_eq!(other.reason, "CURRENCY_MISMATCH");
    stream.go(settle::write_off(&stream.order, gbp_of(1)));
    assert_eq!(stream.order.state(), OrderState::Confirmed);
    assert_eq!(settle::unneeded(&stream.order), 100);
    assert_eq!(
        settle::retry(&stream.order).unwrap_err().reason,
        "ORDER_STATE"
    );
    let asked = cancel::request(&stream.order, CancelReason::Customer).unwrap_err();
    assert_eq!(asked.reason, "PAID_EXTERNALLY");
    let (events, _) = cancel::request(&stream.order, CancelReason::Staff).unwrap();
    stream.record(events);
    stream.record(cancel::finish(&stream.order, 0));
    assert_eq!(minor(stream.order.refunded_externally.as_ref()), 99);
    assert_eq!(stream.refold(), stream.order);
}
