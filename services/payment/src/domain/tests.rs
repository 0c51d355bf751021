//! The rules, by cases and by random sequences.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use stoa_types::{
    ChannelId, Currency, Ids, OperationId, OrderId, PaymentId, SystemIds, Timestamp, Uuid,
};

use super::*;

const TERMS: Terms = Terms {
    multi_capture: true,
    partial_void: true,
};
const NOW: Timestamp = Timestamp::from_micros(1_000_000);

fn new() -> NewOperation {
    let id = OperationId::new(&SystemIds);
    NewOperation {
        id,
        create_key: id.to_string(),
        actor: "service:order".to_owned(),
        correlation_id: Uuid::nil(),
        traceparent: None,
    }
}

fn book(kind: IntentKind, amount: i64) -> Book {
    let payment = Payment {
        id: PaymentId::new(&SystemIds),
        kind,
        order_id: Some(OrderId::new(&SystemIds)),
        credit_id: None,
        channel_id: ChannelId::from_uuid(SystemIds.uuid()),
        owner: String::new(),
        flow: Flow::AuthorizeCapture,
        action: None,
        currency: Currency::parse("GBP").unwrap(),
        amount,
        sums: Sums::default(),
        token: Some("tok_approve".to_owned()),
        provider: "sandbox".to_owned(),
        decline_code: String::new(),
        create_key: "key".to_owned(),
        version: 1,
        event_version: 1,
        created_at: NOW,
        updated_at: NOW,
    };
    Book::new(payment, Vec::new())
}

fn yes() -> Verdict {
    Verdict::Succeeded {
        provider_id: "auth_1".to_owned(),
    }
}

fn no() -> Verdict {
    Verdict::Declined {
        code: "card_declined".to_owned(),
    }
}

fn authorized(amount: i64) -> (Book, OperationId) {
    let mut book = book(IntentKind::Payment, amount);
    let op = book
        .reserve(OperationKind::Authorize, None, TERMS, new(), NOW)
        .unwrap();
    book.resolve(op.id, &yes(), new, NOW);
    (book, op.id)
}

fn captured(amount: i64) -> Book {
    let (mut book, _) = authorized(amount);
    let op = book
        .reserve(OperationKind::Capture, Some(amount), TERMS, new(), NOW)
        .unwrap();
    book.resolve(op.id, &yes(), new, NOW);
    book
}

#[test]
fn what_is_unknown_counts_as_spent() {
    let mut book = captured(100);
    let first = book
        .reserve(OperationKind::Refund, Some(60), TERMS, new(), NOW)
        .unwrap();
    book.resolve(first.id, &Verdict::Unknown, new, NOW);
    let second = book.reserve(OperationKind::Refund, Some(60), TERMS, new(), NOW);
    assert_eq!(second, Err(Refusal::ExceedsCaptured { available: 40 }));
    book.resolve(first.id, &Verdict::NeverArrived, new, NOW);
    assert!(
        book.reserve(OperationKind::Refund, Some(60), TERMS, new(), NOW)
            .is_ok()
    );
}

#[test]
fn a_capture_and_a_void_compete_for_the_same_amount() {
    let (mut book, authorization) = authorized(100);
    book.reserve(OperationKind::Capture, Some(100), TERMS, new(), NOW)
        .unwrap();
    assert_eq!(
        book.reserve_void(authorization, TERMS, new(), NOW),
        Err(Refusal::State(PaymentState::Authorized))
    );
}

