//! Reading options whose extensions are known by name only: prost drops them, prost-reflect keeps them.

use std::time::Duration;

use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, MessageDescriptor, Value};

/// The extension `name` in `options`, when it is set there.
pub(crate) fn extension(
    pool: &DescriptorPool,
    options: &DynamicMessage,
    name: &str,
) -> Option<Value> {
    let extension = pool.get_extension_by_name(name)?;
    options
        .has_extension(&extension)
        .then(|| options.get_extension(&extension).into_owned())
}

/// The extension `name` in `options` when it is a message.
pub(crate) fn message(
    pool: &DescriptorPool,
    options: &DynamicMessage,
    name: &str,
) -> Option<DynamicMessage> {
    match extension(pool, options, name)? {
        Value::Message(message) => Some(message),
        _ => None,
    }
}

/// The extension `name` in `options` when it is a flag that is up.
pub(crate) fn flag(pool: &DescriptorPool, options: &DynamicMessage, name: &str) -> bool {
    matches!(extension(pool, options, name), Some(Value::Bool(true)))
}

/// A text field; empty when absent.
pub(crate) fn text(message: &DynamicMessage, field: &str) -> String {
    match message.get_field_by_name(field).as_deref() {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    }
}

/// A list of texts; empty when absent.
pub(crate) fn texts(message: &DynamicMessage, field: &str) -> Vec<String> {
    match message.get_field_by_name(field).as_deref() {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// A whole number or the number of an enum value; 0 when absent.
pub(crate) fn number(message: &DynamicMessage, field: &str) -> i64 {
    message
        .get_field_by_name(field)
        .as_deref()
        .and_then(integer)
        .unwrap_or(0)
}

/// A message field when it is set.
pub(crate) fn inner(message: &DynamicMessage, field: &str) -> Option<DynamicMessage> {
    if !message.has_field_by_name(field) {
        return None;
    }
    match message.get_field_by_name(field)?.into_owned() {
        Value::Message(inner) => Some(inner),
        _ => None,
    }
}

/// A `google.protobuf.Duration` field when it is set and not negative.
pub(crate) fn duration(message: &DynamicMessage, field: &str) -> Option<Duration> {
    let span = inner(message, field)?;
    let seconds = u64::try_from(number(&span, "seconds")).ok()?;
    let nanos = u32::try_from(number(&span, "nanos")).ok()?;
    Some(Duration::new(seconds, nanos))
}

/// A value as a whole number, when it is one.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::I32(n) | Value::EnumNumber(n) => Some(i64::from(*n)),
        Value::I64(n) => Some(*n),
        Value::U32(n) => Some(i64::from(*n)),
        Value::U64(n) => i64::try_from(*n).ok(),
        _ => None,
    }
}

/// The field at a path of single fields: `order.owner`.
pub(crate) fn field_at(message: &MessageDescriptor, path: &str) -> Option<FieldDescriptor> {
    let mut here = Some(message.clone());
    let mut found = None;
    for name in path.split('.') {
        let field = here?
            .get_field_by_name(name)
            .filter(|f| !f.is_list() && !f.is_map())?;
        here = field.kind().as_message().cloned();
        found = Some(field);
    }
    found
}
