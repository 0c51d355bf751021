//! What the generated checks of `buf.validate` rules stand on: the path of a field, and the few conditions longer than a comparison.
//!
//! A path is a list on the stack, made into text only when a rule is broken: a good message costs no allocation.

use std::fmt;

use regex::Regex;
use stoa_errors::FieldViolation;

/// The rules of one message, and of the messages in it.
pub(crate) trait Rules {
    /// Adds each broken rule to `out`; `at` is where this message stands.
    fn check(&self, at: &Path<'_>, out: &mut Vec<FieldViolation>);
}

/// Where a value stands in the request: `lines[3].sku`, `labels["colour"]`.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    /// The request itself.
    Root,
    /// A field of the message at the outer path.
    Field(&'a Path<'a>, &'static str),
    /// An element of the list at the outer path.
    Index(&'a Path<'a>, usize),
    /// An entry of the map at the outer path.
    Key(&'a Path<'a>, &'a dyn fmt::Debug),
}

impl<'a> Path<'a> {
    pub(crate) fn field(&'a self, name: &'static str) -> Path<'a> {
        Path::Field(self, name)
    }

    pub(crate) fn index(&'a self, index: usize) -> Path<'a> {
        Path::Index(self, index)
    }

    pub(crate) fn key(&'a self, key: &'a dyn fmt::Debug) -> Path<'a> {
        Path::Key(self, key)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(Path::Root, name) => f.write_str(name),
            Path::Field(outer, name) => write!(f, "{outer}.{name}"),
            Path::Index(outer, index) => write!(f, "{outer}[{index}]"),
            Path::Key(outer, key) => write!(f, "{outer}[{key:?}]"),
        }
    }
}

/// All broken rules of a request.
pub(crate) fn violations(message: &impl Rules) -> Result<(), Vec<FieldViolation>> {
    let mut out = Vec::new();
    message.check(&Path::Root, &mut out);
    if out.is_empty() { Ok(()) } else { Err(out) }
}

/// Notes that the value at `at` breaks the rule `id`.
#[cold]
pub(crate) fn broken(
    out: &mut Vec<FieldViolation>,
    at: &Path<'_>,
    id: &'static str,
    text: &'static str,
) {
    out.push(FieldViolation {
        field: at.to_string(),
        reason: id.to_owned(),
        description: text.to_owned(),
    });
}

/// A pattern of the contract; the build has compiled each of them before.
pub(crate) fn pattern(text: &str) -> Regex {
    #[expect(
        clippy::expect_used,
        reason = "the build has compiled the same pattern"
    )]
    Regex::new(text).expect("a pattern of the contract")
}

/// Number of characters, as the contract counts the length of a string.
pub(crate) fn length(text: &str) -> usize {
    text.chars().count()
}

/// True when no element stands twice.
pub(crate) fn unique<T: Eq + std::hash::Hash>(items: &[T]) -> bool {
    let mut seen = std::collections::HashSet::with_capacity(items.len());
    items.iter().all(|item| seen.insert(item))
}

/// True when each path of a mask is one of `allowed`, or lies below one.
pub(crate) fn mask_within(mask: &prost_types::FieldMask, allowed: &[&str]) -> bool {
    mask.paths.iter().all(|path| {
        allowed.iter().any(|root| {
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    })
}
