//! How one customer's history happens again: his deeds in their order, each step under a request id of its own.

use std::sync::Arc;
use std::time::Duration;

use stoa_api::convert::to_timestamp;
use stoa_api::order::v1::{
    CreateCreditRequest, CreateFulfillmentRequest, CreateStaffQuoteRequest, Credit, CreditItem,
    CreditState, FulfillmentState, GetCreditRequest, GetOrderRequest, GetReturnRequest,
    ImportOrderRequest, ImportReturnRequest, LineQuantity, Order, OrderState, PriceOverride,
    Return, ReturnState, SearchCreditsRequest, SearchOrdersRequest, SearchReturnsRequest,
    ShipFulfillmentRequest, StaffQuoteItem,
};
use stoa_api::type_::v1::UnitPrice;
use tokio::time::sleep;

use super::CHANNEL;
use super::done::Done;
use super::matching::History;
use super::plan::{CancelLine, Cancellation, Customer, Deed, SaleLine, SaleOrder};
use super::shop::CURRENCY;
use crate::client::{Connection, Failure, Progress};

/// How everybody paid: the provider approves.
const TOKEN: &str = "tok_approve";

/// How often something that goes on by itself is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// How often before it counts as stuck: a minute.
const LOOKS: u32 = 1_200;

/// How often an order may be quoted anew because its quote expired.
const ATTEMPTS: u32 = 100;

/// Serves customers.
pub(crate) struct Server {
    suite: Connection,
    done: Done,
    progress: Arc<Progress>,
}

impl Server {
    pub(crate) fn new(suite: Connection, done: Done, progress: Arc<Progress>) -> Self {
        Self {
            suite,
            done,
            progress,
        }
    }

    /// Lets all deeds of a customer happen, in their order.
    pub(crate) async fn serve(&self, customer: &Customer) -> Result<(), Failure> {
        let mut history = History::default();
        for deed in &customer.deeds {
            match deed {
                Deed::Order(order) => {
                    if let Some(order_id) = self.order(customer, order).await? {
                        history.add(order, &order_id);
                    }
                    self.progress.add(1);
                }
                Deed::Cancellation(cancellation) => {
                    self.cancel(customer, cancellation, &mut history).await?;
                }
            }
        }
        Ok(())
    }

    /// Orders and ships; the order's id, or nothing where it was refused.
    async fn order(
        &self,
        customer: &Customer,
        order: &SaleOrder,
    ) -> Result<Option<String>, Failure> {
        let known = self.done.orders.get(&order.external_ref);
        if let Some(known) = known {
            if known.state == OrderState::Canceled {
                return Ok(None);
            }
            if known.shipped {
                return Ok(Some(known.order_id.clone()));
            }
        }
        let placed = match known {
            Some(known) => self.get(&known.order_id).await?,
            None => self.import(customer, order).await?,
        };
        let decided = self.decided(placed).await?;
        if decided.state() == OrderState::Canceled {
            return Ok(None);
        }
        self.ship(order, decided).await.map(Some)
    }

    /// Quotes and imports; quotes again where the quote has expired meanwhile.
    async fn import(&self, customer: &Customer, order: &SaleOrder) -> Result<Order, Failure> {
        let external_ref = &order.external_ref;
        for attempt in 1..=ATTEMPTS {
            let quote = CreateStaffQuoteRequest {
                request_id: format!("{external_ref}/quote/{attempt}"),
                channel: CHANNEL.to_owned(),
                items: order.lines.iter().map(item).collect(),
                customer_ref: customer.customer_ref.clone(),
                place_time: Some(to_timestamp(order.place_time)),
                destination_country_code: order.country_code.clone(),
            };
            let quote = self.suite.call(quote).await?.quote.ok_or_else(missing)?;
            let import = ImportOrderRequest {
                request_id: format!("{external_ref}/import/{attempt}"),
                quote_id: quote.quote_id,
                external_ref: external_ref.clone(),
                payment_token: TOKEN.to_owned(),
                country_code: order.country_code.clone(),
            };
            match self.suite.call(import).await {
                Ok(answer) => return answer.order.ok_or_else(missing),
                Err(failure) => match failure.reason() {
                    Some("QUOTE_EXPIRED") => {}
                    Some("EXTERNAL_REF_USED") => return self.find(external_ref).await,
                    _ => return Err(failure),
                },
            }
        }
        Err(Failure::Broken(format!(
            "the quotes of order {external_ref} expire before they are used"
        )))
    }