#[test]
fn a_decline_is_the_payments_but_a_lost_request_may_be_tried_again() {
    let mut declined = book(IntentKind::Payment, 5);
    let op = declined
        .reserve(OperationKind::Authorize, None, TERMS, new(), NOW)
        .unwrap();
    declined.resolve(op.id, &no(), new, NOW);
    assert_eq!(declined.payment.state(), PaymentState::Declined);
    assert_eq!(declined.payment.token, None);

    let mut lost = book(IntentKind::Payment, 5);
    let op = lost
        .reserve(OperationKind::Authorize, None, TERMS, new(), NOW)
        .unwrap();
    lost.resolve(op.id, &Verdict::NeverArrived, new, NOW);
    assert_eq!(lost.payment.state(), PaymentState::Created);
    assert!(
        lost.reserve(OperationKind::Authorize, None, TERMS, new(), NOW)
            .is_ok()
    );
}

#[test]
fn an_abandoned_authorisation_that_happened_is_given_up_in_the_same_step() {
    let mut book = book(IntentKind::Payment, 70);
    let op = book
        .reserve(OperationKind::Authorize, None, TERMS, new(), NOW)
        .unwrap();
    book.resolve(op.id, &Verdict::Unknown, new, NOW);
    assert!(book.abandon(op.id, NOW));
    assert!(!book.resend(op.id, 9, NOW), "nobody wants it any more");
    book.resolve(op.id, &yes(), new, NOW);
    let void = book.operations.last().unwrap();
    assert_eq!((void.kind, void.amount), (OperationKind::Void, 70));
    assert_eq!(book.payment.sums.void_pending, 70);
    assert!(book.changes.contains(&Change::Drive(void.id)));
}

#[test]
fn a_late_capture_is_recorded_and_given_back() {
    let (mut book, _) = authorized(100);
    let first = book
        .reserve(OperationKind::Capture, Some(100), TERMS, new(), NOW)
        .unwrap();
    book.resolve(first.id, &Verdict::NeverArrived, new, NOW);
    let second = book
        .reserve(OperationKind::Capture, Some(100), TERMS, new(), NOW)
        .unwrap();
    book.resolve(second.id, &yes(), new, NOW);
    book.resolve(first.id, &yes(), new, NOW);
    assert!(book.operation(first.id).unwrap().late);
    assert_eq!(book.payment.sums.captured, 200);
    assert_eq!(book.payment.sums.captured_excess, 100);
    assert!(book.changes.contains(&Change::Alarm(first.id)));
    let refund = book.operations.last().unwrap();
    assert_eq!(
        (refund.kind, refund.amount, refund.target),
        (OperationKind::Refund, 100, Some(first.id))
    );
    assert!(book.payment.sums.hold(100));
}

#[test]
fn what_succeeded_stays_so() {
    let (mut book, authorization) = authorized(10);
    let before = book.clone();
    for verdict in [no(), Verdict::NeverArrived, Verdict::Unknown, yes()] {
        book.resolve(authorization, &verdict, new, NOW);
    }
    assert_eq!(book.payment, before.payment);
    assert_eq!(book.operations, before.operations);
}

#[test]
fn a_credit_is_paid_out_once() {
    let mut book = book(IntentKind::Credit, 30);
    assert_eq!(
        book.reserve(OperationKind::Authorize, None, TERMS, new(), NOW),
        Err(Refusal::State(PaymentState::Created))
    );
    let op = book
        .reserve(OperationKind::Credit, None, TERMS, new(), NOW)
        .unwrap();
    assert_eq!(
        book.reserve(OperationKind::Credit, None, TERMS, new(), NOW),
        Err(Refusal::State(PaymentState::Processing))
    );
    book.resolve(op.id, &yes(), new, NOW);
    assert_eq!(book.payment.state(), PaymentState::Credited);
    assert_eq!(book.payment.sums.credited, 30);
}

#[test]
fn a_provider_that_takes_one_capture_is_asked_for_one() {
    let (mut book, authorization) = authorized(100);
    let strict = Terms {
        multi_capture: false,
        partial_void: false,
    };
    let first = book.reserve(OperationKind::Capture, Some(40), strict, new(), NOW);
    book.resolve(first.unwrap().id, &yes(), new, NOW);
    let refused = Err(Refusal::State(PaymentState::Captured));
    assert_eq!(
        book.reserve(OperationKind::Capture, Some(40), strict, new(), NOW),
        refused
    );
    assert_eq!(
        book.reserve_void(authorization, strict, new(), NOW),
        refused
    );
}

