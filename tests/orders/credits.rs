//! Money for goods whose order is not known.

use futures::future::join_all;
use stoa_api::order::v1::*;

use crate::checkout::count;
use crate::shop::{CARE, MUG, ONCE, OPENING, Shop, TILE, at, minor, reason, unit};

pub(crate) fn credit(external_ref: &str, token: &str) -> CreateCreditRequest {
    let item = |sku: &str, quantity, micros| CreditItem {
        sku: sku.to_owned(),
        quantity,
        unit_price: unit(micros),
    };
    CreateCreditRequest {
        channel: ONCE.to_owned(),
        items: vec![
            item(MUG, 2, 10_000_000),
            item(TILE, 3, 335_000),
            item(CARE, 1, 1_000_000),
        ],
        reason: "bought before we opened".to_owned(),
        external_ref: external_ref.to_owned(),
        place_time: Some(at(OPENING + 86_400)),
        payment_token: token.to_owned(),
        ..CreateCreditRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_restocks_and_pays_out_once() {
    let shop = Shop::open().await;
    let calls = (0..6).map(|_| shop.staff.call(credit("C-1", "tok_approve")));
    let answers = join_all(calls).await;
    let mut paid: Vec<Credit> = answers
        .iter()
        .filter_map(|answer| answer.as_ref().ok())
        .map(|answer| answer.credit.clone().unwrap())
        .collect();
    assert!(
        answers
            .iter()
            .filter_map(|answer| answer.as_ref().err())
            .all(|error| error.reason == "EXTERNAL_REF_USED")
    );
    assert_eq!(paid.len(), 1);
    let paid = paid.remove(0);
    assert_eq!(paid.state(), CreditState::Paid);
    // 20.00 + 3 x 0.335 rounded half to even + 1.00
    assert_eq!(minor(&paid.total), 2_000 + 100 + 100);
    assert_eq!(
        paid.lines
            .iter()
            .map(|line| line.restock)
            .collect::<Vec<_>>(),
        [true, true, false]
    );
    assert_eq!(shop.stock(MUG).await, (12, 0, 0));
    assert_eq!(shop.stock(TILE).await, (1_003, 0, 0));
    let fact = shop.fact("order", &paid.credit_id).await;
    assert_eq!(fact.states["credit"], "PAID");
    assert_eq!(fact.amounts["total"], 2_200);
    assert!(!fact.live);
    let get = GetCreditRequest {
        credit_id: paid.credit_id.clone(),
        ..GetCreditRequest::default()
    };
    assert_eq!(shop.done(get).await.credit.unwrap(), paid);
    let page = shop.suite.metrics().await;
    assert_eq!(count(&page, "stoa_order_money_minor", &["credited"]), 2_200);
    shop.books_agree().await;
    shop.suite.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_refuses_is_failed_and_what_is_not_known_waits() {
    let shop = Shop::open().await;
    let failed = shop
        .done(credit("C-1", "tok_decline"))
        .await
        .credit
        .unwrap();
    assert_eq!(failed.state(), CreditState::Failed);
    assert_ne!(failed.failure_code, "");
    let mut late = credit("C-2", "tok_timeout_then_succeed");
    late.request_id = "late".to_owned();
    let paid = shop.done(late.clone()).await.credit.unwrap();
    assert_eq!(paid.state(), CreditState::Paid);
    assert_eq!(shop.done(late).await.credit.unwrap(), paid);
    let failed_only = SearchCreditsRequest {
        state: CreditState::Failed.into(),
        ..SearchCreditsRequest::default()
    };
    assert_eq!(shop.done(failed_only).await.credits, [failed]);
    let mut foreign = credit("C-3", "tok_approve");
    let price = foreign.items[2].unit_price.as_mut().unwrap();
    price.currency_code = "EUR".to_owned();
    let error = shop.staff.call(foreign).await.unwrap_err();
    assert_eq!(
        error.violations[0].field,
        "items[2].unit_price.currency_code"
    );
    let mut unknown = credit("C-3", "tok_approve");
    unknown.items[0].sku = "CUP".to_owned();
    assert_eq!(reason(shop.staff.call(unknown).await), "SKU_NOT_FOUND");
    shop.books_agree().await;
    shop.suite.stop().await;
}