    async fn find(&self, external_ref: &str) -> Result<Order, Failure> {
        let request = SearchOrdersRequest {
            channel: CHANNEL.to_owned(),
            external_ref: external_ref.to_owned(),
            ..SearchOrdersRequest::default()
        };
        let found = self.suite.call(request).await?.orders;
        found.into_iter().next().ok_or_else(missing)
    }

    async fn get(&self, order_id: &str) -> Result<Order, Failure> {
        let request = GetOrderRequest {
            order_id: order_id.to_owned(),
            ..GetOrderRequest::default()
        };
        self.suite.call(request).await?.order.ok_or_else(missing)
    }

    /// Waits until stock and money are decided.
    async fn decided(&self, mut order: Order) -> Result<Order, Failure> {
        for _ in 0..LOOKS {
            if !matches!(order.state(), OrderState::Pending | OrderState::Canceling) {
                return Ok(order);
            }
            sleep(LOOK).await;
            order = self.get(&order.order_id).await?;
        }
        Err(stuck("order", &order.order_id))
    }

    /// Lets all of an order leave; its id.
    async fn ship(&self, sale: &SaleOrder, mut order: Order) -> Result<String, Failure> {
        if order.fulfillments.is_empty() {
            let request = CreateFulfillmentRequest {
                request_id: format!("{}/fulfil/1", sale.external_ref),
                order_id: order.order_id.clone(),
            };
            order = self.suite.call(request).await?.order.ok_or_else(missing)?;
        }
        for fulfillment in &order.fulfillments {
            let request = ShipFulfillmentRequest {
                request_id: format!("{}/ship/1", sale.external_ref),
                order_id: order.order_id.clone(),
                fulfillment_id: fulfillment.fulfillment_id.clone(),
                tracking_ref: String::new(),
            };
            let answer = self.suite.call(request).await?;
            self.left(answer.order.ok_or_else(missing)?).await?;
        }
        Ok(order.order_id)
    }

    async fn left(&self, mut order: Order) -> Result<(), Failure> {
        for _ in 0..LOOKS {
            let left = |state| state == FulfillmentState::Shipped;
            if order.fulfillments.iter().all(|some| left(some.state())) {
                return Ok(());
            }
            sleep(LOOK).await;
            order = self.get(&order.order_id).await?;
        }
        Err(stuck("order", &order.order_id))
    }

    /// Returns what matches an earlier order; the rest is a credit.
    async fn cancel(
        &self,
        customer: &Customer,
        cancellation: &Cancellation,
        history: &mut History,
    ) -> Result<(), Failure> {
        let matched = history.take(cancellation);
        for (order_id, lines) in matched.returns {
            self.take_back(cancellation, order_id, lines).await?;
        }
        let rest: Vec<&CancelLine> = matched
            .rest
            .iter()
            .filter_map(|place| cancellation.lines.get(*place))
            .collect();
        if rest.is_empty() {
            return Ok(());
        }
        self.credit(customer, cancellation, &rest).await
    }

    async fn take_back(
        &self,
        cancellation: &Cancellation,
        order_id: String,
        lines: Vec<(String, i64)>,
    ) -> Result<(), Failure> {
        let external_ref = cancellation.external_ref.clone();
        let key = (external_ref.clone(), order_id.clone());
        if self.done.returns.contains_key(&key) {
            return Ok(());
        }
        let request = ImportReturnRequest {
            request_id: format!("{external_ref}/return/{order_id}/1"),
            lines: lines
                .into_iter()
                .map(|(line_id, quantity)| LineQuantity { line_id, quantity })
                .collect(),
            place_time: Some(to_timestamp(cancellation.place_time)),
            restock: true,
            reason: "cancelled".to_owned(),
            external_ref: external_ref.clone(),
            order_id: order_id.clone(),
        };
        let returned = match self.suite.call(request).await {
            Ok(answer) => answer.r#return.ok_or_else(missing)?,
            Err(failure) if failure.reason() == Some("EXTERNAL_REF_USED") => {
                self.find_return(external_ref, order_id).await?
            }
            Err(failure) => return Err(failure),
        };
        self.refunded(returned).await
    }

