//! Orders: quotes, the checkout, fulfilment, returns and credits.

pub mod domain;
