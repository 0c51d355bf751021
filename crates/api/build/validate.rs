//! `rules.rs`: for every message that a request can hold, the checks of its fields' `buf.validate` rules, and the one rule that
//! every text keeps without saying so.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor, Value,
};

use super::contract::Contract;
use super::rules::{self, Check, Patterns};
use super::{compile, names, options};

const IF_ZERO: i64 = 1;
const ALWAYS: i64 = 3;

/// The rules of one value: a field, or what a list or map holds.
#[derive(Default, Clone)]
struct Said {
    required: bool,
    ignore: i64,
    family: String,
    rules: Option<DynamicMessage>,
}

/// `impl Rules` for all of them; an error lists each field whose rules cannot be kept.
pub(crate) fn generate(contract: &Contract) -> Result<String, Vec<String>> {
    let mut out = String::new();
    let mut writer = Writer {
        contract,
        patterns: Patterns::default(),
        mistakes: Vec::new(),
    };
    for message in closure(contract).values() {
        out.push_str(&writer.message(message));
    }
    for (at, pattern) in writer.patterns.0.iter().enumerate() {
        let make = format!("::std::sync::LazyLock::new(|| crate::rules::pattern({pattern:?}))");
        let _ = writeln!(
            out,
            "static P{at}: ::std::sync::LazyLock<::regex::Regex> = {make};"
        );
    }
    if writer.mistakes.is_empty() {
        Ok(out)
    } else {
        Err(writer.mistakes)
    }
}

/// The requests and everything that stands in them, by name.
fn closure(contract: &Contract) -> BTreeMap<String, MessageDescriptor> {
    let mut found = BTreeMap::new();
    let mut open: Vec<MessageDescriptor> = contract.rpcs().map(|rpc| rpc.request.clone()).collect();
    while let Some(message) = open.pop() {
        if found.contains_key(message.full_name()) {
            continue;
        }
        let held = message.fields().filter_map(|field| ours(&element(&field)));
        open.extend(held);
        found.insert(message.full_name().to_owned(), message);
    }
    found
}

/// What a field holds: of a map its values.
fn element(field: &FieldDescriptor) -> Kind {
    match field.kind() {
        Kind::Message(entry) if entry.is_map_entry() => entry.map_entry_value_field().kind(),
        kind => kind,
    }
}

/// The message of ours behind a kind, whose own rules are checked in turn.
fn ours(kind: &Kind) -> Option<MessageDescriptor> {
    kind.as_message()
        .filter(|message| compile::ours(message.package_name()))
        .cloned()
}

struct Writer<'a> {
    contract: &'a Contract,
    patterns: Patterns,
    mistakes: Vec<String>,
}

