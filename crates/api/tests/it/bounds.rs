//! Every field of a request says what it may hold, and within which bounds.

use std::collections::BTreeSet;

use prost_reflect::{Kind, Value};
use stoa_api::pool;

use crate::build::options;
use crate::contract::{behaviour, none, requests, rpcs};

const REQUIRED: i64 = 2;
const OUTPUT_ONLY: i64 = 3;

/// Messages that stand in a request beside an `update_mask`: what may be missing in them, the mask decides.
fn masked() -> BTreeSet<String> {
    let updates = rpcs()
        .map(|rpc| rpc.input())
        .filter(|request| request.get_field_by_name("update_mask").is_some());
    let held = updates.flat_map(|request| request.fields().collect::<Vec<_>>());
    held.filter_map(|field| {
        field
            .kind()
            .as_message()
            .map(|message| message.full_name().to_owned())
    })
    .collect()
}

#[test]
fn every_field_of_a_request_says_its_behaviour() {
    let fields = requests()
        .into_iter()
        .flat_map(|message| message.fields().collect::<Vec<_>>());
    none(fields, |field| {
        behaviour(field)
            .is_empty()
            .then(|| field.full_name().to_owned())
    });
}

#[test]
fn every_field_of_a_request_that_can_be_wrong_has_a_rule() {
    let fields = requests()
        .into_iter()
        .flat_map(|message| message.fields().collect::<Vec<_>>());
    none(
        fields.filter(|field| !behaviour(field).contains(&OUTPUT_ONLY)),
        |field| {
            let rules = options::message(pool(), &field.options(), "buf.validate.field");
            let required = behaviour(field).contains(&REQUIRED);
            let oneof = field
                .containing_oneof()
                .is_some_and(|oneof| !oneof.is_synthetic());
            let free = match field.kind() {
                _ if field.is_list() || field.is_map() => false,
                Kind::Bool => true,
                Kind::Message(_) => !required || oneof,
                _ => false,
            };
            (rules.is_none() && !free).then(|| field.full_name().to_owned())
        },
    );
}

/// A list without an upper bound, or a string without a length, is a door for as much as a message may hold.
#[test]
fn nothing_in_a_request_is_unbounded() {
    let fields = requests()
        .into_iter()
        .flat_map(|message| message.fields().collect::<Vec<_>>());
    none(
        fields.filter(|field| !behaviour(field).contains(&OUTPUT_ONLY)),
        |field| {
            let rules = options::message(pool(), &field.options(), "buf.validate.field")?;
            let has = |family: &str, names: &[&str]| {
                options::inner(&rules, family)
                    .is_some_and(|of| names.iter().any(|name| of.has_field_by_name(name)))
            };
            let bounded = if field.is_list() {
                has("repeated", &["max_items"])
            } else if field.is_map() {
                has("map", &["max_pairs"])
            } else if matches!(field.kind(), Kind::String) {
                let ends = options::inner(&rules, "string")
                    .map(|of| options::text(&of, "pattern"))
                    .is_some_and(|p| p.contains('}'));
                has("string", &["max_len", "len", "in", "const"]) || ends
            } else {
                true
            };
            (!bounded).then(|| field.full_name().to_owned())
        },
    );
}

#[test]
fn what_is_required_is_checked() {
    let masked = masked();
    let fields = requests()
        .into_iter()
        .flat_map(|message| message.fields().collect::<Vec<_>>());
    none(
        fields.filter(|field| {
            behaviour(field).contains(&REQUIRED)
                && !masked.contains(field.parent_message().full_name())
        }),
        |field| {
            let rules = options::message(pool(), &field.options(), "buf.validate.field");
            let said = |name: &str| {
                rules.as_ref().is_some_and(|rules| {
                    rules.get_field_by_name(name).as_deref() == Some(&Value::Bool(true))
                })
            };
            let number = |family: &str, name: &str| {
                rules
                    .as_ref()
                    .and_then(|rules| options::inner(rules, family))
                    .filter(|of| of.has_field_by_name(name))
                    .map(|of| options::number(&of, name))
            };
            let oneof = field
                .containing_oneof()
                .is_some_and(|oneof| !oneof.is_synthetic());
            let ignored = rules
                .as_ref()
                .is_some_and(|rules| options::number(rules, "ignore") != 0);
            let checked = said("required")
                || oneof
                || match field.kind() {
                    _ if ignored => false,
                    _ if field.is_list() => number("repeated", "min_items").is_some_and(|n| n > 0),
                    Kind::String => {
                        let pattern = rules
                            .as_ref()
                            .and_then(|r| options::inner(r, "string"))
                            .map(|of| options::text(&of, "pattern"))
                            .unwrap_or_default();
                        let empty =
                            regex::Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(""));
                        number("string", "min_len").is_some_and(|n| n > 0)
                            || (!pattern.is_empty() && !empty)
                    }
                    Kind::Enum(_) => rules
                        .as_ref()
                        .and_then(|r| options::inner(r, "enum"))
                        .is_some_and(|of| of.has_field_by_name("not_in")),
                    Kind::Int32 | Kind::Int64 => true,
                    _ => false,
                };
            (!checked).then(|| field.full_name().to_owned())
        },
    );
}
