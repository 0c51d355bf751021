//! How the generators of `crates/api` read options and rules, shared as its own tests share them.

#[path = "../../crates/api/build/names.rs"]
pub(crate) mod names;
#[path = "../../crates/api/build/options.rs"]
pub(crate) mod options;
#[path = "../../crates/api/build/rules.rs"]
pub(crate) mod rules;
