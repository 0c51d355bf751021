//! Messages to use cases and back; nothing is decided here.

pub(crate) mod availability_service;
pub(crate) mod inventory_admin_service;
pub(crate) mod inventory_internal_service;
pub(crate) mod page;
pub(crate) mod stock;
