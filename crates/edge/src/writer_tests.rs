//! What the writer writes is what reflection writes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use prost_reflect::{DynamicMessage, MapKey, SerializeOptions, Value};
use serde_json::Value as Json;

use super::*;

/// What reflection makes of it.
fn slow(message: &DynamicMessage) -> Json {
    let options = SerializeOptions::new();
    let json = serde_json::value::Serializer;
    message.serialize_with_options(json, &options).unwrap()
}

/// Numbers without a pattern (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn text(&mut self) -> String {
        let texts = ["", "mug", "\"\\\u{8}\n\t", "\u{e9}\u{1F600}\0", "</script>"];
        texts[usize::try_from(self.roll(5)).unwrap()].to_owned()
    }

    fn message(&mut self, descriptor: &MessageDescriptor, depth: u32) -> DynamicMessage {
        let mut message = DynamicMessage::new(descriptor.clone());
        for field in descriptor.fields() {
            if self.roll(3) == 0 {
                continue;
            }
            let value = match field.kind() {
                Kind::Message(entry) if field.is_map() => {
                    let value = entry.map_entry_value_field().kind();
                    let keys = (0..self.roll(3)).map(|_| MapKey::String(self.text()));
                    let keys: Vec<_> = keys.collect();
                    let entries = keys.into_iter();
                    Value::Map(
                        entries
                            .map(|key| (key, self.value(&value, depth)))
                            .collect(),
                    )
                }
                kind if field.is_list() => {
                    let count = self.roll(3);
                    Value::List((0..count).map(|_| self.value(&kind, depth)).collect())
                }
                Kind::Message(_) if depth == 0 => continue,
                kind => self.value(&kind, depth),
            };
            message.set_field(&field, value);
        }
        message
    }

    fn value(&mut self, kind: &Kind, depth: u32) -> Value {
        let number = match self.roll(4) {
            0 => 0,
            1 => self.roll(300),
            2 => u64::MAX,
            _ => self.roll(u64::MAX),
        };
        let small = i32::try_from(number.cast_signed() >> 32).unwrap();
        match kind {
            Kind::Bool => Value::Bool(number % 2 == 1),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(small),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(number.cast_signed()),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(small.cast_unsigned()),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(number),
            Kind::Float => Value::F32(0.5),
            Kind::Double => Value::F64(0.25),
            Kind::String => Value::String(self.text()),
            Kind::Bytes => Value::Bytes(self.text().into()),
            Kind::Enum(_) => Value::EnumNumber(i32::try_from(self.roll(9)).unwrap()),
            Kind::Message(inner) if is_google(inner.full_name()) => {
                let mut message = DynamicMessage::new(inner.clone());
                if inner.full_name() == "google.protobuf.Timestamp" {
                    let nanos = [0, 5, 7_000, 120_000_000][usize::try_from(self.roll(4)).unwrap()];
                    let seconds = i64::try_from(self.roll(4_000_000_000)).unwrap();
                    message.set_field_by_name("seconds", Value::I64(seconds - 2_000_000_000));
                    message.set_field_by_name("nanos", Value::I32(nanos));
                }
                Value::Message(message)
            }
            Kind::Message(inner) => Value::Message(self.message(inner, depth.saturating_sub(1))),
        }
    }
}

/// Every answer of the contract, filled at random.
#[test]
fn it_writes_what_reflection_writes() {
    let pool = stoa_api::pool();
    let services = pool.services().collect::<Vec<_>>();
    let outputs: Vec<_> = services
        .iter()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .map(|method| method.output())
        .collect();
    let writer = Writer::new(outputs.iter().cloned());
    let mut dice = Dice(7);
    let (mut written, mut left) = (0, 0);
    for output in &outputs {
        for _ in 0..40 {
            let message = dice.message(output, 4);
            let bytes = message.encode_to_vec();
            // What was encoded and read again is what a process answers.
            let message = DynamicMessage::decode(output.clone(), bytes.as_slice()).unwrap();
            match writer.json(output, &bytes) {
                Some(json) => {
                    let json: Json = serde_json::from_slice(&json).unwrap();
                    assert_eq!(json, slow(&message), "{}", output.full_name());
                    written += 1;
                }
                None => left += 1,
            }
        }
    }
    assert!(written > 3 * left, "{written} written, {left} left");
}

#[test]
fn a_product_is_written_and_its_etag_found() {
    let output = stoa_api::pool().get_message_by_name("stoa.catalog.v1.GetProductResponse");
    let output = output.unwrap();
    let product = stoa_api::catalog::v1::Product {
        product_id: "prd_1".to_owned(),
        title: "Mug \"large\"".to_owned(),
        etag: "AbC".to_owned(),
        categories: vec!["a".to_owned(), "b".to_owned()],
        ..Default::default()
    };
    let answer = stoa_api::catalog::v1::GetProductResponse {
        product: Some(product),
    };
    let bytes = answer.encode_to_vec();
    let json = Writer::new([output.clone()]).json(&output, &bytes).unwrap();
    let json: Json = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["product"]["title"], "Mug \"large\"");
    assert_eq!(json["product"]["categories"], serde_json::json!(["a", "b"]));
    let product = output.get_field_by_name("product").unwrap();
    let inner = product.kind().as_message().cloned().unwrap();
    let etag = inner.get_field_by_name("etag").unwrap();
    assert_eq!(text_at(&bytes, &[product, etag]), "AbC");
}

/// What no process of ours encodes is nothing to guess about.
#[test]
fn what_is_odd_is_left_to_reflection() {
    let output = stoa_api::pool().get_message_by_name("stoa.catalog.v1.GetProductResponse");
    let output = output.unwrap();
    let writer = Writer::new([output.clone()]);
    let product = |title: &str| stoa_api::catalog::v1::GetProductResponse {
        product: Some(stoa_api::catalog::v1::Product {
            title: title.to_owned(),
            ..Default::default()
        }),
    };
    let one = product("Mug").encode_to_vec();
    assert!(writer.json(&output, &one).is_some());
    let twice = [one.as_slice(), &product("Cup").encode_to_vec()].concat();
    let unknown = [one.as_slice(), &[0xF8, 0x7F, 1]].concat();
    let cut = one[..one.len() - 1].to_vec();
    for odd in [twice, unknown, cut] {
        assert_eq!(writer.json(&output, &odd), None);
    }
}