    async fn find_return(&self, external_ref: String, order_id: String) -> Result<Return, Failure> {
        let request = SearchReturnsRequest {
            external_ref,
            order_id,
            ..SearchReturnsRequest::default()
        };
        let found = self.suite.call(request).await?.returns;
        found.into_iter().next().ok_or_else(missing)
    }

    async fn refunded(&self, mut returned: Return) -> Result<(), Failure> {
        for _ in 0..LOOKS {
            if returned.state() == ReturnState::Refunded {
                return Ok(());
            }
            sleep(LOOK).await;
            let request = GetReturnRequest {
                return_id: returned.return_id,
                read_mask: None,
            };
            returned = self
                .suite
                .call(request)
                .await?
                .r#return
                .ok_or_else(missing)?;
        }
        Err(stuck("return", &returned.return_id))
    }

    async fn credit(
        &self,
        customer: &Customer,
        cancellation: &Cancellation,
        lines: &[&CancelLine],
    ) -> Result<(), Failure> {
        let external_ref = cancellation.external_ref.clone();
        if self.done.credits.contains_key(&external_ref) {
            return Ok(());
        }
        let request = CreateCreditRequest {
            request_id: format!("{external_ref}/credit/1"),
            channel: CHANNEL.to_owned(),
            items: lines
                .iter()
                .map(|line| CreditItem {
                    sku: line.sku.clone(),
                    quantity: line.quantity,
                    unit_price: Some(unit_price(line.micros)),
                })
                .collect(),
            reason: "cancelled, the order is not known".to_owned(),
            external_ref: external_ref.clone(),
            customer_ref: customer.customer_ref.clone(),
            place_time: Some(to_timestamp(cancellation.place_time)),
            payment_token: TOKEN.to_owned(),
        };
        let credit = match self.suite.call(request).await {
            Ok(answer) => answer.credit.ok_or_else(missing)?,
            Err(failure) if failure.reason() == Some("EXTERNAL_REF_USED") => {
                self.find_credit(external_ref).await?
            }
            Err(failure) => return Err(failure),
        };
        self.paid(credit).await
    }

    async fn find_credit(&self, external_ref: String) -> Result<Credit, Failure> {
        let request = SearchCreditsRequest {
            channel: CHANNEL.to_owned(),
            external_ref,
            ..SearchCreditsRequest::default()
        };
        let found = self.suite.call(request).await?.credits;
        found.into_iter().next().ok_or_else(missing)
    }

    async fn paid(&self, mut credit: Credit) -> Result<(), Failure> {
        for _ in 0..LOOKS {
            if credit.state() == CreditState::Paid {
                return Ok(());
            }
            sleep(LOOK).await;
            let request = GetCreditRequest {
                credit_id: credit.credit_id,
                read_mask: None,
            };
            credit = self.suite.call(request).await?.credit.ok_or_else(missing)?;
        }
        Err(stuck("credit", &credit.credit_id))
    }
}

fn item(line: &SaleLine) -> StaffQuoteItem {
    StaffQuoteItem {
        sku: line.sku.clone(),
        quantity: line.quantity,
        r#override: line.is_override.then(|| PriceOverride {
            unit_price: Some(unit_price(line.micros)),
            reason: "sold at this price".to_owned(),
        }),
    }
}

fn unit_price(micros: i64) -> UnitPrice {
    UnitPrice {
        currency_code: CURRENCY.to_owned(),
        micros,
    }
}

fn missing() -> Failure {
    Failure::Broken("the suite answered without the resource".to_owned())
}

fn stuck(what: &str, id: &str) -> Failure {
    Failure::Broken(format!(
        "{what} {id} has not come to rest for a minute: `stoa workflow list` tells why; then run this command again"
    ))
}
