//! A value of a path or query: text that becomes a value of a field's type.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use prost_reflect::{DynamicMessage, EnumDescriptor, Kind, MessageDescriptor, Value};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Reads `text` as one value of `kind`, or says what was expected.
pub(crate) fn parse(kind: &Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::String => Ok(Value::String(text.to_owned())),
        Kind::Bool => boolean(text).map(Value::Bool),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            number(text, "a whole number of 32 bits").map(Value::I32)
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            number(text, "a whole number of 64 bits").map(Value::I64)
        }
        Kind::Uint32 | Kind::Fixed32 => {
            number(text, "a whole number of 32 bits, not negative").map(Value::U32)
        }
        Kind::Uint64 | Kind::Fixed64 => {
            number(text, "a whole number of 64 bits, not negative").map(Value::U64)
        }
        Kind::Float => number(text, "a number").map(Value::F32),
        Kind::Double => number(text, "a number").map(Value::F64),
        Kind::Bytes => bytes(text),
        Kind::Enum(descriptor) => by_name(descriptor, text),
        Kind::Message(descriptor) => well_known(descriptor, text),
    }
}

/// Whether a field of this kind can stand in a path or query as one text.
pub(crate) fn is_text(kind: &Kind) -> bool {
    match kind {
        Kind::Message(descriptor) => is_well_known(descriptor.full_name()),
        _ => true,
    }
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

fn number<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("must be {what}"))
}

fn bytes(text: &str) -> Result<Value, String> {
    let decoded = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text));
    decoded
        .map(|bytes| Value::Bytes(bytes.into()))
        .map_err(|_| "must be base64".to_owned())
}

fn by_name(descriptor: &EnumDescriptor, text: &str) -> Result<Value, String> {
    match descriptor.get_value_by_name(text) {
        Some(value) => Ok(Value::EnumNumber(value.number())),
        None => {
            let names: Vec<String> = descriptor
                .values()
                .map(|value| value.name().to_owned())
                .collect();
            Err(format!("must be one of {}", names.join(", ")))
        }
    }
}

fn is_well_known(name: &str) -> bool {
    matches!(
        name,
        "google.protobuf.Timestamp" | "google.protobuf.Duration" | "google.protobuf.FieldMask"
    ) || wrapped(name)
}

/// The wrappers of single values, such as `google.protobuf.Int64Value`.
fn wrapped(name: &str) -> bool {
    name.strip_prefix("google.protobuf.")
        .and_then(|rest| rest.strip_suffix("Value"))
        .is_some_and(|rest| {
            matches!(
                rest,
                "Bool"
                    | "Int32"
                    | "Int64"
                    | "UInt32"
                    | "UInt64"
                    | "Float"
                    | "Double"
                    | "String"
                    | "Bytes"
            )
        })
}

fn well_known(descriptor: &MessageDescriptor, text: &str) -> Result<Value, String> {
    let name = descriptor.full_name();
    if wrapped(name) {
        let field = descriptor
            .get_field_by_name("value")
            .ok_or("has no value")?;
        let mut message = DynamicMessage::new(descriptor.clone());
        message.set_field(&field, parse(&field.kind(), text)?);
        return Ok(Value::Message(message));
    }
    match name {
        "google.protobuf.FieldMask" => Ok(Value::Message(mask(descriptor, text))),
        "google.protobuf.Timestamp" => {
            from_json(descriptor, text, "a time such as 2026-11-21T07:00:00Z")
        }
        "google.protobuf.Duration" => from_json(descriptor, text, "a duration such as 1.5s"),
        _ => Err("cannot stand in a path or query".to_owned()),
    }
}

fn from_json(descriptor: &MessageDescriptor, text: &str, what: &str) -> Result<Value, String> {
    DynamicMessage::deserialize(
        descriptor.clone(),
        serde_json::Value::String(text.to_owned()),
    )
    .map(Value::Message)
    .map_err(|_| format!("must be {what}"))
}

/// Paths parted by commas, in proto names or in JSON names.
fn mask(descriptor: &MessageDescriptor, text: &str) -> DynamicMessage {
    let paths = text.split(',').filter(|path| !path.is_empty());
    let paths = paths
        .map(|path| Value::String(snake(path.trim())))
        .collect();
    let mut message = DynamicMessage::new(descriptor.clone());
    message.set_field_by_name("paths", Value::List(paths));
    message
}

/// `createTime` as `create_time`.
fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
