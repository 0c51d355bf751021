//! Every rule of every request: the generated checks say what protovalidate's own engine says, and each rule is seen broken.

use std::collections::BTreeSet;

use prost::Message as _;
use prost_protovalidate::{Error, Validator};
use prost_reflect::DynamicMessage;
use stoa_api::order::v1::PlaceOrderRequest;
use stoa_api::{Call, METHODS, Method, broken_rules};

use crate::expected::{request, rules_of};
use crate::samples;

/// Field and rule.
type Broken = BTreeSet<(String, String)>;

/// A check that is ours alone: a `read_mask` names fields that exist.
const OWN: &str = "READ_MASK_INVALID";

/// The other one: no text holds U+0000.
const NUL: &str = "string.nul";

fn ours(method: &Method, message: &DynamicMessage) -> Broken {
    let found = broken_rules(method, &message.encode_to_vec())
        .expect("a method")
        .expect("a message");
    found
        .into_iter()
        .filter(|violation| violation.reason != OWN)
        .map(|violation| (violation.field, violation.reason))
        .collect()
}

fn theirs(validator: &Validator, message: &DynamicMessage) -> Broken {
    match validator.validate(message) {
        Ok(()) => Broken::new(),
        Err(Error::Validation(error)) => error
            .violations()
            .iter()
            .map(|v| (v.field_path(), v.rule_id().to_owned()))
            .collect(),
        Err(other) => panic!(
            "protovalidate cannot check {}: {other}",
            message.descriptor_name()
        ),
    }
}

trait Named {
    fn descriptor_name(&self) -> String;
}

impl Named for DynamicMessage {
    fn descriptor_name(&self) -> String {
        prost_reflect::ReflectMessage::descriptor(self)
            .full_name()
            .to_owned()
    }
}

#[test]
fn the_checks_are_those_of_protovalidate_and_each_rule_is_hit() {
    let validator = Validator::new();
    let mut hit: BTreeSet<(String, String)> = BTreeSet::new();
    let mut expected = BTreeSet::new();
    for method in METHODS {
        let message = request(method);
        let good = samples::good(&message);
        assert_eq!(ours(method, &good), Broken::new(), "{} {good}", method.path);
        assert_eq!(
            theirs(&validator, &good),
            Broken::new(),
            "{} {good}",
            method.path
        );
        for odd in samples::odd(&message) {
            let broken = ours(method, &odd.message);
            let of_theirs: Broken = broken
                .iter()
                .filter(|(_, rule)| rule != NUL)
                .cloned()
                .collect();
            assert_eq!(
                of_theirs,
                theirs(&validator, &odd.message),
                "{} at {}: {}",
                method.path,
                odd.path,
                odd.message
            );
            for (field, rule) in broken {
                if field == odd.path
                    || field
                        .strip_prefix(&odd.path)
                        .is_some_and(|rest| rest.starts_with('['))
                {
                    hit.insert((odd.field.full_name().to_owned(), rule));
                } else if let Some(oneof) = odd.field.containing_oneof()
                    && field.ends_with(oneof.name())
                {
                    hit.insert((oneof.full_name().to_owned(), rule));
                }
            }
        }
        rules_of(&message, &mut BTreeSet::new(), &mut expected);
    }
    let missed: Vec<_> = expected.difference(&hit).collect();
    assert!(missed.is_empty(), "no message broke {missed:#?}");
    assert!(expected.len() > 100, "only {} rules found", expected.len());
}

#[test]
fn a_violation_says_where_which_and_what() {
    let mut request = PlaceOrderRequest {
        shipping_address: Some(Default::default()),
        ..PlaceOrderRequest::default()
    };
    request.shipping_address.as_mut().unwrap().lines = vec!["x".to_owned(), String::new()];
    let violations = request.validate().unwrap_err();
    let line = violations
        .iter()
        .find(|v| v.field == "shipping_address.lines[1]")
        .expect("the second line is empty");
    assert_eq!(
        (line.reason.as_str(), line.description.as_str()),
        ("string.min_len", "must not be empty")
    );
}
