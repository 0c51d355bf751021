//! Page tokens and read masks, of every RPC that has them.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};
use serde_json::{Value as Json, json};
use stoa_api::order::v1::GetOrderRequest;
use stoa_api::payment::v1::SearchPaymentsRequest;
use stoa_api::{METHODS, Method};
use tonic::Code;

use crate::life::{Life, MUG, ONCE};
use crate::samples::good;
use crate::taps::STRANGER;
use crate::wire::Refusal;
use crate::world::{By, World, descriptor, keyless, with_text};

/// One list: its RPC, and what it is asked for.
struct List {
    method: &'static Method,
    by: By,
    asked: DynamicMessage,
}

impl List {
    /// A request for one thing, after this token.
    fn page(&self, token: &str) -> Vec<u8> {
        let mut message = with_text(self.asked.clone(), "page_token", token);
        message.set_field_by_name("page_size", Value::I32(1));
        message.encode_to_vec()
    }
}

fn paged() -> impl Iterator<Item = &'static Method> {
    let has = |method: &Method| {
        descriptor(method)
            .input()
            .get_field_by_name("page_token")
            .is_some()
    };
    METHODS.iter().copied().filter(move |method| has(method))
}

/// Every list of the contract, with what it needs to hold two things.
async fn lists(world: &World, life: &Life<'_>) -> Vec<List> {
    let order = GetOrderRequest {
        order_id: life.shipped.clone(),
        ..Default::default()
    };
    assert!(world.suite.guest("ann").call(order).await.is_ok());
    let payments = SearchPaymentsRequest {
        order_id: life.shipped.clone(),
        ..Default::default()
    };
    let payments = world.suite.staff().call(payments).await.unwrap().payments;
    let needed: BTreeMap<&str, Json> = BTreeMap::from([
        ("ListDeadLetters", json!({"service": STRANGER})),
        ("ListFacts", json!({"service": "order"})),
        ("ListAuditEntries", json!({"service": "order"})),
        ("ListOrderEvents", json!({"orderId": life.shipped})),
        (
            "ListPaymentOperations",
            json!({"paymentId": payments[0].payment_id}),
        ),
        ("ListPrices", json!({"channel": ONCE})),
        (
            "ListWorkflows",
            json!({"service": "order", "state": "WORKFLOW_STATE_DONE"}),
        ),
    ]);
    let own = ["ListOrders", "ListReturns", "ListPayments"];
    paged()
        .map(|method| {
            let needed = needed
                .get(method.name)
                .cloned()
                .unwrap_or_else(|| json!({}));
            let input = descriptor(method).input();
            let by = match own.contains(&method.name) {
                true => world.guest("ann"),
                false => world.entitled(method),
            };
            List {
                method,
                by,
                asked: DynamicMessage::deserialize(input, needed).unwrap(),
            }
        })
        .collect()
}

/// The `next_page_token` of an answer.
fn next(method: &Method, answer: &[u8]) -> String {
    let answer = DynamicMessage::decode(descriptor(method).output(), answer).unwrap();
    let token = answer.get_field_by_name("next_page_token").unwrap();
    token.as_str().unwrap().to_owned()
}

