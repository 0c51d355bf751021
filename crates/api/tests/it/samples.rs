//! For a request message: one in which every field stands and no rule is broken, and many in which one field has an odd value.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

use crate::build::options;
use crate::field_rules::{Rules, bounds, rules};

/// How deep messages are nested in a sample; a message that holds itself ends here.
const DEPTH: usize = 6;

/// A request with an odd value at one place.
pub(crate) struct Odd {
    /// The field that has it.
    pub(crate) field: FieldDescriptor,
    /// Its path in the request.
    pub(crate) path: String,
    /// The request.
    pub(crate) message: DynamicMessage,
}

/// A message in which every field is set and none breaks a rule; of a oneof the last member stands.
pub(crate) fn good(message: &MessageDescriptor) -> DynamicMessage {
    sample(message, 0)
}

/// A request for every odd value of every field in it, however deep.
pub(crate) fn odd(message: &MessageDescriptor) -> Vec<Odd> {
    let mut all = Vec::new();
    vary(message, "", 0, &|inner| inner, &mut all);
    all
}

fn sample(message: &MessageDescriptor, depth: usize) -> DynamicMessage {
    let mut made = DynamicMessage::new(message.clone());
    if depth == DEPTH {
        return made;
    }
    for field in message.fields() {
        made.set_field(&field, value(&field, depth));
    }
    made
}

fn value(field: &FieldDescriptor, depth: usize) -> Value {
    let rules = rules(field);
    if field.is_map() {
        let Kind::Message(entry) = field.kind() else {
            unreachable!("a map has entries")
        };
        let key = MapKey::String("key".to_owned());
        let held = single(
            &entry.map_entry_value_field().kind(),
            &Rules::default(),
            0,
            depth,
        );
        return Value::Map([(key, held)].into_iter().collect());
    }
    if field.is_list() {
        let items = Rules(options::inner(&rules.of("repeated"), "items"));
        let many = rules.number("repeated", "min_items").unwrap_or(0).max(1);
        return Value::List(
            (0..many)
                .map(|salt| single(&field.kind(), &items, salt, depth))
                .collect(),
        );
    }
    single(&field.kind(), &rules, 0, depth)
}

/// A value that keeps `rules`; another `salt` makes another value.
fn single(kind: &Kind, rules: &Rules, salt: i64, depth: usize) -> Value {
    match kind {
        Kind::String => Value::String(text(rules, salt)),
        Kind::Bytes => Value::Bytes(vec![1; 3].into()),
        Kind::Bool => Value::Bool(true),
        Kind::Enum(of) => Value::EnumNumber(
            of.values()
                .map(|v| v.number())
                .filter(|n| *n > 0)
                .min()
                .unwrap_or(0),
        ),
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Timestamp" => Value::Message(seconds(message, 1_700_000_000, 0)),
            "google.protobuf.Duration" => {
                let least = bounds(rules, "duration").first().copied().unwrap_or(60);
                Value::Message(seconds(message, least, 0))
            }
            "google.protobuf.FieldMask" => {
                Value::Message(mask(message, &rules.texts("field_mask", "in")))
            }
            _ => Value::Message(sample(message, depth + 1)),
        },
        number => integer(number, within(number, rules).saturating_add(salt)),
    }
}

/// A whole number inside the bounds.
fn within(kind: &Kind, rules: &Rules) -> i64 {
    let family = crate::build::rules::family(kind).unwrap_or("int64");
    match (
        rules
            .number(family, "gte")
            .or(rules.number(family, "gt").map(|n| n + 1)),
        rules.number(family, "lte"),
    ) {
        (Some(least), Some(most)) => 1.clamp(least, most),
        (Some(least), None) => 1.max(least),
        (None, Some(most)) => 1.min(most),
        (None, None) => 1,
    }
}

fn integer(kind: &Kind, number: i64) -> Value {
    match kind {
        Kind::Int32 => Value::I32(i32::try_from(number).unwrap()),
        Kind::Int64 => Value::I64(number),
        Kind::Uint32 => Value::U32(u32::try_from(number).unwrap()),
        Kind::Uint64 => Value::U64(u64::try_from(number).unwrap()),
        other => unreachable!("the contract holds no {other:?}"),
    }
}

fn seconds(message: &MessageDescriptor, seconds: i64, nanos: i32) -> DynamicMessage {
    let mut made = DynamicMessage::new(message.clone());
    made.set_field_by_name("seconds", Value::I64(seconds));
    made.set_field_by_name("nanos", Value::I32(nanos));
    made
}

