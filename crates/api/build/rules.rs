//! One `buf.validate` rule as a Rust condition over `value`. Only rules that stand here may stand in the contract: any other
//! fails the build, so none is skipped in silence. CEL is not among them: what needs two fields is said in the domain.

use prost_reflect::{DynamicMessage, Kind, Value};

use super::{names, options};

/// The pattern of `string.email`, as protovalidate defines it.
const EMAIL: &str = r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// A Rust expression that is true when `value` breaks the rule.
    pub(crate) broken: String,
    /// The rule's id: `string.min_len`.
    pub(crate) id: String,
    /// What is expected: "must have at least 3 characters".
    pub(crate) text: String,
}

/// Every pattern once, so that two fields with one pattern share it.
#[derive(Default)]
pub(crate) struct Patterns(pub(crate) Vec<String>);

impl Patterns {
    /// The name of the static that holds `pattern`.
    fn name(&mut self, pattern: &str) -> Result<String, String> {
        let compiled = regex::Regex::new(pattern)
            .map_err(|e| format!("has the pattern {pattern:?}, which is none: {e}"))?;
        if [r"\d", r"\w", r"\s", r"\b"]
            .iter()
            .any(|class| compiled.as_str().contains(class))
        {
            return Err(format!(
                "has the pattern {pattern:?}: say [0-9] for \\d and so on, languages differ about it"
            ));
        }
        let at = self
            .0
            .iter()
            .position(|known| known == pattern)
            .unwrap_or_else(|| {
                self.0.push(pattern.to_owned());
                self.0.len() - 1
            });
        Ok(format!("P{at}"))
    }
}

/// What every text of a request keeps, whatever its field says: no database of ours can be asked to hold U+0000.
pub(crate) fn nul() -> Check {
    Check {
        broken: "value.contains('\\0')".to_owned(),
        id: "string.nul".to_owned(),
        text: "must not hold U+0000".to_owned(),
    }
}

/// What the rules of a field are called for a value of this kind; none for a message without rules of its own.
pub(crate) fn family(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Int32 => "int32",
        Kind::Int64 => "int64",
        Kind::Uint32 => "uint32",
        Kind::Uint64 => "uint64",
        Kind::Bool => "bool",
        Kind::String => "string",
        Kind::Bytes => "bytes",
        Kind::Enum(_) => "enum",
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Duration" => "duration",
            "google.protobuf.Timestamp" => "timestamp",
            "google.protobuf.FieldMask" => "field_mask",
            _ => return None,
        },
        _ => return None,
    })
}

/// True when prost holds a value of this kind by value: the checks then compare it as it is.
pub(crate) fn copied(kind: &Kind) -> bool {
    !matches!(kind, Kind::String | Kind::Bytes | Kind::Message(_))
}

/// The conditions of `rules` (a `StringRules`, ..) of the family `family`; `items`, `keys` and `values` are read elsewhere.
pub(crate) fn checks(
    family: &str,
    rules: &DynamicMessage,
    kind: &Kind,
    patterns: &mut Patterns,
) -> Result<Vec<Check>, String> {
    let mut checks = range(family, rules)?;
    for (field, value) in rules.fields() {
        let name = field.name();
        if matches!(
            name,
            "example" | "lt" | "lte" | "gt" | "gte" | "items" | "keys" | "values"
        ) {
            continue;
        }
        let found = match family {
            "string" => string(name, value, patterns)?,
            "bytes" => sized(
                name,
                value,
                "value.len()",
                "bytes",
                ["len", "min_len", "max_len"],
            ),
            "repeated" if name == "unique" => {
                vec![check(
                    "!crate::rules::unique(value)".to_owned(),
                    "unique",
                    "must hold nothing twice".to_owned(),
                )]
            }
            "repeated" => sized(
                name,
                value,
                "value.len()",
                "elements",
                ["", "min_items", "max_items"],
            ),
            "map" => sized(
                name,
                value,
                "value.len()",
                "entries",
                ["", "min_pairs", "max_pairs"],
            ),
            "enum" => enumeration(name, value, kind),
            "field_mask" => mask(name, value),
            "bool" | "int32" | "int64" | "uint32" | "uint64" => listed(name, value),
            _ => Vec::new(),
        };
        if found.is_empty() {
            return Err(format!(
                "has the rule {family}.{name}, which the generator does not know"
            ));
        }
        checks.extend(found.into_iter().map(|check| Check {
            id: format!("{family}.{}", check.id),
            ..check
        }));
    }
    Ok(checks)
}

