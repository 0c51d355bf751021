//! The values every other crate speaks: money, quantities, ids, time, and who calls.
//!
//! | file | question it answers |
//! |---|---|
//! | [`money`], [`currency`], [`unit_price`], [`allocate`](mod@allocate) | what an amount is and how it is added, rounded and split |
//! | [`quantity`], [`sku`] | how many of what |
//! | [`ids`], [`typeid`] | how a thing is named, and where new names come from |
//! | [`time`] | when, and where "now" comes from |
//! | [`principal`], [`context`] | who calls, on whose behalf, until when, under which key |
//! | [`crash`] | where a test build may die or forget a rule |

pub mod allocate;
pub mod context;
pub mod crash;
pub mod currency;
pub mod ids;
pub mod money;
pub mod principal;
pub mod quantity;
pub mod sku;
pub mod time;
pub mod typeid;
pub mod unit_price;

pub use crate::allocate::allocate;
pub use crate::context::{Ctx, RequestKey};
pub use crate::currency::{Currency, CurrencyError};
pub use crate::ids::{
    AuditEntryId, CartId, ChannelId, CreditId, EventId, FulfillmentId, HoldId, Ids, LocationId,
    MovementId, OperationId, OrderId, PaymentId, PriceBookId, PriceId, ProductId, QuoteId,
    ReturnId, SystemIds, UserId, WorkflowId, unguessable,
};
pub use crate::money::{Money, MoneyError};
pub use crate::principal::{Permissions, Principal};
pub use crate::quantity::{Quantity, QuantityError};
pub use crate::sku::{Sku, SkuError};
pub use crate::time::{Clock, ParseTimestampError, SystemClock, Timestamp};
pub use crate::typeid::ParseIdError;
pub use crate::unit_price::UnitPrice;
pub use ::uuid::Uuid;
