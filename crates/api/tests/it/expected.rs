//! Which rules the contract has: what the tests of rules, here and through a running suite, have to see broken.

use std::collections::BTreeSet;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use stoa_api::{Method, pool};

use crate::build::options;
use crate::build::rules::{Patterns, checks, family, nul};

/// The request message of an RPC.
pub(crate) fn request(method: &Method) -> MessageDescriptor {
    let service = pool().get_service_by_name(method.service).unwrap();
    service
        .methods()
        .find(|m| m.name() == method.name)
        .unwrap()
        .input()
}

/// Every (field, rule id) that a request can break.
pub(crate) fn rules_of(
    message: &MessageDescriptor,
    seen: &mut BTreeSet<String>,
    out: &mut BTreeSet<(String, String)>,
) {
    if !message.package_name().starts_with("stoa.") || !seen.insert(message.full_name().to_owned())
    {
        return;
    }
    for field in message.fields() {
        if let Some(rules) = options::message(pool(), &field.options(), "buf.validate.field") {
            ids(&field, &rules, out);
        }
        if !message.is_map_entry() && holds_text(&field) {
            out.insert((field.full_name().to_owned(), nul().id));
        }
        if let Kind::Message(inner) = field.kind() {
            rules_of(&inner, seen, out);
        }
    }
    for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        let rules = options::message(pool(), &oneof.options(), "buf.validate.oneof");
        if rules.is_some_and(|rules| rules.has_field_by_name("required")) {
            out.insert((oneof.full_name().to_owned(), "required".to_owned()));
        }
    }
}

/// Whether a field is a text, or a list or map of them.
fn holds_text(field: &FieldDescriptor) -> bool {
    match field.kind() {
        Kind::String => true,
        Kind::Message(entry) if entry.is_map_entry() => {
            let of = [entry.map_entry_key_field(), entry.map_entry_value_field()];
            of.iter().any(|part| matches!(part.kind(), Kind::String))
        }
        _ => false,
    }
}

fn ids(field: &FieldDescriptor, rules: &DynamicMessage, out: &mut BTreeSet<(String, String)>) {
    for (rule, value) in rules.fields() {
        if let (name, Value::Message(of)) = (rule.name(), value) {
            let found = checks(name, of, &field.kind(), &mut Patterns::default()).unwrap();
            out.extend(
                found
                    .into_iter()
                    .map(|check| (field.full_name().to_owned(), check.id)),
            );
            for part in ["items", "keys", "values"] {
                if let Some(inner) = options::inner(of, part) {
                    let known = family(&field.kind()).is_some() || field.is_map();
                    assert!(known || inner.fields().next().is_none());
                    ids(field, &inner, out);
                }
            }
        } else if (rule.name(), value.as_bool()) == ("required", Some(true)) {
            out.insert((field.full_name().to_owned(), "required".to_owned()));
        }
    }
}