fn check(broken: String, id: &str, text: String) -> Check {
    Check {
        broken,
        id: id.to_owned(),
        text,
    }
}

/// `lt`, `lte`, `gt` and `gte` together, since they share one id when both ends are there.
fn range(family: &str, rules: &DynamicMessage) -> Result<Vec<Check>, String> {
    let (left, spans) = match family {
        "int32" | "int64" | "uint32" | "uint64" => ("value", false),
        "duration" | "timestamp" => ("(value.seconds, value.nanos)", true),
        _ => return Ok(Vec::new()),
    };
    let end = |name: &str| {
        let value = rules
            .has_field_by_name(name)
            .then(|| rules.get_field_by_name(name))
            .flatten()?;
        moment(&value, spans)
    };
    let lower = [("gte", "<", "at least"), ("gt", "<=", "more than")]
        .into_iter()
        .find_map(|(id, broken, text)| {
            end(id).map(|at| {
                (
                    id,
                    format!("{left} {broken} {}", at.0),
                    format!("{text} {}", at.1),
                )
            })
        });
    let upper = [("lte", ">", "at most"), ("lt", ">=", "less than")]
        .into_iter()
        .find_map(|(id, broken, text)| {
            end(id).map(|at| {
                (
                    id,
                    format!("{left} {broken} {}", at.0),
                    format!("{text} {}", at.1),
                )
            })
        });
    Ok(match (lower, upper) {
        (Some((low, below, least)), Some((high, above, most))) => vec![Check {
            broken: format!("{below} || {above}"),
            id: format!("{family}.{low}_{high}"),
            text: format!("must be {least} and {most}"),
        }],
        (Some((id, broken, text)), None) | (None, Some((id, broken, text))) => {
            vec![Check {
                broken,
                id: format!("{family}.{id}"),
                text: format!("must be {text}"),
            }]
        }
        (None, None) => Vec::new(),
    })
}

/// A bound as Rust and as text.
fn moment(value: &Value, spans: bool) -> Option<(String, String)> {
    if !spans {
        let number = literal(value)?;
        return Some((number.clone(), number));
    }
    let message = value.as_message()?;
    let (seconds, nanos) = (
        options::number(message, "seconds"),
        options::number(message, "nanos"),
    );
    let text = if nanos == 0 {
        format!("{seconds} s")
    } else {
        format!("{seconds} s and {nanos} ns")
    };
    Some((format!("({seconds}, {nanos})"), text))
}

