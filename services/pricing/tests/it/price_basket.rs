//! PriceBasket: which price holds, where it comes from, what it adds up to.

use stoa_api::pricing::v1 as pb;
use stoa_api::type_::v1::{Money, UnitPrice};
use stoa_errors::Kind;

use crate::harness::{Suite, answer, entry, fields, line, pounds, time};

fn pence(minor_units: i64) -> Option<Money> {
    Some(Money {
        currency_code: "GBP".to_owned(),
        minor_units,
    })
}

fn from(sku: &str, from_quantity: i64, start: i64, micros: i64) -> pb::PriceEntry {
    pb::PriceEntry {
        from_quantity,
        start_time: Some(time(start)),
        ..entry(sku, micros)
    }
}

#[tokio::test]
async fn a_basket_is_explained() {
    let suite = Suite::start().await;
    let set = suite
        .set(vec![entry("MUG", 2_550_000), entry("TEA", 4_500)])
        .await
        .unwrap();
    let lines = vec![line("MUG", 3), line("TEA", 7), line("MUG", 1)];
    let priced = suite.basket(lines, None).await.unwrap();
    assert_eq!(
        priced.channel,
        Some(suite.channel("default").await.unwrap())
    );
    let [mugs, tea, mug] = &priced.lines[..] else {
        panic!("three lines")
    };
    assert_eq!(
        (mugs.line_index, mugs.sku.as_str(), mugs.quantity),
        (0, "MUG", 3)
    );
    assert_eq!(mugs.source(), pb::PriceSource::Price);
    assert_eq!((&mugs.price_id, mugs.price_version), (&set[0].price_id, 1));
    assert_eq!(
        (mugs.list_unit_price.clone(), mugs.unit_price.clone()),
        (Some(pounds(2_550_000)), Some(pounds(2_550_000)))
    );
    assert_eq!(mugs.subtotal, pence(765));
    assert_eq!(
        (mugs.net.clone(), mugs.tax.clone(), mugs.gross.clone()),
        (pence(765), pence(0), pence(765))
    );
    assert_eq!(tea.subtotal, pence(3), "3.15 pence are 3");
    assert_eq!((mug.line_index, mug.subtotal.clone()), (2, pence(255)));
    assert!(priced.adjustments.is_empty() && priced.tax_lines.is_empty());
    let totals = priced.totals.unwrap();
    assert_eq!(
        (
            totals.subtotal,
            totals.adjustments,
            totals.tax,
            totals.total
        ),
        (pence(1023), pence(0), pence(0), pence(1023))
    );
}

#[tokio::test]
async fn halves_are_rounded_to_even() {
    let suite = Suite::start().await;
    suite
        .set(vec![entry("A", 5_000), entry("B", 15_000)])
        .await
        .unwrap();
    let priced = suite
        .basket(vec![line("A", 1), line("B", 1), line("A", 5)], None)
        .await
        .unwrap();
    let subtotals: Vec<_> = priced.lines.into_iter().map(|line| line.subtotal).collect();
    assert_eq!(
        subtotals,
        [pence(0), pence(2), pence(2)],
        "0.5, 1.5 and 2.5 pence"
    );
}

#[tokio::test]
async fn the_largest_quantity_reached_counts_and_then_the_latest_start() {
    let suite = Suite::start().await;
    suite
        .set(vec![
            from("A", 1, 1_000, 10_000_000),
            from("A", 1, 2_000, 9_000_000),
            from("A", 10, 1_500, 8_000_000),
            from("A", 10, 3_000, 7_000_000),
        ])
        .await
        .unwrap();
    for (quantity, at, expected) in [
        (1, 1_000, 10_000_000),
        (1, 1_999, 10_000_000),
        (1, 2_000, 9_000_000),
        (9, 9_999, 9_000_000),
        (10, 1_499, 10_000_000),
        (10, 1_500, 8_000_000),
        (11, 2_999, 8_000_000),
        (10, 3_000, 7_000_000),
    ] {
        let priced = suite
            .basket(vec![line("A", quantity)], Some(at))
            .await
            .unwrap();
        assert_eq!(
            priced.lines[0].unit_price,
            Some(pounds(expected)),
            "{quantity} at {at}"
        );
    }
    let early = suite
        .basket(vec![line("A", 1)], Some(999))
        .await
        .unwrap_err();
    assert_eq!(
        (early.kind, early.reason.as_ref()),
        (Kind::FailedPrecondition, "PRICE_NOT_FOUND")
    );
    assert_eq!(early.metadata.get("sku").unwrap(), "A");
}

