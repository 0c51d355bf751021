//! Goods that come back, and money that goes back: with an order, or without.

use stoa_api::order::v1::{
    ApproveReturnRequest, AxisState, CreateCreditRequest, CreditItem, CreditState,
    GetCreditRequest, GetReturnRequest, LineQuantity, ReceiveReturnRequest, RequestReturnRequest,
    ReturnState,
};
use stoa_api::type_::v1::UnitPrice;
use stoa_testkit::{Doors, eventually};

use crate::shop::{Shop, both_ways, minor};

both_ways!(returned, credited);

async fn returned(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let order = shop.order("", "MUG", 2, "tok_approve").await;
    let order = shop.ship(&order.order_id).await;
    let request = RequestReturnRequest {
        order_id: order.order_id.clone(),
        lines: vec![LineQuantity {
            line_id: order.lines[0].line_id.clone(),
            quantity: 1,
        }],
        reason: "a crack".to_owned(),
        ..RequestReturnRequest::default()
    };
    let requested = shop
        .ann
        .call(request.clone())
        .await
        .unwrap()
        .r#return
        .unwrap();
    assert_eq!(requested.state(), ReturnState::Requested);
    let mut too_much = request;
    too_much.lines[0].quantity = 2;
    let refused = shop.ann.call(too_much).await;
    assert_eq!(Doors::reason(refused), "QUANTITY_NOT_RETURNABLE");

    let approve = ApproveReturnRequest {
        return_id: requested.return_id.clone(),
        ..ApproveReturnRequest::default()
    };
    shop.staff.call(approve).await.unwrap();
    let receive = ReceiveReturnRequest {
        return_id: requested.return_id.clone(),
        restock: true,
        ..ReceiveReturnRequest::default()
    };
    shop.staff.call(receive).await.unwrap();
    let done = eventually("the refund", || async {
        let request = GetReturnRequest {
            return_id: requested.return_id.clone(),
            ..GetReturnRequest::default()
        };
        let found = shop.ann.call(request).await.unwrap().r#return.unwrap();
        (found.state() == ReturnState::Refunded).then_some(found)
    })
    .await;
    assert_eq!(minor(done.refund.as_ref()), 1_250);
    let order = shop.get(&order.order_id).await;
    assert_eq!(minor(order.refunded.as_ref()), 1_250);
    assert_eq!(order.return_state(), AxisState::Partial);
    assert_eq!((order.lines[0].fulfilled, order.lines[0].returned), (2, 1));
    assert_eq!(shop.level("MUG").await.on_hand, 9);
    shop.close().await;
}

async fn credited(shop: Shop) {
    shop.stock("default", "MUG", 1_250, 10).await;
    let item = CreditItem {
        sku: "MUG".to_owned(),
        quantity: 2,
        unit_price: Some(UnitPrice {
            currency_code: "GBP".to_owned(),
            micros: 12_000_000,
        }),
    };
    let request = CreateCreditRequest {
        channel: "default".to_owned(),
        items: vec![item],
        reason: "bought before we opened".to_owned(),
        external_ref: "C-1".to_owned(),
        payment_token: "tok_approve".to_owned(),
        ..CreateCreditRequest::default()
    };
    let made = shop
        .staff
        .call(request.clone())
        .await
        .unwrap()
        .credit
        .unwrap();
    let paid = eventually("the credit", || async {
        let request = GetCreditRequest {
            credit_id: made.credit_id.clone(),
            ..GetCreditRequest::default()
        };
        let found = shop.staff.call(request).await.unwrap().credit.unwrap();
        (found.state() == CreditState::Paid).then_some(found)
    })
    .await;
    assert_eq!(minor(paid.total.as_ref()), 2_400);
    assert_eq!(shop.level("MUG").await.on_hand, 12);
    let again = shop.staff.call(request).await;
    assert_eq!(Doors::reason(again), "EXTERNAL_REF_USED");
    shop.close().await;
}
