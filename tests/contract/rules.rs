//! Every rule of every field of every request, broken alone and sent to the running suite: it is refused by name, and nothing
//! has changed.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_reflect::DynamicMessage;
use stoa_api::{METHODS, Method, broken_rules};
use stoa_errors::FieldViolation;
use stoa_testkit::outgoing;
use tonic::Code;

use crate::expected::{request, rules_of};
use crate::samples::{self, Odd};
use crate::wire::sorted;
use crate::world::{World, descriptor};

/// What a message of this method breaks by the generated checks, which `crates/api` holds against protovalidate's own engine.
fn broken(method: &Method, odd: &Odd) -> Vec<FieldViolation> {
    let found = broken_rules(method, &odd.message.encode_to_vec());
    found.expect("a method").expect("a message")
}

/// The field, or oneof, and the rule that this message is about, when it breaks one.
fn about(odd: &Odd, violation: &FieldViolation) -> Option<(String, String)> {
    let rule = violation.reason.clone();
    let rest = violation.field.strip_prefix(&odd.path);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('[')) {
        return Some((odd.field.full_name().to_owned(), rule));
    }
    let oneof = odd.field.containing_oneof()?;
    let named = violation.field.ends_with(oneof.name());
    named.then(|| (oneof.full_name().to_owned(), rule))
}

/// For each place of each rule the message that breaks the least besides it: path and rule, then the message.
fn least(method: &Method) -> BTreeMap<(String, String), (Odd, Vec<FieldViolation>)> {
    let mut found: BTreeMap<(String, String), (Odd, Vec<FieldViolation>)> = BTreeMap::new();
    let size = |odd: &Odd, all: &[FieldViolation]| (all.len(), odd.message.encoded_len());
    for odd in samples::odd(&request(method)) {
        let all = broken(method, &odd);
        let places: BTreeSet<_> = all
            .iter()
            .filter(|violation| about(&odd, violation).is_some())
            .map(|violation| (odd.path.clone(), violation.reason.clone()))
            .collect();
        for place in places {
            let better = found
                .get(&place)
                .is_none_or(|(known, more)| size(&odd, &all) < size(known, more));
            if better {
                let copy = Odd {
                    field: odd.field.clone(),
                    path: odd.path.clone(),
                    message: odd.message.clone(),
                };
                found.insert(place, (copy, all.clone()));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_of_each_field_is_refused_by_name() {
    let world = World::start().await;
    let before = world.books().await;
    let mut hit = BTreeSet::new();
    let mut expected = BTreeSet::new();
    let mut alone = 0;
    let mut sent = 0;
    for method in METHODS {
        rules_of(&request(method), &mut BTreeSet::new(), &mut expected);
        for ((path, rule), (odd, all)) in least(method) {
            let told = format!(
                "{} with {path} that breaks {rule}: {}",
                method.path, odd.message
            );
            let refusal = world
                .refused(world.entitled(method), method, &odd.message)
                .await;
            assert_eq!(refusal.code, Code::InvalidArgument, "{told}: {refusal:?}");
            assert_eq!(refusal.domain, "stoa", "{told}");
            // What every text keeps, those with a pattern keep by it too.
            let own = rule != "string.nul";
            sent += usize::from(own);
            if refusal.reason == "IDEMPOTENCY_KEY_REQUIRED" {
                // A key that is empty is none; the rest of the message has been right.
                assert_eq!(path, "request_id", "{told}");
                continue;
            }
            assert!(
                refusal.broken().contains(&(path.clone(), rule.clone()))
                    || refusal
                        .violations
                        .iter()
                        .any(|found| about(&odd, found).is_some()),
                "{told}: {refusal:?}"
            );
            if path == "request_id" && own {
                // Its length is checked before all rules: it names what is stored.
                assert_eq!(refusal.violations.len(), 1, "{told}: {refusal:?}");
            } else {
                assert_eq!(refusal.broken(), sorted(&all), "{told}: {refusal:?}");
            }
            alone += usize::from(own && refusal.violations.len() == 1);
            hit.extend(
                refusal
                    .violations
                    .iter()
                    .filter_map(|found| about(&odd, found)),
            );
        }
    }
    let missed: Vec<_> = expected.difference(&hit).collect();
    assert!(missed.is_empty(), "no message broke {missed:#?}");
    assert!(expected.len() > 100, "only {} rules found", expected.len());
    // The others cannot be broken alone: what is too short does not match its pattern either.
    assert!(
        alone * 10 > sent * 8,
        "{alone} of {sent} rules were broken alone"
    );
    before.unchanged(&world.books().await, "a broken rule");
    world.stop().await;
}

/// Whether a message breaks the same once it was JSON: what JSON cannot say cannot be sent so.
fn in_json(method: &Method, odd: &Odd) -> bool {
    let Ok(json) = serde_json::to_value(&odd.message) else {
        return false;
    };
    let descriptor = prost_reflect::ReflectMessage::descriptor(&odd.message);
    let back = DynamicMessage::deserialize(descriptor, json);
    let found = back.map(|back| {
        broken_rules(method, &back.encode_to_vec())
            .unwrap()
            .unwrap()
    });
    found.is_ok_and(|found| sorted(&found) == sorted(&broken(method, odd)))
}

/// The same through REST: whatever can be said there is refused with the same words.
#[tokio::test(flavor = "multi_thread")]
async fn each_rule_is_refused_by_name_through_rest() {
    let world = World::start().await;
    let before = world.books().await;
    let rest = world.suite.rest().with_token(world.suite.token());
    let (mut compared, mut all_of_them) = (0, 0);
    for method in METHODS.iter().filter(|method| !method.internal()) {
        let rpc = descriptor(method);
        for ((path, rule), (odd, all)) in least(method) {
            all_of_them += 1;
            let request = outgoing(&rpc, &odd.message);
            // No server takes a path of any length, and an empty variable is another path.
            let empty = ["//", "/:"].iter().any(|at| request.path.contains(at));
            if !in_json(method, &odd) || request.path.len() > 8_000 || empty {
                continue;
            }
            let told = format!(
                "{} with {path} that breaks {rule}: {}",
                method.path, odd.message
            );
            // No header holds what is not printed.
            let plain = |key: &&str| key.is_ascii() && !key.contains(|c: char| c.is_control());
            let key = request.key.as_deref().filter(plain);
            let answer = rest
                .send(request.method, &request.path, key, request.body.as_ref())
                .await;
            let problem = answer.json();
            let of_path = path == "request_id" || answer.status == 404 || answer.status == 405;
            assert!(answer.status.is_client_error(), "{told}: {problem}");
            if of_path {
                continue;
            }
            assert_eq!(answer.status, 400, "{told}: {problem}");
            let found: Vec<FieldViolation> =
                serde_json::from_value(problem["violations"].clone()).unwrap();
            // A query has the names of an enum, and no number is one.
            let unnamed = rule.starts_with("enum.") && found[0].reason == "WRONG_TYPE";
            if !unnamed {
                assert_eq!(sorted(&found), sorted(&all), "{told}: {problem}");
            }
            compared += 1;
        }
    }
    assert!(
        compared * 10 > all_of_them * 6,
        "{compared} of {all_of_them} were compared"
    );
    before.unchanged(&world.books().await, "a broken rule");
    world.stop().await;
}
