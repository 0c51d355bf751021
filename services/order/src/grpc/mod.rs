//! Messages to use cases and back; nothing is decided here.

mod order_admin_service;
mod order_service;

use std::sync::Arc;

use crate::app::App;

/// What answers the RPCs.
#[derive(Clone, Debug)]
pub(crate) struct Handler(pub(crate) Arc<App>);