fn mask(message: &MessageDescriptor, paths: &[String]) -> DynamicMessage {
    let mut made = DynamicMessage::new(message.clone());
    made.set_field_by_name(
        "paths",
        Value::List(paths.iter().cloned().map(Value::String).collect()),
    );
    made
}

/// A text that keeps the rules of a string.
fn text(rules: &Rules, salt: i64) -> String {
    let least = usize::try_from(rules.number("string", "min_len").unwrap_or(1).max(1)).unwrap();
    let most = usize::try_from(rules.number("string", "max_len").unwrap_or(200)).unwrap();
    let Some(pattern) = rules.texts("string", "pattern").into_iter().next() else {
        return format!("{salt}{}", "x".repeat(least))
            .chars()
            .take(most)
            .collect();
    };
    let checked = regex::Regex::new(&pattern).unwrap();
    let strategy = string_regex(pattern.trim_start_matches('^').trim_end_matches('$')).unwrap();
    let mut runner = TestRunner::deterministic();
    (0..10_000)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .filter(|text| checked.is_match(text) && (least..=most).contains(&text.chars().count()))
        .nth(usize::try_from(salt).unwrap())
        .unwrap_or_else(|| panic!("no text of {least} to {most} characters matches {pattern}"))
}

/// Puts a message into the request that holds it.
type Wrap<'a> = &'a dyn Fn(DynamicMessage) -> DynamicMessage;

fn vary(message: &MessageDescriptor, at: &str, depth: usize, wrap: Wrap<'_>, all: &mut Vec<Odd>) {
    if depth == DEPTH {
        return;
    }
    for field in message.fields() {
        let path = if at.is_empty() {
            field.name().to_owned()
        } else {
            format!("{at}.{}", field.name())
        };
        let with = |value: Option<Value>| {
            let mut made = sample(message, depth);
            match value {
                Some(value) => made.set_field(&field, value),
                None => made.clear_field(&field),
            }
            wrap(made)
        };
        for value in odd_values(&field, depth) {
            all.push(Odd {
                field: field.clone(),
                path: path.clone(),
                message: with(value),
            });
        }
        if field.is_map() {
            continue;
        }
        if let Kind::Message(inner) = field.kind()
            && inner.package_name().starts_with("stoa.")
        {
            let place = if field.is_list() {
                format!("{path}[0]")
            } else {
                path.clone()
            };
            let wrap = |made: DynamicMessage| {
                let value = Value::Message(made);
                with(Some(if field.is_list() {
                    Value::List(vec![value])
                } else {
                    value
                }))
            };
            vary(&inner, &place, depth + 1, &wrap, all);
        }
    }
}

/// Values around every bound that the field's rules set, and a few that nobody expects; none: the field is absent.
fn odd_values(field: &FieldDescriptor, depth: usize) -> Vec<Option<Value>> {
    let rules = rules(field);
    let mut all = vec![None];
    if field.is_map() {
        all.extend(
            rules
                .number("map", "max_pairs")
                .into_iter()
                .flat_map(|most| [most, most + 1])
                .map(|many| Some(pairs(field, many, depth))),
        );
        all.extend(odd_pairs(field, &rules, depth).into_iter().map(Some));
    } else if field.is_list() {
        let items = Rules(options::inner(&rules.of("repeated"), "items"));
        let make = |salt| single(&field.kind(), &items, salt, depth);
        let ends = ["min_items", "max_items"]
            .into_iter()
            .filter_map(|end| rules.number("repeated", end));
        for many in ends
            .flat_map(|end| [end - 1, end, end + 1])
            .filter(|many| *many >= 0)
        {
            let distinct = rules
                .number("repeated", "unique")
                .is_none_or(|_| many < 600);
            all.push(Some(Value::List(
                (0..many)
                    .map(|at| {
                        make(if distinct && !matches!(field.kind(), Kind::Message(_)) {
                            at
                        } else {
                            0
                        })
                    })
                    .collect(),
            )));
        }
        all.push(Some(Value::List(vec![make(0), make(0)])));
        all.extend(
            odd_singles(&field.kind(), &items)
                .into_iter()
                .map(|value| Some(Value::List(vec![value]))),
        );
    } else {
        all.extend(odd_singles(&field.kind(), &rules).into_iter().map(Some));
    }
    all
}