#[tokio::test]
async fn the_price_of_staff_is_taken_and_the_books_is_shown() {
    let suite = Suite::start().await;
    let set = suite.set(vec![entry("A", 2_000_000)]).await.unwrap();
    let overridden = |sku: &str, price: UnitPrice| pb::BasketLine {
        override_unit_price: Some(price),
        ..line(sku, 2)
    };
    let lines = vec![
        overridden("A", pounds(1_500_000)),
        overridden("UNLISTED", pounds(0)),
    ];
    let priced = suite.basket(lines, None).await.unwrap();
    let [listed, unlisted] = &priced.lines[..] else {
        panic!("two lines")
    };
    assert_eq!(listed.source(), pb::PriceSource::Override);
    assert_eq!(
        (listed.list_unit_price.clone(), listed.unit_price.clone()),
        (Some(pounds(2_000_000)), Some(pounds(1_500_000)))
    );
    assert_eq!(
        (&listed.price_id, listed.subtotal.clone()),
        (&set[0].price_id, pence(300))
    );
    assert_eq!(
        (
            unlisted.list_unit_price.clone(),
            unlisted.price_id.as_str(),
            unlisted.price_version
        ),
        (None, "", 0)
    );
    assert_eq!(unlisted.subtotal, pence(0));
    let euro = UnitPrice {
        currency_code: "EUR".to_owned(),
        micros: 1,
    };
    let refused = suite
        .basket(vec![line("A", 1), overridden("A", euro)], None)
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::InvalidArgument, "CURRENCY_MISMATCH")
    );
    assert_eq!(
        fields(&refused),
        ["lines[1].override_unit_price.currency_code"]
    );
}

#[tokio::test]
async fn two_thousand_lines_at_once() {
    let suite = Suite::start().await;
    for batch in 0..2 {
        let prices =
            (0..1_000).map(|number| entry(&format!("S{}", batch * 1_000 + number), 10_000));
        suite.set(prices.collect()).await.unwrap();
    }
    let lines = |count: i64| -> Vec<pb::BasketLine> {
        (0..count)
            .rev()
            .map(|number| line(&format!("S{number}"), number % 7 + 1))
            .collect()
    };
    let priced = suite.basket(lines(2_000), None).await.unwrap();
    let quantities: i64 = priced.lines.iter().map(|line| line.quantity).sum();
    assert!(
        priced
            .lines
            .iter()
            .zip(lines(2_000))
            .all(|(line, asked)| line.sku == asked.sku)
    );
    assert_eq!(priced.totals.unwrap().total, pence(quantities));
    assert_eq!(
        fields(&suite.basket(lines(2_001), None).await.unwrap_err()),
        ["lines"]
    );
    assert_eq!(
        fields(&suite.basket(vec![], None).await.unwrap_err()),
        ["lines"]
    );
}

#[tokio::test]
async fn what_is_too_dear_is_refused() {
    let suite = Suite::start().await;
    suite
        .set(vec![entry("A", 1_000_000_000_000_000)])
        .await
        .unwrap();
    let most = suite.basket(vec![line("A", 10_000)], None).await.unwrap();
    assert_eq!(most.totals.unwrap().total, pence(1_000_000_000_000_000));
    for lines in [
        vec![line("A", 10_001)],
        vec![line("A", 10_000_000)],
        vec![line("A", 10_000), line("A", 1)],
    ] {
        let refused = suite.basket(lines, None).await.unwrap_err();
        assert_eq!(
            (refused.kind, refused.reason.as_ref()),
            (Kind::OutOfRange, "AMOUNT_OVERFLOW")
        );
    }
}

#[tokio::test]
async fn an_unknown_channel_and_a_bad_time_are_refused() {
    let suite = Suite::start().await;
    let request = pb::PriceBasketRequest {
        channel: "nowhere".to_owned(),
        lines: vec![line("A", 1)],
        ..pb::PriceBasketRequest::default()
    };
    let refused = answer(suite.service("order").price_basket(request).await).unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_ref()),
        (Kind::NotFound, "CHANNEL_NOT_FOUND")
    );
    let refused = suite
        .basket(vec![line("A", 1)], Some(i64::MAX))
        .await
        .unwrap_err();
    assert_eq!(fields(&refused), ["price_time"]);
    let refused = suite.basket(vec![line("A", 0)], None).await.unwrap_err();
    assert_eq!(fields(&refused), ["lines[0].quantity"]);
}

#[tokio::test]
async fn only_the_order_service_may_ask() {
    let suite = Suite::start().await;
    let request = pb::PriceBasketRequest {
        channel: "default".to_owned(),
        lines: vec![line("A", 1)],
        ..pb::PriceBasketRequest::default()
    };
    let refused = answer(suite.service("catalog").price_basket(request).await).unwrap_err();
    assert_eq!(refused.kind, Kind::PermissionDenied);
}
