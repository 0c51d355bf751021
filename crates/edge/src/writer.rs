//! The JSON of an answer, written from its bytes: the message is never built.
//!
//! What stands on the wire is walked once beside a table made of the descriptors at start. It knows what answers are made of
//! and how this process encodes them (fields in the order of their numbers, each once). Whatever is otherwise it leaves to
//! the reflection of [`crate::answer`], which knows everything and builds the message for it.

use std::collections::HashMap;
use std::io::Write as _;

use prost::Message;
use prost::bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use prost_types::Timestamp;

use crate::time;

/// The messages that can be written, and all that stands in them.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    shapes: Vec<Shape>,
    /// Where a message stands among the shapes; none of one that must be left to reflection.
    by_name: HashMap<String, Option<usize>>,
}

/// A message: its fields by number.
#[derive(Debug, Default)]
struct Shape(Vec<Field>);

#[derive(Debug)]
struct Field {
    number: u32,
    /// `"weightGrams":`
    name: String,
    many: Many,
    /// Its value's; of a map, that of the map's values.
    kind: Scalar,
    /// Whether a default value is written when it was set.
    explicit: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Many {
    One,
    List,
    /// With texts as keys.
    Map,
}

#[derive(Debug)]
enum Scalar {
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Text,
    /// The names by number.
    Enum(HashMap<i32, String>),
    Timestamp,
    /// The place of its shape.
    Message(usize),
}

impl Writer {
    /// A writer of these messages.
    pub(crate) fn new(messages: impl IntoIterator<Item = MessageDescriptor>) -> Self {
        let mut writer = Self::default();
        for message in messages {
            writer.learn(&message);
        }
        // A message stands only on others that can be written.
        while writer.forget() {}
        writer
    }

    /// The place of a message's shape.
    fn learn(&mut self, message: &MessageDescriptor) -> Option<usize> {
        if let Some(known) = self.by_name.get(message.full_name()) {
            return *known;
        }
        let place = self.shapes.len();
        self.shapes.push(Shape::default());
        let name = message.full_name().to_owned();
        self.by_name.insert(name.clone(), Some(place));
        let fields: Option<Vec<Field>> = message.fields().map(|field| self.field(&field)).collect();
        let Some(mut fields) = fields else {
            self.by_name.insert(name, None);
            return None;
        };
        fields.sort_by_key(|field| field.number);
        if let Some(shape) = self.shapes.get_mut(place) {
            *shape = Shape(fields);
        }
        Some(place)
    }

    /// Leaves out the messages that stand on one that was left out; whether there were any.
    fn forget(&mut self) -> bool {
        let known: Vec<usize> = self.by_name.values().copied().flatten().collect();
        let stands = |field: &Field| match field.kind {
            Scalar::Message(inner) => known.contains(&inner),
            _ => true,
        };
        let mut forgot = false;
        for place in self.by_name.values_mut() {
            let shape = place.and_then(|place| self.shapes.get(place));
            if shape.is_some_and(|shape| !shape.0.iter().all(stands)) {
                *place = None;
                forgot = true;
            }
        }
        forgot
    }

