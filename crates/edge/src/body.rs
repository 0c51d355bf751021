//! A JSON body (the proto3 JSON mapping) as a message, with the name of the field where it is wrong.

use prost_reflect::{DeserializeOptions, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};
use serde::de::DeserializeSeed;
use serde_path_to_error::{Path, Segment, Track};
use stoa_errors::Error;

use crate::binding::field_named;
use crate::duplicates::{Once, TWICE};
use crate::refusal::{fault, rule};

/// What prost-reflect says of a field that it does not know; the name stands between the quotes.
const UNKNOWN: &str = "unrecognized field name '";

/// Reads a whole request.
pub(crate) fn whole(input: MessageDescriptor, content: &[u8]) -> Result<DynamicMessage, Error> {
    read(&input, content, "")
}

/// Reads one field of a request.
pub(crate) fn field(
    input: MessageDescriptor,
    field: &FieldDescriptor,
    content: &[u8],
) -> Result<DynamicMessage, Error> {
    let mut message = DynamicMessage::new(input.clone());
    if let (Kind::Message(inner), false) = (field.kind(), field.is_list() || field.is_map()) {
        let value = read(&inner, content, field.name())?;
        message.set_field(field, prost_reflect::Value::Message(value));
        return Ok(message);
    }
    let value: serde_json::Value =
        serde_json::from_slice(content).map_err(|error| not_json(&error))?;
    let object = serde_json::Map::from_iter([(field.name().to_owned(), value)]);
    let text = serde_json::to_vec(&object).map_err(|error| not_json(&error))?;
    read(&input, &text, "")
}

fn read(
    descriptor: &MessageDescriptor,
    content: &[u8],
    prefix: &str,
) -> Result<DynamicMessage, Error> {
    let mut json = serde_json::Deserializer::from_slice(content);
    let mut track = Track::new();
    let once = Once::Message(descriptor.clone());
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    if let Err(error) = once.deserialize(tracked) {
        return Err(explain(descriptor, prefix, &track.path(), &error));
    }
    let mut json = serde_json::Deserializer::from_slice(content);
    let mut track = Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    match DynamicMessage::deserialize_with_options(descriptor.clone(), tracked, &options) {
        Ok(message) => {
            json.end().map_err(|error| not_json(&error))?;
            Ok(message)
        }
        Err(error) => Err(explain(descriptor, prefix, &track.path(), &error)),
    }
}

/// Not JSON at all.
fn not_json(error: &serde_json::Error) -> Error {
    fault("body", rule::NOT_JSON, format!("is not JSON: {error}"))
}

fn explain(
    descriptor: &MessageDescriptor,
    prefix: &str,
    path: &Path,
    error: &serde_json::Error,
) -> Error {
    if !error.is_data() {
        return not_json(error);
    }
    let text = error.to_string();
    // serde_json adds the place to what the reader said; the field's name says it better.
    let text = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(said, _)| said);
    let mut name = name(descriptor, prefix, path);
    if let Some(unknown) = text
        .strip_prefix(UNKNOWN)
        .and_then(|rest| rest.strip_suffix('\''))
    {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(unknown);
        return fault(name, rule::UNKNOWN_FIELD, "there is no such field");
    }
    if text == TWICE {
        return fault(name, rule::GIVEN_TWICE, TWICE);
    }
    let name = if name.is_empty() {
        "body".to_owned()
    } else {
        name
    };
    fault(name, rule::WRONG_TYPE, text)
}

/// The place as a rule of the contract would name it: proto names, `lines[0].quantity`, `options["colour"]`.
fn name(descriptor: &MessageDescriptor, prefix: &str, path: &Path) -> String {
    let mut text = prefix.to_owned();
    let mut message = Some(descriptor.clone());
    let mut in_map = false;
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("[{index}]")),
            Segment::Map { key } if in_map => {
                text.push_str(&format!("[{key:?}]"));
                in_map = false;
            }
            Segment::Map { key } => {
                let field = message.as_ref().and_then(|it| field_named(it, key));
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(field.as_ref().map_or(key.as_str(), |field| field.name()));
                in_map = field.as_ref().is_some_and(FieldDescriptor::is_map);
                message = field.as_ref().and_then(inner);
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    text
}

/// The message that a field leads to; that of a map is its value's.
fn inner(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let Kind::Message(message) = field.kind() else {
        return None;
    };
    if !field.is_map() {
        return Some(message);
    }
    match message.map_entry_value_field().kind() {
        Kind::Message(value) => Some(value),
        _ => None,
    }
}
