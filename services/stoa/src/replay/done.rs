//! What the suite has already: read from it at the start, so that a second run begins where the first ended.

use std::collections::HashMap;

use stoa_api::order::v1::{
    AxisState, CreditState, Order, OrderState, ReturnState, SearchCreditsRequest,
    SearchOrdersRequest, SearchReturnsRequest,
};

use super::CHANNEL;
use crate::client::{Connection, Failure};

/// Rows of a page; a page also ends at 1 MiB.
pub(crate) const PAGE: i32 = 1_000;

/// What the suite has.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// By external reference.
    pub(crate) orders: HashMap<String, KnownOrder>,
    /// Refunded returns: (external reference, order id).
    pub(crate) returns: HashMap<(String, String), ()>,
    /// Paid credits by external reference.
    pub(crate) credits: HashMap<String, ()>,
}

/// An order that is there.
#[derive(Clone, Debug)]
pub(crate) struct KnownOrder {
    pub(crate) order_id: String,
    pub(crate) state: OrderState,
    pub(crate) shipped: bool,
}

impl KnownOrder {
    pub(crate) fn of(order: &Order) -> Self {
        Self {
            order_id: order.order_id.clone(),
            state: order.state(),
            shipped: order.fulfillment_state() == AxisState::Full,
        }
    }
}

impl Done {
    /// Reads it.
    pub(crate) async fn read(suite: &Connection) -> Result<Self, Failure> {
        let mut done = Self::default();
        let orders = suite.all(
            search_orders(),
            |request, token| request.page_token = token,
            |page| {
                let known = page
                    .orders
                    .iter()
                    .map(|order| (order.external_ref.clone(), KnownOrder::of(order)));
                (known.collect(), page.next_page_token)
            },
        );
        done.orders.extend(orders.await?);
        let returns = suite.all(
            search_returns(),
            |request, token| request.page_token = token,
            |page| (page.returns, page.next_page_token),
        );
        for returned in returns.await? {
            if returned.state() == ReturnState::Refunded {
                let key = (returned.external_ref, returned.order_id);
                done.returns.insert(key, ());
            }
        }
        let credits = suite.all(
            search_credits(),
            |request, token| request.page_token = token,
            |page| (page.credits, page.next_page_token),
        );
        for credit in credits.await? {
            if credit.state() == CreditState::Paid {
                done.credits.insert(credit.external_ref, ());
            }
        }
        Ok(done)
    }
}

/// Every order of the replay's channel.
pub(crate) fn search_orders() -> SearchOrdersRequest {
    SearchOrdersRequest {
        channel: CHANNEL.to_owned(),
        page_size: PAGE,
        ..SearchOrdersRequest::default()
    }
}

/// Every return of the replay's channel.
pub(crate) fn search_returns() -> SearchReturnsRequest {
    SearchReturnsRequest {
        channel: CHANNEL.to_owned(),
        page_size: PAGE,
        ..SearchReturnsRequest::default()
    }
}

/// Every credit of the replay's channel.
pub(crate) fn search_credits() -> SearchCreditsRequest {
    SearchCreditsRequest {
        channel: CHANNEL.to_owned(),
        page_size: PAGE,
        ..SearchCreditsRequest::default()
    }
}
