//! The reasons of the contract: each value of an enum `ErrorReason`, with its comment taken apart.
//!
//! A comment reads `CODE: what it means. Example: one case. What to do.`; the example is optional.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use prost_types::source_code_info::Location;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

const ENUM: &str = "ErrorReason";
const PREFIX: &str = "ERROR_REASON_";
const EXAMPLE: &str = "Example: ";

/// The codes of google.rpc, with the HTTP status that the REST edge answers.
pub(super) const CODES: &[(&str, u16)] = &[
    ("INVALID_ARGUMENT", 400),
    ("UNAUTHENTICATED", 401),
    ("PERMISSION_DENIED", 403),
    ("NOT_FOUND", 404),
    ("ALREADY_EXISTS", 409),
    ("ABORTED", 409),
    ("FAILED_PRECONDITION", 400),
    ("OUT_OF_RANGE", 400),
    ("RESOURCE_EXHAUSTED", 429),
    ("CANCELLED", 499),
    ("INTERNAL", 500),
    ("DATA_LOSS", 500),
    ("UNKNOWN", 500),
    ("UNIMPLEMENTED", 501),
    // Not a gRPC code: REST alone knows a path that exists with another method.
    ("METHOD_NOT_ALLOWED", 405),
    ("UNAVAILABLE", 503),
    ("DEADLINE_EXCEEDED", 504),
];

/// A reason as one package uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// Such as `stoa.inventory.v1`.
    pub(super) package: String,
    /// The codes of google.rpc with which it is answered.
    pub(super) codes: Vec<String>,
    pub(super) meaning: String,
    pub(super) example: Option<String>,
    pub(super) remedy: String,
    /// The RPCs of the package whose comment names the reason.
    pub(super) rpcs: Vec<String>,
}

/// Every reason of every package; a comment that cannot be taken apart is an error that names the value.
pub(super) fn read(set: &FileDescriptorSet) -> Result<BTreeMap<String, Vec<Use>>> {
    let mut reasons: BTreeMap<String, Vec<Use>> = BTreeMap::new();
    let mut faults = Vec::new();
    for file in set
        .file
        .iter()
        .filter(|file| file.package().starts_with("stoa."))
    {
        for (name, comment) in values(file) {
            match take_apart(&comment) {
                Some((codes, meaning, example, remedy)) => {
                    let rpcs = rpcs_that_name(set, file.package(), &name);
                    let package = file.package().to_owned();
                    let one = Use {
                        package,
                        codes,
                        meaning,
                        example,
                        remedy,
                        rpcs,
                    };
                    reasons.entry(name).or_default().push(one);
                }
                None => faults.push(format!("{}: {PREFIX}{name}: {comment}", file.name())),
            }
        }
    }
    if !faults.is_empty() {
        bail!(
            "a reason's comment reads `CODE: what it means. [Example: one case.] What to do.`; these do not:\n  {}",
            faults.join("\n  ")
        );
    }
    Ok(reasons)
}

/// Name (without prefix) and comment of each value of the file's reason enums, the first value apart.
fn values(file: &FileDescriptorProto) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (enum_index, reasons) in file
        .enum_type
        .iter()
        .enumerate()
        .filter(|(_, it)| it.name() == ENUM)
    {
        for (value_index, value) in reasons
            .value
            .iter()
            .enumerate()
            .filter(|(_, value)| value.number() != 0)
        {
            let name = value.name().trim_start_matches(PREFIX).to_owned();
            found.push((name, comment(file, &[5, enum_index, 2, value_index])));
        }
    }
    found
}

/// The leading comment at a path of the source info, as one line.
fn comment(file: &FileDescriptorProto, path: &[usize]) -> String {
    let same = |location: &&Location| {
        location.path.len() == path.len()
            && location
                .path
                .iter()
                .zip(path)
                .all(|(have, want)| usize::try_from(*have) == Ok(*want))
    };
    let locations = file
        .source_code_info
        .as_ref()
        .map_or(&[][..], |info| info.location.as_slice());
    let text = locations
        .iter()
        .find(same)
        .map_or("", Location::leading_comments);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Codes, meaning, example, remedy. Without a sentence of its own the remedy is what follows the last semicolon.
fn take_apart(comment: &str) -> Option<(Vec<String>, String, Option<String>, String)> {
    let (codes, rest) = comment.split_once(": ")?;
    let codes = codes.trim_end_matches(" on REST").split(" or ");
    let codes: Vec<String> = codes.map(str::to_owned).collect();
    if !codes
        .iter()
        .all(|code| CODES.iter().any(|(name, _)| name == code))
    {
        return None;
    }
    let body = rest.trim().strip_suffix('.')?;
    if let Some((meaning, after)) = body.split_once(EXAMPLE) {
        let (example, remedy) = after
            .split_once(". ")
            .map_or((after, ""), |(example, remedy)| (example, remedy));
        let remedy = sentence(remedy)?;
        let meaning = sentence(meaning.trim().trim_end_matches('.'))?;
        return Some((codes, meaning, sentence(example), remedy));
    }
    let (meaning, remedy) = body.rsplit_once(". ").or_else(|| body.rsplit_once("; "))?;
    Some((codes, sentence(meaning)?, None, sentence(remedy)?))
}

/// With a capital at the front and a full stop at the end; `None` when there is nothing.
fn sentence(text: &str) -> Option<String> {
    let mut letters = text.trim().chars();
    let first = letters.next()?;
    // A word with an underscore is a field's name and keeps its case.
    let word = text.trim().split(' ').next().unwrap_or_default();
    let first: String = if word.contains('_') {
        first.to_string()
    } else {
        first.to_uppercase().collect()
    };
    Some(format!("{first}{}.", letters.as_str()))
}

fn rpcs_that_name(set: &FileDescriptorSet, package: &str, reason: &str) -> Vec<String> {
    let mut found = Vec::new();
    for file in set.file.iter().filter(|file| file.package() == package) {
        for (service_index, service) in file.service.iter().enumerate() {
            for (method_index, method) in service.method.iter().enumerate() {
                let text = comment(file, &[6, service_index, 2, method_index]);
                if crate::source::words(&text).any(|word| word == reason) {
                    found.push(format!("{}.{}", service.name(), method.name()));
                }
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_taken_apart() {
        let with = take_apart(
            "FAILED_PRECONDITION: fewer units are free. Example: 3 asked, 2 free. Ask for fewer or wait.",
        );
        assert_eq!(
            with,
            Some((
                vec!["FAILED_PRECONDITION".to_owned()],
                "Fewer units are free.".to_owned(),
                Some("3 asked, 2 free.".to_owned()),
                "Ask for fewer or wait.".to_owned()
            ))
        );
        let without = take_apart("OUT_OF_RANGE: on_hand would pass 10^12. Check the count.");
        assert_eq!(
            without.map(|(_, meaning, example, remedy)| (meaning, example, remedy)),
            Some((
                "on_hand would pass 10^12.".to_owned(),
                None,
                "Check the count.".to_owned()
            ))
        );
        let several = take_apart("UNIMPLEMENTED or NOT_FOUND: there is no such RPC; see the list.");
        assert_eq!(
            several.map(|(codes, meaning, _, remedy)| (codes.len(), meaning, remedy)),
            Some((
                2,
                "There is no such RPC.".to_owned(),
                "See the list.".to_owned()
            ))
        );
        assert_eq!(take_apart("no code here. Do something."), None);
        assert_eq!(take_apart("NOT_FOUND: but what to do"), None);
    }
}
