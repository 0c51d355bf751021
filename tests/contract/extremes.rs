//! Messages that break no rule and are odd all the same: each bound, each limit of a type, moments outside of the calendar, about
//! things that exist. Whatever comes of it is an answer or a refusal with a reason, and the books agree afterwards.

use std::collections::BTreeMap;

use futures::StreamExt;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, Value};
use stoa_api::ops::v1::CheckInvariantsRequest;
use stoa_api::payment::v1::SearchPaymentsRequest;
use stoa_api::{METHODS, Method, broken_rules};
use stoa_testkit::outgoing;
use tonic::Code;

use crate::expected::request;
use crate::life::{Life, MUG, ONCE, TILE, quote};
use crate::samples::{self, good};
use crate::wire::Refusal;
use crate::world::{World, descriptor, reasons, with_text};

/// How many calls are under way at once.
const AT_ONCE: usize = 16;

/// The largest message that is sent: the limits of lists have tests of their own.
const LARGEST: usize = 64 * 1024;

/// What fields of these names hold, so that the messages are about something.
async fn things(world: &World, life: &Life<'_>) -> BTreeMap<&'static str, String> {
    let search = SearchPaymentsRequest {
        order_id: life.shipped.clone(),
        ..Default::default()
    };
    let payments = world.suite.staff().call(search).await.unwrap().payments;
    let quoted = world.suite.staff().call(quote(&[(TILE, 1)])).await.unwrap();
    BTreeMap::from([
        ("currency_code", "GBP".to_owned()),
        ("channel", ONCE.to_owned()),
        ("location", "main".to_owned()),
        ("sku", MUG.to_owned()),
        ("service", "order".to_owned()),
        ("line_id", "1".to_owned()),
        ("payment_token", "tok_approve".to_owned()),
        ("order_id", life.shipped.clone()),
        ("return_id", life.returned.clone()),
        ("payment_id", payments[0].payment_id.clone()),
        ("quote_id", quoted.quote.unwrap().quote_id),
    ])
}

/// Puts the things into the fields of their names; not into the one that is odd.
fn fill(message: &mut DynamicMessage, things: &BTreeMap<&str, String>, odd: &str) {
    for (field, value) in message.fields_mut() {
        match value {
            Value::String(text) if field.full_name() != odd => {
                if let Some(thing) = things.get(field.name()) {
                    text.clone_from(thing);
                }
            }
            Value::Message(inner) => fill(inner, things, odd),
            Value::List(items) => {
                for item in items {
                    if let Value::Message(inner) = item {
                        fill(inner, things, odd);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Moments outside of the calendar, or of no calendar, in each field of the request that holds one.
fn moments(method: &Method) -> Vec<(String, DynamicMessage)> {
    let descriptor = request(method);
    let moment = |seconds: i64, nanos: i32, of: &MessageDescriptor| {
        let mut made = DynamicMessage::new(of.clone());
        made.set_field_by_name("seconds", Value::I64(seconds));
        made.set_field_by_name("nanos", Value::I32(nanos));
        Value::Message(made)
    };
    let mut all = Vec::new();
    for field in descriptor.fields() {
        let Kind::Message(of) = field.kind() else {
            continue;
        };
        if of.full_name() != "google.protobuf.Timestamp" {
            continue;
        }
        for (seconds, nanos) in [
            (i64::MIN, 0),
            (i64::MAX, 0),
            (0, -1),
            (0, i32::MAX),
            (-62_135_596_801, 0),
        ] {
            let mut message = good(&descriptor);
            message.set_field(&field, moment(seconds, nanos, &of));
            all.push((field.full_name().to_owned(), message));
        }
    }
    all
}

/// What is sent to an RPC.
fn odd(method: &Method) -> Vec<(String, DynamicMessage)> {
    let descriptor = request(method);
    let all = samples::odd(&descriptor).into_iter();
    let mut all: Vec<_> = all
        .map(|odd| (odd.field.full_name().to_owned(), odd.message))
        .chain(moments(method))
        .filter(|(_, message)| message.encoded_len() <= LARGEST)
        .filter(|(_, message)| {
            let broken = broken_rules(method, &message.encode_to_vec());
            broken.unwrap().unwrap().is_empty()
        })
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|(_, message)| seen.insert(message.encode_to_vec()));
    all
}

/// What is sent, about things that exist, each with a key of its own.
fn filled(method: &Method, things: &BTreeMap<&str, String>) -> Vec<DynamicMessage> {
    let mut all = Vec::new();
    for (at, (field, mut message)) in odd(method).into_iter().enumerate() {
        fill(&mut message, things, &field);
        if method.keyed && !field.ends_with(".request_id") {
            message = with_text(message, "request_id", &format!("{}-{at}", method.name));
        }
        all.push(message);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_no_rule_is_answered_or_refused_with_a_reason() {
    let world = World::start().await;
    let life = Life::live(&world, false).await;
    let things = things(&world, &life).await;
    let reasons = reasons();
    let mut faults = Vec::new();
    let mut sent = 0;
    // A stream of an order waits for what is newer than the newest.
    for method in METHODS.iter().copied().filter(|method| !method.streaming) {
        let calls = filled(method, &things).into_iter().map(|message| {
            let bytes = message.encode_to_vec();
            let call = world.call(world.entitled(method), method, None, bytes);
            async move { (message, call.await) }
        });
        let mut calls = futures::stream::iter(calls).buffer_unordered(AT_ONCE);
        while let Some((message, answer)) = calls.next().await {
            sent += 1;
            let Err(refusal) = answer else { continue };
            if fault(&refusal, &reasons) {
                faults.push(format!("{} {refusal:?}: {message}", method.path));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {sent}:\n{}",
        faults.len(),
        faults[..faults.len().min(20)].join("\n")
    );
    assert!(sent > 1_000, "only {sent} messages were sent");
    agree(&world).await;
    world.stop().await;
}

/// No service finds anything wrong with itself.
async fn agree(world: &World) {
    world.books().await;
    for service in ["catalog", "pricing", "inventory", "payment", "order"] {
        let check = CheckInvariantsRequest {
            service: service.to_owned(),
            ..Default::default()
        };
        for check in world.suite.staff().call(check).await.unwrap().checks {
            assert_eq!(check.violation_count, 0, "{service}: {check:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_no_rule_is_answered_through_rest() {
    let world = World::start().await;
    let life = Life::live(&world, false).await;
    let things = things(&world, &life).await;
    let rest = world.suite.rest().with_token(world.suite.token());
    let mut sent = 0;
    let methods = METHODS
        .iter()
        .filter(|method| !method.internal() && !method.streaming);
    for method in methods {
        let rpc = descriptor(method);
        let calls = filled(method, &things).into_iter().map(|message| {
            let (rest, rpc) = (&rest, &rpc);
            async move {
                // JSON has no moment outside of the calendar, and no server takes a path of any length.
                let said = serde_json::to_value(&message).is_ok();
                let short = said && outgoing(rpc, &message).path.len() < 8_000;
                let answer = if short {
                    Some(rest.send_to(rpc, &message).await)
                } else {
                    None
                };
                (message, answer)
            }
        });
        let mut calls = futures::stream::iter(calls).buffer_unordered(AT_ONCE);
        while let Some((message, answer)) = calls.next().await {
            let Some(answer) = answer else { continue };
            sent += 1;
            let told = format!(
                "{} {message}: {} {}",
                method.path, answer.status, answer.text
            );
            assert!(!answer.status.is_server_error(), "{told}");
            let known = answer.status.is_success() || answer.json()["reason"].is_string();
            assert!(known && answer.json().is_object(), "{told}");
        }
    }
    assert!(sent > 1_000, "only {sent} messages were sent");
    agree(&world).await;
    world.stop().await;
}

/// Whether it is a fault of ours: broken, away or too slow, or for a reason that nobody can look up.
fn fault(refusal: &Refusal, reasons: &std::collections::BTreeSet<String>) -> bool {
    let ours = [
        Code::Internal,
        Code::Unknown,
        Code::Unavailable,
        Code::DeadlineExceeded,
        Code::DataLoss,
        Code::Unimplemented,
    ];
    let unnamed = refusal.code == Code::InvalidArgument && refusal.violations.is_empty();
    ours.contains(&refusal.code)
        || !reasons.contains(&refusal.reason)
        || refusal.domain != "stoa"
        || unnamed
}
