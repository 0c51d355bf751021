//! What is wrong with a message before it has a meaning: every RPC refuses it with a clear reason, and nothing has changed.

use bytes::Bytes;
use prost::Message as _;
use stoa_api::{METHODS, Method, broken_rules};
use tonic::Code;

use crate::samples::good;
use crate::wire::{Refusal, sorted};
use crate::world::{World, descriptor, keyless, reasons, with_text};

/// A field that no message has, of so many bytes.
fn padding(bytes: usize) -> Bytes {
    let mut message = Vec::with_capacity(bytes + 16);
    prost::encoding::bytes::encode(1_000, &vec![0_u8; bytes], &mut message);
    message.into()
}

fn is(refusal: &Refusal, code: Code, reason: &str, method: &Method) {
    let found = (
        refusal.code,
        refusal.reason.as_str(),
        refusal.domain.as_str(),
    );
    assert_eq!(
        found,
        (code, reason, "stoa"),
        "{}: {refusal:?}",
        method.path
    );
    assert!(!refusal.text.is_empty(), "{}", method.path);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_at_all_is_answered_with_what_is_missing() {
    let world = World::start().await;
    let before = world.books().await;
    for method in METHODS {
        let key = method.keyed.then_some("empty");
        let answer = world
            .call(world.entitled(method), method, key, Vec::new())
            .await;
        let broken = broken_rules(method, &[]).unwrap().unwrap();
        if broken.is_empty() {
            // Whatever it is, it is no fault of ours.
            let refused = answer.err().map(|refusal| refusal.reason);
            let known = refused
                .as_ref()
                .is_none_or(|reason| reasons().contains(reason));
            assert!(
                known && refused.as_deref() != Some("INTERNAL"),
                "{}: {refused:?}",
                method.path
            );
            assert!(!method.keyed, "{} does something for nothing", method.path);
        } else {
            let refusal = answer.expect_err(method.path);
            is(&refusal, Code::InvalidArgument, "INVALID_ARGUMENT", method);
            assert_eq!(refusal.broken(), sorted(&broken), "{}", method.path);
        }
    }
    before.unchanged(&world.books().await, "an empty message");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused() {
    let world = World::start().await;
    let before = world.books().await;
    let mut wrong_type = Vec::new();
    prost::encoding::fixed64::encode(1, &7, &mut wrong_type);
    let unreadable: [(&str, Vec<u8>); 4] = [
        ("noise", vec![0xff; 9]),
        ("a field that ends early", vec![0x0a, 0x7f, 0x41]),
        ("a varint without an end", vec![0x80; 12]),
        ("the wrong type", wrong_type),
    ];
    for method in METHODS {
        let has_fields = descriptor(method).input().fields().next().is_some();
        for (what, bytes) in &unreadable {
            if *what == "the wrong type" && !has_fields {
                continue;
            }
            let answer = world
                .call(world.entitled(method), method, None, bytes.clone())
                .await;
            let refusal = answer.expect_err(&format!("{} takes {what}", method.path));
            is(&refusal, Code::InvalidArgument, "MALFORMED", method);
        }
    }
    before.unchanged(&world.books().await, "an unreadable message");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_and_what_is_just_small_enough_is_read() {
    let world = World::start().await;
    let before = world.books().await;
    let limit = 4 * 1024 * 1024;
    let large = padding(limit);
    for method in METHODS {
        let answer = world
            .call(world.entitled(method), method, None, large.clone())
            .await;
        let refusal = answer.expect_err(method.path);
        is(&refusal, Code::OutOfRange, "MESSAGE_TOO_LARGE", method);
    }
    let small = padding(limit - 16);
    let method = stoa_api::method("/stoa.order.v1.OrderService/PlaceOrder").unwrap();
    let answer = world
        .call(world.entitled(method), method, Some("large"), small)
        .await;
    is(
        &answer.unwrap_err(),
        Code::InvalidArgument,
        "INVALID_ARGUMENT",
        method,
    );
    before.unchanged(&world.books().await, "too large a message");
    world.stop().await;
}

/// A mutation needs its key, from one place, or the same from both.
#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_needs_one_key() {
    let world = World::start().await;
    let before = world.books().await;
    let long = "k".repeat(129);
    for method in METHODS {
        let by = || world.entitled(method);
        let message = keyless(good(&descriptor(method).input()));
        let bytes = message.encode_to_vec();
        if !method.keyed {
            continue;
        }
        let none = world
            .call(by(), method, None, bytes.clone())
            .await
            .unwrap_err();
        is(
            &none,
            Code::InvalidArgument,
            "IDEMPOTENCY_KEY_REQUIRED",
            method,
        );
        assert_eq!(none.violations[0].field, "request_id", "{}", method.path);
        let other = with_text(message.clone(), "request_id", "one").encode_to_vec();
        let both = world
            .call(by(), method, Some("other"), other)
            .await
            .unwrap_err();
        is(
            &both,
            Code::InvalidArgument,
            "IDEMPOTENCY_KEY_CONFLICT",
            method,
        );
        assert_eq!(both.violations[0].field, "request_id", "{}", method.path);
        let too_long = world
            .call(by(), method, Some(&long), bytes)
            .await
            .unwrap_err();
        is(&too_long, Code::InvalidArgument, "INVALID_ARGUMENT", method);
        assert_eq!(
            too_long.violations[0].field, "request_id",
            "{}",
            method.path
        );
    }
    before.unchanged(&world.books().await, "a mutation without its key");
    world.stop().await;
}
