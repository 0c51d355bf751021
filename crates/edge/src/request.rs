//! From an HTTP request to a request message: what the path, the query and the body hold, put together.
//!
//! Nothing is dropped in silence: a field that is not known, not of its type, or given twice with different values is
//! refused by name.

use bytes::Bytes;
use prost_reflect::{DynamicMessage, FieldDescriptor, ReflectMessage};
use stoa_errors::{Error, FieldViolation};

use crate::binding::{Binding, Body, field_at};
use crate::body;
use crate::encoding::{decode, decode_path};
use crate::refusal::{fault, malformed, rule, violation};
use crate::scalar;
use crate::template::Capture;

/// Builds the message that a binding's RPC takes.
pub(crate) fn message(
    binding: &Binding,
    captures: &[Capture<'_, '_>],
    query: Option<&str>,
    content: &Bytes,
) -> Result<DynamicMessage, Error> {
    let mut message = content_message(binding, content)?;
    let mut violations = Vec::new();
    for capture in captures {
        if let Err(wrong) = from_path(&mut message, capture) {
            violations.push(wrong);
        }
    }
    for pair in query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
    {
        if let Err(wrong) = from_query(&mut message, binding, pair) {
            violations.push(wrong);
        }
    }
    if violations.is_empty() {
        Ok(message)
    } else {
        Err(malformed(violations))
    }
}

/// The bytes of a message that is made of the path alone, where the path holds nothing but texts; none where there is more
/// to it, or something is wrong with it: then [`message`] knows what.
pub(crate) fn of_path(binding: &Binding, captures: &[Capture<'_, '_>]) -> Option<Vec<u8>> {
    let numbers = binding.texts.as_ref()?;
    let mut bytes = Vec::new();
    for (number, capture) in numbers.iter().zip(captures) {
        let [segment] = capture.segments.as_slice() else {
            return None;
        };
        let text = decode(segment, false).ok()?;
        prost::encoding::string::encode(*number, &text, &mut bytes);
    }
    Some(bytes)
}

fn content_message(binding: &Binding, content: &Bytes) -> Result<DynamicMessage, Error> {
    let input = binding.rpc.descriptor.input();
    match &binding.body {
        Body::None if content.is_empty() => Ok(DynamicMessage::new(input)),
        Body::None => Err(fault(
            "body",
            rule::UNKNOWN_FIELD,
            "this call takes no body",
        )),
        Body::Whole if content.is_empty() => Ok(DynamicMessage::new(input)),
        Body::Whole => body::whole(input, content),
        Body::Field(_) if content.is_empty() => Ok(DynamicMessage::new(input)),
        Body::Field(field) => body::field(input, field, content),
    }
}

fn from_path(
    message: &mut DynamicMessage,
    capture: &Capture<'_, '_>,
) -> Result<(), FieldViolation> {
    let text = match capture.segments.as_slice() {
        [one] if !capture.multiple => decode(one, false),
        many => decode_path(many),
    };
    let text = text.map_err(|what| violation(capture.field, rule::BAD_ENCODING, what))?;
    let fields = field_at(&message.descriptor(), capture.field).unwrap_or_default();
    put(message, &fields, capture.field, &text, Source::Path)
}

fn from_query(
    message: &mut DynamicMessage,
    binding: &Binding,
    pair: &str,
) -> Result<(), FieldViolation> {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = decode(key, true).map_err(|what| violation(key, rule::BAD_ENCODING, what))?;
    let unknown = |what: &str| violation(name.clone(), rule::UNKNOWN_FIELD, what);
    let fields = field_at(&message.descriptor(), &name)
        .ok_or_else(|| unknown("this call has no such field"))?;
    let proto_name = fields
        .iter()
        .map(FieldDescriptor::name)
        .collect::<Vec<_>>()
        .join(".");
    match (&binding.body, fields.first()) {
        (Body::Whole, _) => return Err(unknown("belongs into the body, this call has no query")),
        (Body::Field(field), Some(first)) if field == first => {
            return Err(unknown("belongs into the body"));
        }
        _ => {}
    }
    if fields
        .last()
        .is_none_or(|leaf| leaf.is_map() || !scalar::is_text(&leaf.kind()))
    {
        return Err(unknown("is not a single value; name one of its fields"));
    }
    let text = decode(value, true)
        .map_err(|what| violation(proto_name.clone(), rule::BAD_ENCODING, what))?;
    let source = match binding.template.fields().any(|field| field == proto_name) {
        true => Source::Path,
        false => Source::Query,
    };
    put(message, &fields, &proto_name, &text, source)
}

/// Where a value comes from, which decides what a second one means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The path names the field: what is there already must be equal.
    Path,
    /// A list grows with each value; a single one is given once.
    Query,
}

fn put(
    message: &mut DynamicMessage,
    fields: &[FieldDescriptor],
    name: &str,
    text: &str,
    source: Source,
) -> Result<(), FieldViolation> {
    let Some((leaf, above)) = fields.split_last() else {
        return Err(violation(
            name,
            rule::UNKNOWN_FIELD,
            "this call has no such field",
        ));
    };
    let value = scalar::parse(&leaf.kind(), text)
        .map_err(|what| violation(name, rule::WRONG_TYPE, what))?;
    let twice = |what: &str| violation(name, rule::GIVEN_TWICE, what);
    let mut target = message;
    for field in above {
        if another_of_oneof(target, field) {
            return Err(twice("another of the same choice is given too"));
        }
        target = target
            .get_field_mut(field)
            .as_message_mut()
            .ok_or_else(|| violation(name, rule::UNKNOWN_FIELD, "this call has no such field"))?;
    }
    if leaf.is_list() {
        if let Some(list) = target.get_field_mut(leaf).as_list_mut() {
            list.push(value);
        }
        return Ok(());
    }
    if another_of_oneof(target, leaf) {
        return Err(twice("another of the same choice is given too"));
    }
    if target.has_field(leaf) {
        let equal = *target.get_field(leaf) == value;
        return match source {
            Source::Path if equal => Ok(()),
            Source::Path => Err(twice("differs from what the path says")),
            Source::Query => Err(twice("is given more than once")),
        };
    }
    target.set_field(leaf, value);
    Ok(())
}

/// Whether a sister of `field` in its oneof is set.
fn another_of_oneof(message: &DynamicMessage, field: &FieldDescriptor) -> bool {
    field.containing_oneof().is_some_and(|choice| {
        choice
            .fields()
            .any(|sister| sister != *field && message.has_field(&sister))
    })
}

/// Puts the etag of an `If-Match` header where the request has one. `Ok(false)`: it has none.
pub(crate) fn put_etag(
    message: &mut DynamicMessage,
    at: Option<&[FieldDescriptor]>,
    etag: &str,
) -> Result<bool, Error> {
    let Some(fields) = at else {
        return Ok(false);
    };
    let name = fields
        .iter()
        .map(FieldDescriptor::name)
        .collect::<Vec<_>>()
        .join(".");
    put(message, fields, &name, etag, Source::Path)
        .map_err(|_| fault(name, rule::GIVEN_TWICE, "differs from what If-Match says"))?;
    Ok(true)
}
