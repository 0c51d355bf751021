//! `events.rs`: `impl Event` for the messages of the `*_events.proto` files, the payloads of the event log.

use std::fmt::Write as _;

use prost_reflect::{DescriptorPool, MessageDescriptor};

use super::{compile, names};

/// The implementations, and the list of all types.
pub(crate) fn generate(pool: &DescriptorPool) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let mut all = Vec::new();
    for message in pool.all_messages().filter(payload) {
        let (path, name) = (names::message("crate", &message), message.full_name());
        writeln!(
            out,
            "impl crate::Event for {path} {{ const TYPE: &'static str = {name:?}; }}"
        )?;
        all.push(format!("{name:?}"));
    }
    all.sort();
    writeln!(
        out,
        "/// The type of every event that the contract defines, sorted."
    )?;
    writeln!(
        out,
        "pub static EVENT_TYPES: &[&str] = &[{}];",
        all.join(", ")
    )?;
    Ok(out)
}

fn payload(message: &MessageDescriptor) -> bool {
    let file = message.parent_file();
    compile::ours(file.package_name())
        && file.name().ends_with("_events.proto")
        && message.parent_message().is_none()
}
