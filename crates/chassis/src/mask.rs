//! Read masks: which fields of a resource an answer holds.

use prost::Message;
use prost_reflect::{DynamicMessage, ReflectMessage};
use prost_types::FieldMask;
use stoa_errors::{Error, Kind, reason};

/// Leaves in `message`, which is a `full_name` of the contract, what `mask` names; an absent or empty mask, or `*`, names
/// all. A path may go down into messages: `price.minor_units`.
///
/// # Errors
/// INVALID_ARGUMENT / `READ_MASK_INVALID` when a path names no field.
pub fn read<M: Message + Default>(
    message: M,
    full_name: &str,
    mask: Option<&FieldMask>,
) -> Result<M, Error> {
    let paths = mask.map_or(&[][..], |mask| mask.paths.as_slice());
    if paths.is_empty() || paths.iter().any(|path| path == "*") {
        return Ok(message);
    }
    let kind = stoa_api::pool()
        .get_message_by_name(full_name)
        .ok_or_else(|| Error::internal(format!("the contract has no {full_name}")))?;
    let mut whole = DynamicMessage::new(kind);
    whole
        .merge(message.encode_to_vec().as_slice())
        .map_err(Error::internal)?;
    let mut left = DynamicMessage::new(whole.descriptor());
    for path in paths {
        let steps: Vec<&str> = path.split('.').collect();
        copy(&whole, &mut left, &steps).ok_or_else(|| no_field(path))?;
    }
    M::decode(left.encode_to_vec().as_slice()).map_err(Error::internal)
}

/// Copies what the path names; `None` when it names nothing.
fn copy(from: &DynamicMessage, to: &mut DynamicMessage, path: &[&str]) -> Option<()> {
    let (name, rest) = path.split_first()?;
    let field = from.descriptor().get_field_by_name(name)?;
    if rest.is_empty() {
        if from.has_field(&field) {
            to.set_field(&field, from.get_field(&field).into_owned());
        }
        return Some(());
    }
    if field.is_list() || field.is_map() {
        return None;
    }
    // Walked even when the field is not set, so that a wrong path is refused whatever the resource holds.
    let inner = from.get_field(&field);
    let inner = inner.as_message()?;
    let mut target = to.get_field(&field).as_message()?.clone();
    copy(inner, &mut target, rest)?;
    if from.has_field(&field) {
        to.set_field(&field, prost_reflect::Value::Message(target));
    }
    Some(())
}

fn no_field(path: &str) -> Error {
    let text = format!("{path} is no field of the resource");
    Error::new(
        Kind::InvalidArgument,
        reason::READ_MASK_INVALID,
        text.clone(),
    )
    .field("read_mask", reason::READ_MASK_INVALID, text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use stoa_api::ops::v1::Workflow;

    use super::*;

    fn masked(paths: &[&str]) -> Result<Workflow, Error> {
        let workflow = Workflow {
            workflow_id: "wf_1".to_owned(),
            kind: "checkout".to_owned(),
            attempt: 3,
            create_time: Some(prost_types::Timestamp {
                seconds: 7,
                nanos: 9,
            }),
            ..Workflow::default()
        };
        let mask = FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        };
        read(workflow, "stoa.ops.v1.Workflow", Some(&mask))
    }

    #[test]
    fn leaves_what_it_names() {
        assert_eq!(masked(&[]).unwrap().attempt, 3);
        assert_eq!(masked(&["*"]).unwrap().attempt, 3);
        let some = masked(&["kind", "create_time.seconds"]).unwrap();
        assert_eq!((some.kind.as_str(), some.attempt), ("checkout", 0));
        assert_eq!(some.workflow_id, "");
        let time = some.create_time.unwrap();
        assert_eq!((time.seconds, time.nanos), (7, 0));
        assert!(
            masked(&["update_time.seconds"])
                .unwrap()
                .update_time
                .is_none()
        );
    }

    #[test]
    fn refuses_what_is_no_field() {
        for path in ["", "knd", "kind.", "kind.x", "create_time.minutes"] {
            let refusal = masked(&[path]).unwrap_err();
            assert_eq!(refusal.reason, "READ_MASK_INVALID", "{path}");
        }
    }
}