fn is_no_token(refusal: &Refusal, told: &str) {
    let found = (
        refusal.code,
        refusal.reason.as_str(),
        refusal.domain.as_str(),
    );
    let expected = (Code::InvalidArgument, "PAGE_TOKEN_INVALID", "stoa");
    assert_eq!(found, expected, "{told}: {refusal:?}");
    assert_eq!(refusal.violations[0].field, "page_token", "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_token_is_one_of_its_list_with_its_arguments() {
    let world = World::start().await;
    let life = Life::live(&world, false).await;
    let lists = lists(&world, &life).await;
    let before = world.books().await;
    let mut tokens = Vec::new();
    for list in &lists {
        let first = world
            .call(list.by.clone(), list.method, None, list.page(""))
            .await;
        let mut most = list.asked.clone();
        most.set_field_by_name("page_size", Value::I32(i32::MAX));
        let most = world
            .call(list.by.clone(), list.method, None, most.encode_to_vec())
            .await;
        assert!(most.is_ok(), "{}: {most:?}", list.method.path);
        let token = next(
            list.method,
            &first.unwrap_or_else(|refusal| panic!("{} {refusal:?}", list.method.path)),
        );
        assert!(!token.is_empty(), "{} has one page", list.method.path);
        let second = world
            .call(list.by.clone(), list.method, None, list.page(&token))
            .await;
        assert!(second.is_ok(), "{}: {second:?}", list.method.path);
        tokens.push((list.method.path, token));
    }
    for list in &lists {
        let path = list.method.path;
        let others = tokens.iter().filter(|(of, _)| *of != path);
        let mut wrong: Vec<(String, String)> = others
            .map(|(of, token)| (format!("the token of {of}"), token.clone()))
            .collect();
        let own = tokens.iter().find(|(of, _)| *of == path).unwrap().1.clone();
        for token in [
            "x",
            "AAAA",
            "AAAAAAAAAAAAAAAA",
            "%",
            &own[1..],
            &format!("{own}A"),
        ] {
            wrong.push((format!("the token {token}"), token.to_owned()));
        }
        for (what, token) in wrong {
            let answer = world
                .call(list.by.clone(), list.method, None, list.page(&token))
                .await;
            let told = format!("{path} with {what}");
            is_no_token(&answer.expect_err(&told), &told);
        }
        for field in [
            "channel",
            "sku",
            "external_ref",
            "order_id",
            "payment_id",
            "category",
            "service",
            "subject",
        ] {
            let Some(bound) = list.asked.descriptor_field(field) else {
                continue;
            };
            let value = match bound {
                "channel" => "default".to_owned(),
                "service" => "payment".to_owned(),
                "sku" => MUG.to_owned(),
                "order_id" if list.method.name == "ListOrderEvents" => continue,
                "order_id" => life.shipped.clone(),
                "payment_id" => continue,
                _ => "another".to_owned(),
            };
            let other = List {
                method: list.method,
                by: list.by.clone(),
                asked: with_text(list.asked.clone(), field, &value),
            };
            let told = format!("{path} with another {field}");
            let answer = world
                .call(list.by.clone(), list.method, None, other.page(&own))
                .await;
            is_no_token(&answer.expect_err(&told), &told);
        }
    }
    let facts = lists
        .iter()
        .find(|list| list.method.name == "ListFacts")
        .unwrap();
    for service in ["catalog", "pricing", "inventory", "payment", "order"] {
        let asked = with_text(facts.asked.clone(), "service", service);
        let message = with_text(asked, "page_token", "AAAAAAAAAAAAAAAA").encode_to_vec();
        let answer = world
            .call(facts.by.clone(), facts.method, None, message)
            .await;
        is_no_token(&answer.expect_err(service), service);
    }
    before.unchanged(&world.books().await, "a page token");
    world.stop().await;
}

trait Described {
    /// The name, when the message has such a text field.
    fn descriptor_field<'a>(&self, name: &'a str) -> Option<&'a str>;
}

impl Described for DynamicMessage {
    fn descriptor_field<'a>(&self, name: &'a str) -> Option<&'a str> {
        let descriptor = prost_reflect::ReflectMessage::descriptor(self);
        let field = descriptor.get_field_by_name(name)?;
        (!field.is_list()).then_some(name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_mask_names_fields_that_exist() {
    let world = World::start().await;
    let before = world.books().await;
    let mut masked = BTreeSet::new();
    for method in METHODS {
        let input = descriptor(method).input();
        let Some(field) = input.get_field_by_name("read_mask") else {
            continue;
        };
        masked.insert(method.path);
        let mask = field.kind().as_message().unwrap().clone();
        let many: Vec<String> = vec!["*".to_owned(); 101];
        for paths in [
            vec!["nonsense".to_owned()],
            vec!["*.x".to_owned()],
            vec![String::new()],
            many,
        ] {
            let paths = paths.into_iter().map(Value::String).collect();
            let mut wrong = DynamicMessage::new(mask.clone());
            wrong.set_field_by_name("paths", Value::List(paths));
            let mut message = keyless(good(&input));
            message.set_field(&field, Value::Message(wrong));
            let refusal = world
                .refused(world.entitled(method), method, &message)
                .await;
            let found = (
                refusal.code,
                refusal.reason.as_str(),
                refusal.domain.as_str(),
            );
            let expected = (Code::InvalidArgument, "READ_MASK_INVALID", "stoa");
            assert_eq!(found, expected, "{}: {refusal:?}", method.path);
            assert_eq!(refusal.violations[0].field, "read_mask", "{}", method.path);
        }
    }
    assert!(masked.len() > 15, "{masked:?}");
    before.unchanged(&world.books().await, "a read mask");
    world.stop().await;
}
