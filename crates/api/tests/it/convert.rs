//! Conversions: there and back, and what is refused by name.

use proptest::prelude::*;
use stoa_api::convert;
use stoa_api::type_::v1 as pb;
use stoa_types::{Currency, Money, OrderId, Timestamp, UnitPrice};

#[test]
fn amounts_come_back_as_they_went() {
    let pounds = Currency::parse("GBP").unwrap();
    let money = Money::new(-255, pounds);
    assert_eq!(
        convert::money("total", Some(&pb::Money::from(money))).unwrap(),
        money
    );
    let price = UnitPrice::new(2_550_000, pounds);
    assert_eq!(
        convert::unit_price("price", Some(&pb::UnitPrice::from(price))).unwrap(),
        price
    );
}

#[test]
fn a_refusal_names_the_field_and_the_rule() {
    let odd = pb::Money {
        currency_code: "QQQ".to_owned(),
        minor_units: 1,
    };
    let cases = [
        (
            convert::money("total", None).unwrap_err(),
            "total",
            "required",
        ),
        (
            convert::money("total", Some(&odd)).unwrap_err(),
            "total.currency_code",
            "CURRENCY",
        ),
        (
            convert::id::<OrderId>("order_id", "pay_1").unwrap_err(),
            "order_id",
            "ID",
        ),
        (
            convert::quantity("lines[2].quantity", 0).unwrap_err(),
            "lines[2].quantity",
            "QUANTITY",
        ),
        (convert::sku("sku", " a").unwrap_err(), "sku", "SKU"),
        (convert::line_kind("kind", 0).unwrap_err(), "kind", "ENUM"),
        (convert::line_kind("kind", 99).unwrap_err(), "kind", "ENUM"),
    ];
    for (error, field, rule) in cases {
        assert_eq!(error.violations.len(), 1, "{error}");
        assert_eq!(error.violations[0].field, field);
        assert_eq!(error.violations[0].reason, rule);
    }
    assert_eq!(convert::line_kind("kind", 1).unwrap(), pb::LineKind::Goods);
}

#[test]
fn moments_outside_of_the_calendar_are_refused() {
    for (seconds, nanos) in [
        (i64::MAX, 0),
        (i64::MIN, 0),
        (0, -1),
        (0, 1_000_000_000),
        (253_402_300_800, 0),
    ] {
        let wrong = prost_types::Timestamp { seconds, nanos };
        assert!(convert::timestamp("at", &wrong).is_err(), "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn moments_come_back_as_they_went(micros in -62_135_596_800_000_000_i64..253_402_300_800_000_000) {
        let moment = Timestamp::from_micros(micros);
        prop_assert_eq!(convert::timestamp("at", &convert::to_timestamp(moment)).unwrap(), moment);
    }

    #[test]
    fn spans_come_back_as_they_went(seconds in 0_u64..10_000_000_000, nanos in 0_u32..1_000_000_000) {
        let span = std::time::Duration::new(seconds, nanos);
        prop_assert_eq!(convert::duration("ttl", &convert::to_duration(span)).unwrap(), span);
    }
}
