//! What this service hears of the others.

pub(crate) mod payment_changed;
