//! The functions that take the fields marked `not_fingerprinted` out of a message, wherever in it they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor};

use super::{compile, names, options};

/// Collects which messages need such a function, and writes them.
pub(crate) struct Fingerprints {
    pool: DescriptorPool,
    written: BTreeMap<String, String>,
    mistakes: Vec<String>,
}

impl Fingerprints {
    pub(crate) fn new(pool: &DescriptorPool) -> Self {
        Self {
            pool: pool.clone(),
            written: BTreeMap::new(),
            mistakes: Vec::new(),
        }
    }

    /// The name of the function for `message`; none when nothing in it is marked.
    pub(crate) fn strip(&mut self, message: &MessageDescriptor) -> Option<String> {
        if !self.marked(message, &mut BTreeSet::new()) {
            return None;
        }
        let name = format!(
            "strip_{}",
            message.full_name().replace('.', "_").to_lowercase()
        );
        if !self.written.contains_key(&name) {
            self.written.insert(name.clone(), String::new());
            let body = self.body(message);
            let path = names::message("crate", message);
            self.written.insert(
                name.clone(),
                format!("fn {name}(message: &mut {path}) {{\n{body}}}\n"),
            );
        }
        Some(name)
    }

    /// All functions; an error lists the marks that cannot be honoured.
    pub(crate) fn finish(self) -> Result<String, Vec<String>> {
        if self.mistakes.is_empty() {
            Ok(self.written.into_values().collect())
        } else {
            Err(self.mistakes)
        }
    }

    fn marked(&self, message: &MessageDescriptor, seen: &mut BTreeSet<String>) -> bool {
        if !compile::ours(message.package_name()) || !seen.insert(message.full_name().to_owned()) {
            return false;
        }
        message.fields().any(|field| {
            self.direct(&field) || inner(&field).is_some_and(|message| self.marked(&message, seen))
        })
    }

    fn direct(&self, field: &FieldDescriptor) -> bool {
        options::flag(
            &self.pool,
            &field.options(),
            "stoa.options.v1.not_fingerprinted",
        )
    }

    fn body(&mut self, message: &MessageDescriptor) -> String {
        let mut body = String::new();
        for field in message.fields() {
            let oneof = field
                .containing_oneof()
                .filter(|oneof| !oneof.is_synthetic());
            let name = names::field(field.name());
            if self.direct(&field) {
                if oneof.is_some() {
                    self.mistakes.push(format!(
                        "{} is not_fingerprinted inside a oneof",
                        field.full_name()
                    ));
                }
                let _ = writeln!(body, "message.{name} = Default::default();");
                continue;
            }
            let Some(strip) = inner(&field).and_then(|message| self.strip(&message)) else {
                continue;
            };
            let _ = match oneof {
                Some(oneof) => {
                    let of = names::field(oneof.name());
                    let path = format!(
                        "{}::{}",
                        names::inside("crate", message),
                        names::camel(oneof.name())
                    );
                    let variant = names::camel(field.name());
                    writeln!(
                        body,
                        "if let Some({path}::{variant}(inner)) = &mut message.{of} {{ {strip}(inner); }}"
                    )
                }
                None if field.is_map() => writeln!(
                    body,
                    "for inner in message.{name}.values_mut() {{ {strip}(inner); }}"
                ),
                None if field.is_list() => writeln!(
                    body,
                    "for inner in &mut message.{name} {{ {strip}(inner); }}"
                ),
                None => writeln!(
                    body,
                    "if let Some(inner) = &mut message.{name} {{ {strip}(inner); }}"
                ),
            };
        }
        body
    }
}

/// The message that a field holds: itself, in a list, or as the value of a map.
fn inner(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let message = field.kind().as_message()?.clone();
    if message.is_map_entry() {
        return message.map_entry_value_field().kind().as_message().cloned();
    }
    Some(message)
}
