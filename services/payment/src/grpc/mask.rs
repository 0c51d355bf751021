//! `read_mask`: the fields of a message that its caller asked for.

use prost_reflect::{DynamicMessage, ReflectMessage};
use stoa_errors::Error;

/// `message` with nothing but what `mask` names (fields of its root); an absent or empty mask keeps all.
///
/// # Errors
/// `INVALID_ARGUMENT` on `read_mask` for a path that the message does not have.
pub(crate) fn keep<M: prost::Message + Default>(
    full_name: &str,
    message: M,
    mask: Option<&prost_types::FieldMask>,
) -> Result<M, Error> {
    let paths = match mask {
        Some(mask) if !mask.paths.is_empty() => &mask.paths,
        _ => return Ok(message),
    };
    if paths.iter().any(|path| path == "*") {
        return Ok(message);
    }
    let descriptor = stoa_api::pool()
        .get_message_by_name(full_name)
        .ok_or_else(|| Error::internal(Unknown(full_name.to_owned())))?;
    let mut full = DynamicMessage::new(descriptor);
    full.transcode_from(&message).map_err(Error::internal)?;
    for path in paths {
        let root = path.split('.').next().unwrap_or_default();
        if full.descriptor().get_field_by_name(root).is_none() {
            return Err(Error::invalid(
                "read_mask",
                "FIELD_MASK",
                format!("{path} is not a field of {full_name}"),
            ));
        }
    }
    let named = |name: &str| {
        paths
            .iter()
            .any(|path| path.split('.').next() == Some(name))
    };
    for field in full.descriptor().fields() {
        if !named(field.name()) {
            full.clear_field(&field);
        }
    }
    full.transcode_to().map_err(Error::internal)
}

#[derive(Debug, thiserror::Error)]
#[error("the contract has no message {0}")]
struct Unknown(String);
