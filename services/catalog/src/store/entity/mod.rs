//! The tables as the ORM reads them.

pub(crate) mod category;
pub(crate) mod product;
pub(crate) mod variant;
