//! The tables as the ORM reads them.

pub(crate) mod channel;
pub(crate) mod price;
