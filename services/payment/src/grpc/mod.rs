//! Proto <-> domain, and nothing else.

pub(crate) mod admin;
pub(crate) mod convert;
pub(crate) mod internal;
pub(crate) mod public;
