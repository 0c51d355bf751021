//! The descriptor set by its parts, for the tests that walk it.

use std::collections::BTreeMap;

use prost_reflect::{
    EnumDescriptor, FieldDescriptor, MessageDescriptor, MethodDescriptor, ServiceDescriptor, Value,
};
use stoa_api::pool;

use crate::build::{compile, options};

pub(crate) fn services() -> impl Iterator<Item = ServiceDescriptor> {
    pool()
        .services()
        .filter(|service| compile::ours(service.package_name()))
}

pub(crate) fn rpcs() -> impl Iterator<Item = MethodDescriptor> {
    services().flat_map(|service| service.methods().collect::<Vec<_>>())
}

pub(crate) fn messages() -> impl Iterator<Item = MessageDescriptor> {
    pool()
        .all_messages()
        .filter(|message| compile::ours(message.package_name()) && !message.is_map_entry())
}

pub(crate) fn enums() -> impl Iterator<Item = EnumDescriptor> {
    pool()
        .all_enums()
        .filter(|descriptor| compile::ours(descriptor.package_name()))
}

/// Requests and what stands in them.
pub(crate) fn requests() -> Vec<MessageDescriptor> {
    let mut found: BTreeMap<String, MessageDescriptor> = BTreeMap::new();
    let mut open: Vec<MessageDescriptor> = rpcs().map(|rpc| rpc.input()).collect();
    while let Some(message) = open.pop() {
        if !compile::ours(message.package_name()) || found.contains_key(message.full_name()) {
            continue;
        }
        open.extend(
            message
                .fields()
                .filter_map(|field| field.kind().as_message().cloned()),
        );
        found.insert(message.full_name().to_owned(), message);
    }
    found
        .into_values()
        .filter(|message| !message.is_map_entry())
        .collect()
}

pub(crate) fn behaviour(field: &FieldDescriptor) -> Vec<i64> {
    match options::extension(pool(), &field.options(), "google.api.field_behavior") {
        Some(Value::List(all)) => all.iter().filter_map(options::integer).collect(),
        _ => Vec::new(),
    }
}

/// No element of `all` is at fault; `fault` says what is wrong with one.
#[track_caller]
pub(crate) fn none<T>(all: impl IntoIterator<Item = T>, fault: impl Fn(&T) -> Option<String>) {
    let faults: Vec<String> = all.into_iter().filter_map(|one| fault(&one)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