#[derive(Clone, Debug)]
enum Step {
    Reserve(usize, i64),
    Resolve(usize, usize),
    Abandon(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..5usize, 1..150i64).prop_map(|(kind, amount)| Step::Reserve(kind, amount)),
        (0..20usize, 0..4usize).prop_map(|(op, verdict)| Step::Resolve(op, verdict)),
        (0..20usize).prop_map(Step::Abandon),
    ];
    prop::collection::vec(step, 1..60)
}

fn play(book: &mut Book, step: &Step) {
    match *step {
        Step::Reserve(kind, amount) => {
            // A refusal is an answer.
            let _ = book.reserve(OperationKind::ALL[kind], Some(amount), TERMS, new(), NOW);
        }
        Step::Resolve(op, verdict) => {
            let Some(id) = book.operations.get(op).map(|op| op.id) else {
                return;
            };
            let verdict = [yes(), no(), Verdict::Unknown, Verdict::NeverArrived][verdict].clone();
            book.resolve(id, &verdict, new, NOW);
        }
        Step::Abandon(op) => {
            if let Some(id) = book.operations.get(op).map(|op| op.id) {
                book.abandon(id, NOW);
            }
        }
    }
}

/// The sums are what the operations say.
fn recounted(book: &Book) -> Sums {
    let total = |kind, pending: bool| -> i64 {
        book.operations
            .iter()
            .filter(|op| op.kind == kind)
            .filter(|op| {
                if pending {
                    op.state.is_open()
                } else {
                    op.state == OperationState::Succeeded
                }
            })
            .map(|op| op.amount)
            .sum()
    };
    Sums {
        authorize_pending: total(OperationKind::Authorize, true),
        authorized: total(OperationKind::Authorize, false),
        capture_pending: total(OperationKind::Capture, true),
        captured: total(OperationKind::Capture, false),
        void_pending: total(OperationKind::Void, true),
        voided: total(OperationKind::Void, false),
        refund_pending: total(OperationKind::Refund, true),
        refunded: total(OperationKind::Refund, false),
        credit_pending: total(OperationKind::Credit, true),
        credited: total(OperationKind::Credit, false),
        ..book.payment.sums
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_sums_hold_and_the_ledger_is_zero(credit: bool, steps in steps()) {
        let kind = if credit { IntentKind::Credit } else { IntentKind::Payment };
        let mut book = book(kind, 100);
        for step in &steps {
            play(&mut book, step);
            prop_assert!(book.payment.sums.hold(100), "{:?} after {step:?}", book.payment.sums);
            prop_assert_eq!(recounted(&book), book.payment.sums);
        }
        let mut provider = 0;
        for change in &book.changes {
            if let Change::Moved(_, legs) = change {
                prop_assert_eq!(legs.iter().map(|leg| leg.amount).sum::<i64>(), 0);
                provider += legs[0].amount;
            }
        }
        let sums = book.payment.sums;
        prop_assert_eq!(provider, sums.captured - sums.refunded - sums.credited);
    }

    #[test]
    fn without_a_late_success_nothing_ever_exceeds(steps in steps()) {
        let mut book = book(IntentKind::Payment, 100);
        for step in &steps {
            let late = matches!(step, Step::Resolve(op, 0)
                if book.operations.get(*op).is_some_and(|op| op.state == OperationState::Failed));
            if late {
                continue;
            }
            play(&mut book, step);
        }
        let sums = book.payment.sums;
        prop_assert_eq!(sums.authorized_excess + sums.captured_excess + sums.refunded_excess, 0);
        prop_assert!(sums.captured + sums.voided <= 100);
        prop_assert!(sums.refunded <= sums.captured);
    }
}
