//! Read masks: which fields of a resource the caller wants.
//!
//! A path names a field of the resource, or one below it (`variants.sku`, also through a list); `*` names all. What a mask does not
//! name is left out of the answer; what lies beside the resource, such as `next_page_token`, always stands.

use prost::Message;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value,
};
use prost_types::FieldMask;
use stoa_errors::{Error, FieldViolation, reason};

use crate::Call;
use crate::descriptors::pool;

/// The most paths that a mask may have.
const PATHS: usize = 100;

/// Adds what is wrong with the `read_mask` of `call` to what its rules have found.
pub(crate) fn checked<C: Call>(
    call: &C,
    rules: Result<(), Vec<FieldViolation>>,
) -> Result<(), Vec<FieldViolation>> {
    let wrong = |description: String| FieldViolation {
        field: "read_mask".to_owned(),
        reason: reason::READ_MASK_INVALID.to_owned(),
        description,
    };
    // Without a mask nothing is looked up: that is every call but a few.
    let Some(mask) = call.read_mask() else {
        return rules;
    };
    let Some(resource) = resource::<C>() else {
        return rules;
    };
    let unknown = mask.paths.iter().find(|path| !names_field(&resource, path));
    let found = if mask.paths.len() > PATHS {
        wrong(format!("must have at most {PATHS} paths"))
    } else if let Some(path) = unknown {
        wrong(format!("{path:?} is no field of {}", resource.name()))
    } else {
        return rules;
    };
    let mut all = rules.err().unwrap_or_default();
    all.push(found);
    Err(all)
}

/// Leaves in the answer to a call what its `read_mask` names; without a mask, or with an empty one, everything.
///
/// # Errors
/// INTERNAL when the answer does not survive being encoded and read again, which no message of the contract does.
pub fn apply<C: Call>(mask: Option<&FieldMask>, answer: C::Response) -> Result<C::Response, Error> {
    // Without a mask nothing is looked up: that is every call but a few.
    let Some(mask) = mask.filter(|mask| !mask.paths.is_empty()) else {
        return Ok(answer);
    };
    let Some(field) = field::<C>() else {
        return Ok(answer);
    };
    if mask.paths.iter().any(|path| path == "*") {
        return Ok(answer);
    }
    let bytes = answer.encode_to_vec();
    let mut whole = DynamicMessage::decode(field.parent_message().clone(), bytes.as_slice())
        .map_err(Error::internal)?;
    let paths: Vec<&str> = mask.paths.iter().map(String::as_str).collect();
    if whole.has_field(&field) {
        keep(whole.get_field_mut(&field), &paths);
    }
    C::Response::decode(whole.encode_to_vec().as_slice()).map_err(Error::internal)
}

/// The response field that holds the resource.
fn field<C: Call>() -> Option<FieldDescriptor> {
    let service = pool().get_service_by_name(C::METHOD.service)?;
    let method = service
        .methods()
        .find(|method| method.name() == C::METHOD.name)?;
    method.output().get_field_by_name(C::MASKED?)
}

fn resource<C: Call>() -> Option<MessageDescriptor> {
    field::<C>()?.kind().as_message().cloned()
}

fn names_field(message: &MessageDescriptor, path: &str) -> bool {
    if path == "*" {
        return true;
    }
    let mut here = Some(message.clone());
    path.split('.').all(|name| {
        let field = here
            .take()
            .and_then(|message| message.get_field_by_name(name));
        here = field
            .as_ref()
            .filter(|field| !field.is_map())
            .and_then(|field| match field.kind() {
                Kind::Message(inner) => Some(inner),
                _ => None,
            });
        field.is_some()
    })
}

fn keep(value: &mut Value, paths: &[&str]) {
    match value {
        Value::Message(message) => prune(message, paths),
        Value::List(items) => items.iter_mut().for_each(|item| keep(item, paths)),
        _ => {}
    }
}

fn prune(message: &mut DynamicMessage, paths: &[&str]) {
    let descriptor = message.descriptor();
    for field in descriptor.fields() {
        let below: Vec<&str> = paths
            .iter()
            .filter_map(|path| rest(path, field.name()))
            .collect();
        if below.is_empty() {
            message.clear_field(&field);
        } else if !below.contains(&"") && message.has_field(&field) {
            keep(message.get_field_mut(&field), &below);
        }
    }
}

/// What of `path` lies below the field `name`: nothing when it names the field itself.
fn rest<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(name)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('.')
    }
}