    fn field(&mut self, field: &FieldDescriptor) -> Option<Field> {
        let (many, kind) = match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                matches!(entry.map_entry_key_field().kind(), Kind::String).then_some(())?;
                (Many::Map, entry.map_entry_value_field().kind())
            }
            kind if field.is_list() => (Many::List, kind),
            kind => (Many::One, kind),
        };
        Some(Field {
            number: field.number(),
            name: format!("{}:", serde_json::Value::from(field.json_name())),
            many,
            kind: self.scalar(kind)?,
            explicit: field.supports_presence(),
        })
    }

    fn scalar(&mut self, kind: Kind) -> Option<Scalar> {
        Some(match kind {
            Kind::Bool => Scalar::Bool,
            Kind::Int32 => Scalar::Int32,
            Kind::Int64 => Scalar::Int64,
            Kind::Uint32 => Scalar::Uint32,
            Kind::Uint64 => Scalar::Uint64,
            Kind::String => Scalar::Text,
            Kind::Enum(names) if !is_google(names.full_name()) => Scalar::Enum(names_of(&names)),
            Kind::Message(inner) if inner.full_name() == "google.protobuf.Timestamp" => {
                Scalar::Timestamp
            }
            Kind::Message(inner) if !is_google(inner.full_name()) => {
                Scalar::Message(self.learn(&inner)?)
            }
            _ => return None,
        })
    }

    /// The proto3 JSON of a message; none when it must be left to reflection.
    pub(crate) fn json(&self, message: &MessageDescriptor, bytes: &[u8]) -> Option<Vec<u8>> {
        let place = (*self.by_name.get(message.full_name())?)?;
        let mut out = Vec::with_capacity(bytes.len().saturating_mul(2).saturating_add(64));
        self.message(self.shapes.get(place)?, bytes, &mut out)?;
        Some(out)
    }

    fn message(&self, shape: &Shape, mut bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
        out.push(b'{');
        let mut before: Option<&Field> = None;
        while bytes.has_remaining() {
            let (number, wire) = decode_key(&mut bytes).ok()?;
            let field = shape.field(number)?;
            let goes_on = before.is_some_and(|before| before.number == number);
            if goes_on {
                (field.many != Many::One).then_some(())?;
                out.push(b',');
            } else {
                if let Some(before) = before {
                    (before.number < number).then_some(())?;
                    out.extend_from_slice(before.many.end());
                    out.push(b',');
                }
                out.extend_from_slice(field.name.as_bytes());
                out.extend_from_slice(field.many.begin());
                before = Some(field);
            }
            match field.many {
                Many::One => {
                    let is_default = self.value(&field.kind, wire, &mut bytes, out)?;
                    (field.explicit || !is_default).then_some(())?;
                }
                Many::List if wire == WireType::LengthDelimited && field.kind.is_packed() => {
                    self.packed(&field.kind, delimited(&mut bytes)?, out)?;
                }
                Many::List => {
                    self.value(&field.kind, wire, &mut bytes, out)?;
                }
                Many::Map => {
                    (wire == WireType::LengthDelimited).then_some(())?;
                    self.entry(&field.kind, delimited(&mut bytes)?, out)?;
                }
            }
        }
        if let Some(before) = before {
            out.extend_from_slice(before.many.end());
        }
        out.push(b'}');
        Some(())
    }

    /// The values of a list of numbers, at least one.
    fn packed(&self, kind: &Scalar, mut bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
        self.value(kind, WireType::Varint, &mut bytes, out)?;
        while bytes.has_remaining() {
            out.push(b',');
            self.value(kind, WireType::Varint, &mut bytes, out)?;
        }
        Some(())
    }

    /// An entry of a map; a key or value that is the default does not stand on the wire.
    fn entry(&self, kind: &Scalar, mut bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let mut next = decode_key(&mut bytes).ok();
        if let Some((1, wire)) = next {
            self.value(&Scalar::Text, wire, &mut bytes, out)?;
            next = match bytes.has_remaining() {
                true => Some(decode_key(&mut bytes).ok()?),
                false => None,
            };
        } else {
            out.extend_from_slice(b"\"\"");
        }
        out.push(b':');
        match (next, kind) {
            (Some((2, wire)), _) => {
                self.value(kind, wire, &mut bytes, out)?;
            }
            (None, Scalar::Text) => out.extend_from_slice(b"\"\""),
            _ => return None,
        }
        (!bytes.has_remaining()).then_some(())
    }

    /// Writes a value and says whether it is the default of its kind; a message never is.
    fn value(
        &self,
        kind: &Scalar,
        wire: WireType,
        bytes: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Option<bool> {
        (wire == kind.wire()).then_some(())?;
        // Writing to a Vec cannot fail.
        match kind {
            Scalar::Text => {
                let text = str::from_utf8(delimited(bytes)?).ok()?;
                serde_json::to_writer(&mut *out, text).ok()?;
                return Some(text.is_empty());
            }
            Scalar::Timestamp => {
                let time = Timestamp::decode(delimited(bytes)?).ok()?;
                out.push(b'"');
                time::write(out, &time)?;
                out.push(b'"');
                return Some(false);
            }
            Scalar::Message(place) => {
                let inner = delimited(bytes)?;
                self.message(self.shapes.get(*place)?, inner, out)?;
                return Some(false);
            }
            _ => {}
        }
        let number = decode_varint(bytes).ok()?;
        match kind {
            Scalar::Bool => write!(out, "{}", number != 0),
            Scalar::Int32 => write!(out, "{}", i32::try_from(number.cast_signed()).ok()?),
            Scalar::Uint32 => write!(out, "{}", u32::try_from(number).ok()?),
            Scalar::Int64 => write!(out, "\"{}\"", number.cast_signed()),
            Scalar::Uint64 => write!(out, "\"{number}\""),
            Scalar::Enum(names) => {
                let number = i32::try_from(number.cast_signed()).ok()?;
                match names.get(&number) {
                    Some(name) => write!(out, "\"{name}\""),
                    None => write!(out, "{number}"),
                }
            }
            Scalar::Text | Scalar::Timestamp | Scalar::Message(_) => return None,
        }
        .ok()?;
        Some(number == 0)
    }
}

