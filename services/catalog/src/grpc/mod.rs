//! Messages to use cases and back; nothing is decided here.

pub(crate) mod catalog_admin_service;
pub(crate) mod catalog_internal_service;
pub(crate) mod catalog_service;
pub(crate) mod page;
pub(crate) mod product;
