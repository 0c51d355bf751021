//! What is bought and comes back, and what staff record.

use stoa_api::order::v1::*;
use stoa_api::type_::v1::Money;
use stoa_types::{OrderId, ReturnId, SystemIds};

use super::words::{at, basket, credit, place, quote, units};
use super::{Life, MUG, ONCE};

impl Life<'_> {
    /// An order of Ann's, decided.
    pub(crate) async fn order(&mut self, token: &str) -> Order {
        let ann = self.world.guest("ann");
        let change = |other: &mut CreateQuoteRequest| other.source = basket(&[(MUG, 9)]);
        let quote = self
            .once(&ann, quote(&[(MUG, 4)]), change)
            .await
            .quote
            .unwrap();
        let change = |other: &mut PlaceOrderRequest| other.email = "eve@example.com".to_owned();
        let placed = self.once(&ann, place(&quote.quote_id, token), change).await;
        self.world.books().await;
        self.get(&placed.order.unwrap().order_id).await
    }

    async fn get(&self, order_id: &str) -> Order {
        let get = GetOrderRequest {
            order_id: order_id.to_owned(),
            ..Default::default()
        };
        self.world
            .suite
            .staff()
            .call(get)
            .await
            .unwrap()
            .order
            .unwrap()
    }

    pub(super) async fn orders(&mut self) {
        let (staff, ann) = (self.world.operator(), self.world.guest("ann"));
        let order = self.order("tok_approve").await;
        assert_eq!(order.state(), OrderState::Confirmed);
        let create = CreateFulfillmentRequest {
            order_id: order.order_id.clone(),
            ..Default::default()
        };
        let elsewhere = OrderId::new(&SystemIds).to_string();
        let change = |other: &mut CreateFulfillmentRequest| other.order_id = elsewhere;
        let made = self.once(&staff, create, change).await.fulfillment.unwrap();
        let ship = ShipFulfillmentRequest {
            order_id: order.order_id.clone(),
            fulfillment_id: made.fulfillment_id,
            ..Default::default()
        };
        let change = |other: &mut ShipFulfillmentRequest| other.tracking_ref = "RM 1".to_owned();
        self.once(&staff, ship, change).await;
        self.shipped = order.order_id;
        let order = self.order("tok_approve").await;
        let cancel = CancelOrderRequest {
            order_id: order.order_id,
            ..Default::default()
        };
        self.once(&ann, cancel, |other| other.reason = "no reason".to_owned())
            .await;
    }

    /// What staff do with an order whose money could not be taken.
    pub(super) async fn settled(&mut self) {
        let staff = self.world.operator();
        let order = self.order("tok_capture_declined").await;
        assert_eq!(order.state(), OrderState::OnHold);
        let elsewhere = OrderId::new(&SystemIds).to_string();
        let retry = RetryCaptureRequest {
            order_id: order.order_id.clone(),
            ..Default::default()
        };
        self.once(&staff, retry, |other| other.order_id = elsewhere)
            .await;
        self.world.books().await;
        let total = order.totals.unwrap().total.unwrap();
        let part = |minor_units| {
            Some(Money {
                minor_units,
                ..total.clone()
            })
        };
        let paid = MarkPaidExternallyRequest {
            order_id: order.order_id.clone(),
            amount: part(1),
            reference: "T-1".to_owned(),
            reason: "paid by transfer".to_owned(),
            ..Default::default()
        };
        self.once(&staff, paid, |other| other.reference.push('2'))
            .await;
        let rest = WriteOffRequest {
            order_id: order.order_id,
            amount: part(total.minor_units - 1),
            reason: "a goodwill".to_owned(),
            ..Default::default()
        };
        self.once(&staff, rest, |other| other.reason.push('!'))
            .await;
        self.world.books().await;
    }

    pub(super) async fn returns(&mut self) {
        let (staff, ann) = (self.world.operator(), self.world.guest("ann"));
        for granted in [true, false] {
            let ask = RequestReturnRequest {
                order_id: self.shipped.clone(),
                lines: units(1),
                ..Default::default()
            };
            let change = |other: &mut RequestReturnRequest| other.lines = units(2);
            let asked = self.once(&ann, ask, change).await.r#return.unwrap();
            let return_id = asked.return_id;
            let elsewhere = ReturnId::new(&SystemIds).to_string();
            if !granted {
                let reject = RejectReturnRequest {
                    return_id,
                    reason: "worn".to_owned(),
                    ..Default::default()
                };
                self.once(&staff, reject, |other| other.reason.push('!'))
                    .await;
                continue;
            }
            let approve = ApproveReturnRequest {
                return_id: return_id.clone(),
                ..Default::default()
            };
            self.once(&staff, approve, |other| other.return_id = elsewhere)
                .await;
            let receive = ReceiveReturnRequest {
                return_id: return_id.clone(),
                restock: true,
                ..Default::default()
            };
            self.once(&staff, receive, |other| other.restock = false)
                .await;
            self.returned = return_id;
        }
        let import = ImportReturnRequest {
            order_id: self.shipped.clone(),
            lines: units(1),
            external_ref: "R-1".to_owned(),
            place_time: at(1_600_000_000),
            ..Default::default()
        };
        self.once(&staff, import, |other| other.restock = true)
            .await;
    }

    pub(super) async fn records(&mut self) {
        let staff = self.world.operator();
        let item = StaffQuoteItem {
            sku: MUG.to_owned(),
            quantity: 2,
            ..Default::default()
        };
        let ask = CreateStaffQuoteRequest {
            channel: ONCE.to_owned(),
            items: vec![item],
            place_time: at(1_600_000_000),
            ..Default::default()
        };
        let change = |other: &mut CreateStaffQuoteRequest| other.items[0].quantity = 3;
        let quote = self.once(&staff, ask, change).await.quote.unwrap();
        let import = ImportOrderRequest {
            quote_id: quote.quote_id,
            external_ref: "O-1".to_owned(),
            payment_token: "tok_approve".to_owned(),
            country_code: "GB".to_owned(),
            ..Default::default()
        };
        let change = |other: &mut ImportOrderRequest| other.external_ref.push('2');
        self.once(&staff, import, change).await;
        for reference in ["C-1", "C-2"] {
            let credit = credit(reference, 12_500_000);
            self.once(&staff, credit, |other| other.reason.push('!'))
                .await;
        }
    }
}
