//! Messages to use cases and back; nothing is decided here.

pub(crate) mod basket;
pub(crate) mod channel;
pub(crate) mod page;
pub(crate) mod price;
pub(crate) mod pricing_admin_service;
pub(crate) mod pricing_internal_service;
