//! `redact.rs`: `Debug` of the messages that hold personal data or a secret, which says that it is there and not what it is.

use std::fmt::Write as _;

use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor};

use super::{Failure, compile, names, options};

/// The messages, as prost names them, whose `Debug` is made here: those with a sensitive field, and what is nested in them.
pub(crate) fn messages(pool: &DescriptorPool) -> Vec<String> {
    chosen(pool)
        .iter()
        .map(|message| format!(".{}", message.full_name()))
        .collect()
}

fn chosen(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let hides =
        |message: &MessageDescriptor| message.fields().any(|field| mark(pool, &field).is_some());
    pool.all_messages()
        .filter(|message| compile::ours(message.package_name()) && !message.is_map_entry())
        .filter(|message| hides(message) || outer(message).iter().any(hides))
        .collect()
}

fn outer(message: &MessageDescriptor) -> Vec<MessageDescriptor> {
    let mut all = Vec::new();
    let mut next = message.parent_message();
    while let Some(parent) = next {
        next = parent.parent_message();
        all.push(parent);
    }
    all
}

/// What is shown in place of a sensitive field.
fn mark(pool: &DescriptorPool, field: &FieldDescriptor) -> Option<&'static str> {
    let said = options::extension(pool, &field.options(), "stoa.options.v1.sensitivity")?;
    match options::integer(&said)? {
        1 => Some("<personal>"),
        2 => Some("<secret>"),
        _ => None,
    }
}

/// `impl Debug` for each of them.
pub(crate) fn generate(pool: &DescriptorPool) -> Result<String, Failure> {
    let mut out = String::new();
    for message in chosen(pool) {
        if message.child_enums().next().is_some() {
            return Err(format!(
                "{} holds sensitive fields and an enum: put the enum beside it",
                message.full_name()
            )
            .into());
        }
        let path = names::message("crate", &message);
        writeln!(out, "impl ::core::fmt::Debug for {path} {{")?;
        writeln!(
            out,
            "fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{"
        )?;
        writeln!(out, "f.debug_struct({:?})", names::camel(message.name()))?;
        for field in message
            .fields()
            .filter(|f| f.containing_oneof().is_none_or(|o| o.is_synthetic()))
        {
            let name = names::field(field.name());
            match mark(pool, &field) {
                Some(mark) => writeln!(
                    out,
                    ".field({:?}, &::core::format_args!({mark:?}))",
                    field.name()
                )?,
                None => writeln!(out, ".field({:?}, &self.{name})", field.name())?,
            }
        }
        for oneof in message.oneofs().filter(|o| !o.is_synthetic()) {
            writeln!(
                out,
                ".field({:?}, &self.{})",
                oneof.name(),
                names::field(oneof.name())
            )?;
        }
        writeln!(out, ".finish()\n}}\n}}")?;
        oneofs(&mut out, pool, &message)?;
    }
    Ok(out)
}

fn oneofs(
    out: &mut String,
    pool: &DescriptorPool,
    message: &MessageDescriptor,
) -> Result<(), Failure> {
    for oneof in message.oneofs().filter(|o| !o.is_synthetic()) {
        let path = format!(
            "{}::{}",
            names::inside("crate", message),
            names::camel(oneof.name())
        );
        writeln!(out, "impl ::core::fmt::Debug for {path} {{")?;
        writeln!(
            out,
            "fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{\nmatch self {{"
        )?;
        for field in oneof.fields() {
            let variant = names::camel(field.name());
            let shown = match mark(pool, &field) {
                Some(mark) => format!(
                    "{path}::{variant}(_) => f.debug_tuple({variant:?}).field(&::core::format_args!({mark:?}))"
                ),
                None => {
                    format!("{path}::{variant}(value) => f.debug_tuple({variant:?}).field(value)")
                }
            };
            writeln!(out, "{shown}.finish(),")?;
        }
        writeln!(out, "}}\n}}\n}}")?;
    }
    Ok(())
}