impl Writer<'_> {
    fn message(&mut self, message: &MessageDescriptor) -> String {
        let mut body = self.message_rules(message);
        for field in message.fields() {
            if field
                .containing_oneof()
                .is_none_or(|oneof| oneof.is_synthetic())
            {
                body.push_str(&self.field(&field));
            }
        }
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            body.push_str(&self.oneof(message, &oneof));
        }
        let path = names::message("crate", message);
        format!(
            "impl crate::rules::Rules for {path} {{\nfn check(&self, at: &crate::rules::Path<'_>, \
             out: &mut Vec<stoa_errors::FieldViolation>) {{\n{body}}}\n}}\n"
        )
    }

    /// `buf.validate.message`: groups of fields of which at most one, or exactly one, is set.
    fn message_rules(&mut self, message: &MessageDescriptor) -> String {
        let Some(said) = options::message(
            &self.contract.pool,
            &message.options(),
            "buf.validate.message",
        ) else {
            return String::new();
        };
        let mut body = String::new();
        for (field, value) in said.fields() {
            let Some(groups) = value.as_list().filter(|_| field.name() == "oneof") else {
                self.mistakes.push(format!(
                    "{} has the message rule {}, which the generator does not know",
                    message.full_name(),
                    field.name()
                ));
                continue;
            };
            for group in groups.iter().filter_map(Value::as_message) {
                let all = options::texts(group, "fields");
                let set: Vec<String> = all
                    .iter()
                    .filter_map(|name| message.get_field_by_name(name))
                    .map(|f| format!("usize::from({})", set(&f)))
                    .collect();
                let required = group
                    .get_field_by_name("required")
                    .as_deref()
                    .and_then(Value::as_bool)
                    == Some(true);
                let (broken, how) = if required {
                    ("!= 1", "exactly")
                } else {
                    ("> 1", "at most")
                };
                let text = format!("must have {how} one of {}", all.join(", "));
                let _ = writeln!(
                    body,
                    "if {} {broken} {{ crate::rules::broken(out, at, \"message.oneof\", {text:?}); }}",
                    set.join(" + ")
                );
            }
        }
        body
    }

    fn said(&mut self, field: &FieldDescriptor) -> Said {
        match options::message(&self.contract.pool, &field.options(), "buf.validate.field") {
            Some(rules) => self.read(field, &rules),
            None => Said::default(),
        }
    }

    fn read(&mut self, field: &FieldDescriptor, rules: &DynamicMessage) -> Said {
        let mut said = Said::default();
        for (rule, value) in rules.fields() {
            match (rule.name(), value) {
                ("required", value) => said.required = value.as_bool() == Some(true),
                ("ignore", value) => said.ignore = options::integer(value).unwrap_or(0),
                (family, Value::Message(rules)) => {
                    said.family = family.to_owned();
                    said.rules = Some(rules.clone());
                }
                (name, _) => self.mistakes.push(format!(
                    "{} has the rule {name}, which the generator does not know",
                    field.full_name()
                )),
            }
        }
        said
    }

    /// A field that is no member of a oneof.
    fn field(&mut self, field: &FieldDescriptor) -> String {
        let said = self.said(field);
        if said.ignore == ALWAYS {
            return String::new();
        }
        let name = names::field(field.name());
        let inner = if field.is_map() {
            self.map(field, &said)
        } else if field.is_list() {
            self.list(field, &said)
        } else {
            self.value(field, &field.kind(), &said)
        };
        let required = "crate::rules::broken(out, &at, \"required\", \"must be set\");";
        let by_value = !field.is_list() && !field.is_map() && rules::copied(&field.kind());
        let body = if field.supports_presence() {
            let value = if by_value {
                "Some(value)"
            } else {
                "Some(ref value)"
            };
            let absent = if said.required { required } else { "" };
            if inner.is_empty() && absent.is_empty() {
                return String::new();
            }
            format!("if let {value} = self.{name} {{\n{inner}}} else {{ {absent} }}\n")
        } else {
            let reference = if by_value { "" } else { "&" };
            let set = set(field);
            match (said.required, said.ignore == IF_ZERO, inner.is_empty()) {
                (false, _, true) => return String::new(),
                (true, ..) => format!(
                    "let value = {reference}self.{name};\nif {set} {{\n{inner}}} else {{ {required} }}\n"
                ),
                (false, true, false) => {
                    format!("let value = {reference}self.{name};\nif {set} {{\n{inner}}}\n")
                }
                (false, false, false) => format!("let value = {reference}self.{name};\n{inner}"),
            }
        };
        format!("{{\nlet at = at.field({:?});\n{body}}}\n", field.name())
    }

    fn oneof(&mut self, message: &MessageDescriptor, oneof: &OneofDescriptor) -> String {
        let of = names::field(oneof.name());
        let path = format!(
            "{}::{}",
            names::inside("crate", message),
            names::camel(oneof.name())
        );
        let mut body = String::new();
        let rules = options::message(&self.contract.pool, &oneof.options(), "buf.validate.oneof");
        if rules.is_some_and(|rules| {
            rules
                .get_field_by_name("required")
                .as_deref()
                .and_then(Value::as_bool)
                == Some(true)
        }) {
            let all: Vec<String> = oneof
                .fields()
                .map(|field| field.name().to_owned())
                .collect();
            let text = format!("must have one of {}", all.join(", "));
            let _ = writeln!(
                body,
                "if self.{of}.is_none() {{\nlet at = at.field({:?});\ncrate::rules::broken(out, &at, \"required\", {text:?});\n}}",
                oneof.name()
            );
        }
        let mut arms = String::new();
        for field in oneof.fields() {
            let said = self.said(&field);
            if said.required {
                self.mistakes.push(format!(
                    "{} is required inside a oneof: require the oneof",
                    field.full_name()
                ));
            }
            let inner = if said.ignore == ALWAYS {
                String::new()
            } else {
                self.value(&field, &field.kind(), &said)
            };
            if !inner.is_empty() {
                let copy = if rules::copied(&field.kind()) {
                    "let value = *value;"
                } else {
                    ""
                };
                let variant = names::camel(field.name());
                let at = format!("let at = at.field({:?});", field.name());
                let _ = writeln!(
                    arms,
                    "Some({path}::{variant}(value)) => {{\n{at}\n{copy}\n{inner}}}"
                );
            }
        }
        if !arms.is_empty() {
            let _ = writeln!(body, "match &self.{of} {{\n{arms}_ => {{}}\n}}");
        }
        body
    }

    fn list(&mut self, field: &FieldDescriptor, said: &Said) -> String {
        let mut body = self.checks(field, &field.kind(), "repeated", said);
        let items = said
            .rules
            .as_ref()
            .and_then(|rules| options::inner(rules, "items"));
        let items = items
            .map(|rules| self.read(field, &rules))
            .unwrap_or_default();
        let inner = self.guarded(field, &field.kind(), &items);
        if !inner.is_empty() {
            let value = if rules::copied(&field.kind()) {
                "&value"
            } else {
                "value"
            };
            let _ = writeln!(
                body,
                "for (index, {value}) in value.iter().enumerate() {{\nlet at = at.index(index);\n{inner}}}"
            );
        }
        body
    }

    fn map(&mut self, field: &FieldDescriptor, said: &Said) -> String {
        let Kind::Message(entry) = field.kind() else {
            return String::new();
        };
        let mut body = self.checks(field, &field.kind(), "map", said);
        let mut entries = String::new();
        for (rule, binding, kind) in [
            ("keys", "key", entry.map_entry_key_field().kind()),
            ("values", "item", entry.map_entry_value_field().kind()),
        ] {
            let rules = said
                .rules
                .as_ref()
                .and_then(|rules| options::inner(rules, rule));
            let said = rules
                .map(|rules| self.read(field, &rules))
                .unwrap_or_default();
            let inner = self.guarded(field, &kind, &said);
            if !inner.is_empty() {
                let reference = if rules::copied(&kind) { "*" } else { "" };
                let _ = writeln!(entries, "{{\nlet value = {reference}{binding};\n{inner}}}");
            }
        }
        if !entries.is_empty() {
            let _ = writeln!(
                body,
                "for (key, item) in value {{\nlet at = at.key(key);\n{entries}}}"
            );
        }
        body
    }

    /// An element of a list or map: without presence, so `ignore` is about its zero.
    fn guarded(&mut self, field: &FieldDescriptor, kind: &Kind, said: &Said) -> String {
        let inner = if said.ignore == ALWAYS {
            String::new()
        } else {
            self.value(field, kind, said)
        };
        if said.ignore == IF_ZERO && !inner.is_empty() {
            format!("if {} {{\n{inner}}}\n", nonzero(kind, "value"))
        } else {
            inner
        }
    }

    /// The checks of one single value, and of the message that it is.
    fn value(&mut self, field: &FieldDescriptor, kind: &Kind, said: &Said) -> String {
        let mut body = self.checks(field, kind, rules::family(kind).unwrap_or("no"), said);
        if matches!(kind, Kind::String) {
            body.push_str(&broken_if(&rules::nul()));
        }
        if ours(kind).is_some() {
            body.push_str("value.check(&at, out);\n");
        }
        body
    }

    fn checks(
        &mut self,
        field: &FieldDescriptor,
        kind: &Kind,
        family: &str,
        said: &Said,
    ) -> String {
        let Some(of) = &said.rules else {
            return String::new();
        };
        if said.family != family {
            self.mistakes.push(format!(
                "{} takes {family} rules and has {} rules",
                field.full_name(),
                said.family
            ));
            return String::new();
        }
        match rules::checks(family, of, kind, &mut self.patterns) {
            Ok(checks) => checks.iter().map(broken_if).collect(),
            Err(wrong) => {
                self.mistakes.push(format!("{} {wrong}", field.full_name()));
                String::new()
            }
        }
    }
}

/// The statement that notes a broken rule.
fn broken_if(check: &Check) -> String {
    format!(
        "if {} {{ crate::rules::broken(out, &at, {:?}, {:?}); }}\n",
        check.broken, check.id, check.text
    )
}

/// A condition that is true when a field is set, or is not its zero where presence is not tracked.
fn set(field: &FieldDescriptor) -> String {
    let place = format!("self.{}", names::field(field.name()));
    if field.supports_presence() {
        format!("{place}.is_some()")
    } else if field.is_list() || field.is_map() {
        format!("!{place}.is_empty()")
    } else {
        nonzero(&field.kind(), &place)
    }
}

fn nonzero(kind: &Kind, place: &str) -> String {
    match kind {
        Kind::String | Kind::Bytes => format!("!{place}.is_empty()"),
        Kind::Bool => place.to_owned(),
        Kind::Message(_) => "true".to_owned(),
        _ => format!("{place} != 0"),
    }
}