/// Maps of one entry whose key or value is odd.
fn odd_pairs(field: &FieldDescriptor, rules: &Rules, depth: usize) -> Vec<Value> {
    let Kind::Message(entry) = field.kind() else {
        unreachable!("a map has entries")
    };
    let kind = entry.map_entry_value_field().kind();
    let of = |part| Rules(options::inner(&rules.of("map"), part));
    let one = |key: String, value| Value::Map([(MapKey::String(key), value)].into_iter().collect());
    let keys = odd_texts(&of("keys")).into_iter();
    let keys = keys.map(|key| one(key, single(&kind, &of("values"), 0, depth)));
    let values = odd_singles(&kind, &of("values")).into_iter();
    keys.chain(values.map(|value| one("key".to_owned(), value)))
        .collect()
}

fn pairs(field: &FieldDescriptor, many: i64, depth: usize) -> Value {
    let Kind::Message(entry) = field.kind() else {
        unreachable!("a map has entries")
    };
    let kind = entry.map_entry_value_field().kind();
    let entries: BTreeMap<String, Value> = (0..many)
        .map(|at| {
            (
                format!("key-{at}"),
                single(&kind, &Rules::default(), at, depth),
            )
        })
        .collect();
    Value::Map(
        entries
            .into_iter()
            .map(|(key, value)| (MapKey::String(key), value))
            .collect(),
    )
}

fn odd_singles(kind: &Kind, rules: &Rules) -> Vec<Value> {
    let family = crate::build::rules::family(kind).unwrap_or_default();
    match kind {
        Kind::String => odd_texts(rules).into_iter().map(Value::String).collect(),
        Kind::Enum(_) => {
            let mut numbers = vec![-1, 0, 1, 9_999];
            numbers.extend(
                rules
                    .numbers("enum", "not_in")
                    .into_iter()
                    .map(|n| i32::try_from(n).unwrap()),
            );
            numbers.into_iter().map(Value::EnumNumber).collect()
        }
        Kind::Int32 | Kind::Int64 => {
            let (least, most) = if matches!(kind, Kind::Int32) {
                (i64::from(i32::MIN), i64::from(i32::MAX))
            } else {
                (i64::MIN, i64::MAX)
            };
            let mut numbers = vec![least, -1, 0, 1, most];
            let ends = ["gte", "gt", "lte", "lt"]
                .into_iter()
                .filter_map(|end| rules.number(family, end));
            numbers
                .extend(ends.flat_map(|end| [end.saturating_sub(1), end, end.saturating_add(1)]));
            numbers.extend(rules.numbers(family, "not_in"));
            numbers
                .into_iter()
                .map(|n| integer(kind, n.clamp(least, most)))
                .collect()
        }
        Kind::Message(message) if matches!(family, "duration" | "timestamp") => {
            bounds(rules, family)
                .into_iter()
                .flat_map(|end| [(end - 1, 999_999_999), (end, 0), (end, 1), (end + 1, 0)])
                .map(|(whole, nanos)| Value::Message(seconds(message, whole, nanos)))
                .collect()
        }
        Kind::Message(message) if family == "field_mask" => {
            let inside = rules
                .texts("field_mask", "in")
                .into_iter()
                .next()
                .unwrap_or_default();
            let odd = [
                "bogus".to_owned(),
                format!("{inside}.deeper"),
                format!("{inside}x"),
                String::new(),
            ];
            odd.into_iter()
                .map(|path| Value::Message(mask(message, &[path])))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn odd_texts(rules: &Rules) -> Vec<String> {
    let mut all: Vec<String> = [
        "",
        " ",
        "a",
        "A",
        " a ",
        "é",
        "\u{7f}",
        "\0",
        "a b",
        "ÄÖÜ-ß",
        "a\n",
    ]
    .map(str::to_owned)
    .to_vec();
    for end in ["min_len", "max_len"] {
        if let Some(end) = rules
            .number("string", end)
            .and_then(|end| usize::try_from(end).ok())
        {
            for letter in ["a", "é", "0"] {
                all.extend([end.saturating_sub(1), end, end + 1].map(|many| letter.repeat(many)));
            }
            // An address keeps its pattern while it grows.
            all.push(format!("a@{}", "b".repeat(end)));
        }
    }
    if rules.number("string", "pattern").is_some() {
        let fits = text(rules, 0);
        all.extend([
            fits.to_uppercase(),
            format!("{fits}\n"),
            format!("{fits} "),
            fits.chars().skip(1).collect(),
            fits,
        ]);
    }
    all
}
