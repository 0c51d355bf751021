//! The one error that crosses a boundary: kind, reason, public text, retry hint, and a private cause.
//!
//! | file | holds |
//! |---|---|
//! | [`error`] | [`Error`], its parts and builders |
//! | [`kind`] | [`Kind`]: what class of failure, and whether it leaves an idempotency key free |
//! | [`record`] | [`Record`]: how a refusal is stored and replayed |
//! | [`reason`] | the reasons that every service shares |

pub mod error;
pub mod kind;
pub mod reason;
pub mod record;

pub use crate::error::{Cause, Error, FieldViolation, Parts};
pub use crate::kind::Kind;
pub use crate::record::Record;