impl Shape {
    fn field(&self, number: u32) -> Option<&Field> {
        let place = self.0.binary_search_by_key(&number, |field| field.number);
        self.0.get(place.ok()?)
    }
}

impl Many {
    fn begin(self) -> &'static [u8] {
        match self {
            Self::One => b"",
            Self::List => b"[",
            Self::Map => b"{",
        }
    }

    fn end(self) -> &'static [u8] {
        match self {
            Self::One => b"",
            Self::List => b"]",
            Self::Map => b"}",
        }
    }
}

impl Scalar {
    fn wire(&self) -> WireType {
        match self {
            Self::Text | Self::Timestamp | Self::Message(_) => WireType::LengthDelimited,
            _ => WireType::Varint,
        }
    }

    /// Whether several stand on the wire as one.
    fn is_packed(&self) -> bool {
        self.wire() == WireType::Varint
    }
}

fn is_google(name: &str) -> bool {
    name.starts_with("google.protobuf.")
}

fn names_of(names: &EnumDescriptor) -> HashMap<i32, String> {
    let mut by_number = HashMap::new();
    for value in names.values() {
        // Of several names for a number the first is its name.
        let name = by_number.entry(value.number());
        name.or_insert_with(|| value.name().to_owned());
    }
    by_number
}

/// The bytes of a text or message.
fn delimited<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = usize::try_from(decode_varint(bytes).ok()?).ok()?;
    let (these, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(these)
}

/// The text at a path of fields; empty when it is not set.
pub(crate) fn text_at(bytes: &[u8], fields: &[FieldDescriptor]) -> String {
    found_at(bytes, fields).unwrap_or_default().to_owned()
}

fn found_at<'b>(mut bytes: &'b [u8], fields: &[FieldDescriptor]) -> Option<&'b str> {
    let (field, below) = fields.split_first()?;
    let mut found = None;
    while bytes.has_remaining() {
        let (number, wire) = decode_key(&mut bytes).ok()?;
        if number == field.number() && wire == WireType::LengthDelimited {
            found = Some(delimited(&mut bytes)?);
        } else {
            skip_field(wire, number, &mut bytes, DecodeContext::default()).ok()?;
        }
    }
    match below {
        [] => str::from_utf8(found?).ok(),
        below => found_at(found?, below),
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