fn literal(value: &Value) -> Option<String> {
    match value {
        Value::U64(n) => Some(n.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        other => options::integer(other).map(|n| n.to_string()),
    }
}

fn literals(value: &Value) -> Option<String> {
    let all: Option<Vec<String>> = value.as_list()?.iter().map(literal).collect();
    all.map(|all| all.join(", "))
}

/// `const`, `in` and `not_in` of numbers and flags.
fn listed(name: &str, value: &Value) -> Vec<Check> {
    match (name, literal(value), literals(value)) {
        ("const", Some(only), _) => vec![check(
            format!("value != {only}"),
            "const",
            format!("must be {only}"),
        )],
        ("in", _, Some(all)) => vec![check(
            format!("![{all}].contains(&value)"),
            "in",
            format!("must be one of {all}"),
        )],
        ("not_in", _, Some(all)) => vec![check(
            format!("[{all}].contains(&value)"),
            "not_in",
            format!("must be none of {all}"),
        )],
        _ => Vec::new(),
    }
}

fn enumeration(name: &str, value: &Value, kind: &Kind) -> Vec<Check> {
    let Some(descriptor) = kind.as_enum() else {
        return Vec::new();
    };
    if name == "defined_only" {
        let path = names::enumeration("crate", descriptor);
        return vec![check(
            format!("{path}::try_from(value).is_err()"),
            "defined_only",
            "must be a value that the contract defines".to_owned(),
        )];
    }
    listed(name, value)
}

/// An exact, a least and a greatest size, under the three names of the family.
fn sized(
    name: &str,
    value: &Value,
    size: &str,
    what: &str,
    [exact, least, most]: [&str; 3],
) -> Vec<Check> {
    let Some(number) = literal(value) else {
        return Vec::new();
    };
    // "At least none" cannot be broken: it would be a rule that no test can hit.
    if name.is_empty() || (name == least && number == "0") {
        return Vec::new();
    }
    if name == exact {
        vec![check(
            format!("{size} != {number}"),
            name,
            format!("must have {number} {what}"),
        )]
    } else if name == least && number == "1" {
        vec![check(
            format!("{size} < 1"),
            name,
            "must not be empty".to_owned(),
        )]
    } else if name == least {
        vec![check(
            format!("{size} < {number}"),
            name,
            format!("must have at least {number} {what}"),
        )]
    } else if name == most {
        vec![check(
            format!("{size} > {number}"),
            name,
            format!("must have at most {number} {what}"),
        )]
    } else {
        Vec::new()
    }
}

fn string(name: &str, value: &Value, patterns: &mut Patterns) -> Result<Vec<Check>, String> {
    let characters = sized(
        name,
        value,
        "crate::rules::length(value)",
        "characters",
        ["len", "min_len", "max_len"],
    );
    let bytes = sized(
        name,
        value,
        "value.len()",
        "bytes",
        ["len_bytes", "min_bytes", "max_bytes"],
    );
    if !characters.is_empty() || !bytes.is_empty() {
        return Ok([characters, bytes].concat());
    }
    let text = value.as_str().unwrap_or_default();
    let all: Vec<&str> = value
        .as_list()
        .map(|items| items.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let on = value.as_bool() == Some(true);
    let one = |broken: String, said: String| vec![check(broken, name, said)];
    Ok(match name {
        "const" => one(format!("value != {text:?}"), format!("must be {text:?}")),
        "pattern" => one(
            format!("!{}.is_match(value)", patterns.name(text)?),
            format!("must match {text}"),
        ),
        "prefix" => one(
            format!("!value.starts_with({text:?})"),
            format!("must begin with {text:?}"),
        ),
        "suffix" => one(
            format!("!value.ends_with({text:?})"),
            format!("must end with {text:?}"),
        ),
        "contains" => one(
            format!("!value.contains({text:?})"),
            format!("must contain {text:?}"),
        ),
        "not_contains" => one(
            format!("value.contains({text:?})"),
            format!("must not contain {text:?}"),
        ),
        "in" => one(
            format!("!{all:?}.contains(&value.as_str())"),
            format!("must be one of {}", all.join(", ")),
        ),
        "not_in" => one(
            format!("{all:?}.contains(&value.as_str())"),
            format!("must be none of {}", all.join(", ")),
        ),
        "email" if on => format(
            name,
            &format!("{}.is_match(value)", patterns.name(EMAIL)?),
            "must be an e-mail address",
        ),
        _ => Vec::new(),
    })
}

/// A well-known format: an empty string breaks a rule of its own.
fn format(name: &str, good: &str, text: &str) -> Vec<Check> {
    vec![
        check(
            "value.is_empty()".to_owned(),
            &format!("{name}_empty"),
            text.to_owned(),
        ),
        check(
            format!("!value.is_empty() && !{good}"),
            name,
            text.to_owned(),
        ),
    ]
}

fn mask(name: &str, value: &Value) -> Vec<Check> {
    let all: Vec<&str> = value
        .as_list()
        .map(|items| items.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if name != "in" || all.is_empty() {
        return Vec::new();
    }
    let text = format!("must name nothing but {}", all.join(", "));
    vec![check(
        format!("!crate::rules::mask_within(value, &{all:?})"),
        "in",
        text,
    )]
}
