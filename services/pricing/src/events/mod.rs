//! What pricing tells; it hears nothing.

pub(crate) mod channel_changed;
pub(crate) mod price_changed;
