//! Properties of money and ids over arbitrary values.
#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use stoa_types::{
    Currency, Money, MoneyError, OrderId, PriceBookId, Quantity, Sku, Timestamp, UnitPrice, Uuid,
    WorkflowId, allocate, unguessable,
};

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["GBP", "EUR", "JPY", "BHD"])
        .prop_map(|code| Currency::parse(code).unwrap())
}

fn quantity() -> impl Strategy<Value = Quantity> {
    (1..=Quantity::MAX).prop_map(|pieces| Quantity::new(pieces).unwrap())
}

proptest! {
    /// The total is the nearest minor unit, and the even one when two are equally near.
    #[test]
    fn a_total_is_rounded_half_to_even(
        micros in prop_oneof![any::<i64>(), -20_000_i64..20_000, (-400_i64..400).prop_map(|n| n * 5_000)],
        pieces in quantity(),
        currency in currency(),
    ) {
        let unit = 10_i128.pow(6 - currency.exponent());
        let exact = i128::from(micros) * i128::from(pieces.get());
        match UnitPrice::new(micros, currency).total(pieces) {
            Ok(total) => {
                let off = exact - i128::from(total.minor) * unit;
                prop_assert!(off.abs() * 2 <= unit);
                if off.abs() * 2 == unit {
                    prop_assert_eq!(total.minor % 2, 0);
                }
            }
            Err(error) => {
                prop_assert_eq!(error, MoneyError::Overflow);
                prop_assert!((exact / unit).abs() >= i128::from(i64::MAX));
            }
        }
    }

    /// Adding never wraps: it is exact or an error.
    #[test]
    fn a_sum_is_exact_or_an_error(a in any::<i64>(), b in any::<i64>(), currency in currency()) {
        let (left, right) = (Money::new(a, currency), Money::new(b, currency));
        let exact = i128::from(a) + i128::from(b);
        prop_assert_eq!(left.add(right).ok().map(|sum| i128::from(sum.minor)), i64::try_from(exact).ok().map(i128::from));
        let exact = i128::from(a) - i128::from(b);
        prop_assert_eq!(left.sub(right).ok().map(|sum| i128::from(sum.minor)), i64::try_from(exact).ok().map(i128::from));
    }

    /// The parts add up, keep the sign, and are off the exact share by less than one minor unit.
    #[test]
    fn parts_add_up(
        minor in any::<i64>(),
        weights in prop::collection::vec(prop_oneof![0_i64..50, 0_i64..=i64::MAX], 1..40),
        currency in currency(),
    ) {
        let total = Money::new(minor, currency);
        let sum: i128 = weights.iter().copied().map(i128::from).sum();
        match allocate(total, &weights) {
            Ok(parts) => {
                prop_assert_eq!(parts.len(), weights.len());
                prop_assert_eq!(Money::sum(currency, parts.iter().copied()).unwrap(), total);
                for (part, weight) in parts.iter().zip(&weights) {
                    prop_assert!(part.minor.signum() * minor.signum() >= 0);
                    prop_assert!(*weight > 0 || part.is_zero());
                    // exact = minor * weight / sum; |part - exact| < 1, without a fraction:
                    if sum > 0 && sum < i128::from(i64::MAX) {
                        let off = i128::from(part.minor) * sum - i128::from(minor) * i128::from(*weight);
                        prop_assert!(off.abs() < sum);
                    }
                }
            }
            Err(error) => {
                prop_assert_eq!(error, MoneyError::BadWeights);
                prop_assert!(sum == 0 && minor != 0);
            }
        }
    }

    /// Text and bits say the same thing, and the order of the texts is the order of the bits.
    #[test]
    fn an_id_reads_back(a in any::<u128>(), b in any::<u128>()) {
        let (one, two) = (OrderId::from_uuid(Uuid::from_u128(a)), OrderId::from_uuid(Uuid::from_u128(b)));
        let text = one.to_string();
        prop_assert_eq!(text.len(), "ord_".len() + 26);
        prop_assert_eq!(text.parse::<OrderId>().unwrap(), one);
        prop_assert!(text.parse::<WorkflowId>().is_err());
        prop_assert_eq!(text.cmp(&two.to_string()), one.cmp(&two));
        prop_assert_eq!(Uuid::parse_str(&one.hex()).unwrap(), one.uuid());
        let json = serde_json::to_string(&one).unwrap();
        prop_assert_eq!(serde_json::from_str::<OrderId>(&json).unwrap(), one);
    }

    /// No text makes the readers fail in another way than by an error.
    #[test]
    fn readers_take_any_text(text in any::<String>()) {
        let _ = text.parse::<PriceBookId>();
        let _ = text.parse::<stoa_types::Timestamp>();
        let _ = Currency::parse(&text);
        if let Ok(sku) = Sku::parse(&text) {
            prop_assert_eq!(sku.as_str(), text);
        }
    }
}

#[test]
fn the_ends_of_the_range_are_errors_and_not_other_numbers() {
    let pounds = Currency::parse("GBP").unwrap();
    let most = Money::new(i64::MAX, pounds);
    assert_eq!(most.add(Money::new(1, pounds)), Err(MoneyError::Overflow));
    let least = Money::new(i64::MIN, pounds);
    assert_eq!(least.neg(), Err(MoneyError::Overflow));
    assert_eq!(least.sub(Money::new(1, pounds)), Err(MoneyError::Overflow));
    let dear = UnitPrice::new(i64::MAX, pounds);
    assert_eq!(
        dear.total(Quantity::new(Quantity::MAX).unwrap()),
        Err(MoneyError::Overflow)
    );
}

#[test]
fn two_currencies_do_not_add() {
    let (pounds, euros) = (
        Currency::parse("GBP").unwrap(),
        Currency::parse("EUR").unwrap(),
    );
    assert!(matches!(
        Money::new(1, pounds).add(Money::new(1, euros)),
        Err(MoneyError::CurrencyMismatch { .. })
    ));
}

#[test]
fn only_sellable_currencies_are_currencies() {
    assert_eq!(Currency::parse("JPY").unwrap().exponent(), 0);
    assert_eq!(Currency::parse("GBP").unwrap().exponent(), 2);
    assert_eq!(Currency::parse("BHD").unwrap().exponent(), 3);
    for wrong in ["", "gbp", "GB", "XAU", "XXX", "CLF", "ZZZ"] {
        assert!(Currency::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn half_goes_to_the_even_neighbour() {
    let pounds = Currency::parse("GBP").unwrap();
    let one = Quantity::new(1).unwrap();
    for (micros, minor) in [
        (5_000, 0),
        (15_000, 2),
        (25_000, 2),
        (-5_000, 0),
        (-15_000, -2),
        (-25_000, -2),
        (25_001, 3),
        (1_000, 0),
    ] {
        assert_eq!(
            UnitPrice::new(micros, pounds).total(one).unwrap().minor,
            minor,
            "{micros}"
        );
    }
}

#[test]
fn quantities_and_skus_have_edges() {
    assert!(Quantity::new(0).is_err());
    assert!(Quantity::new(-1).is_err());
    assert!(Quantity::new(10_000_000).is_ok());
    assert!(Quantity::new(10_000_001).is_err());
    assert!(Sku::parse("a b").is_ok());
    assert!(Sku::parse(&"x".repeat(64)).is_ok());
    for wrong in ["", " a", "a ", "\u{e9}", "a\tb", &"x".repeat(65)] {
        assert!(Sku::parse(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn amounts_are_shown_with_their_decimals() {
    for (minor, code, text) in [
        (-5, "GBP", "-0.05 GBP"),
        (1234, "GBP", "12.34 GBP"),
        (1234, "JPY", "1234 JPY"),
        (1, "BHD", "0.001 BHD"),
        (i64::MIN, "JPY", "-9223372036854775808 JPY"),
    ] {
        assert_eq!(
            Money::new(minor, Currency::parse(code).unwrap()).to_string(),
            text
        );
    }
}

#[test]
fn an_unguessable_id_tells_its_time_and_is_random_in_all_other_bits() {
    let now = Timestamp::from_micros(1_700_000_000_123_456);
    let ids: Vec<u128> = (0..128).map(|_| unguessable(now).as_u128()).collect();
    let (one, zero) = ids
        .iter()
        .fold((0, 0), |(one, zero), id| (one | id, zero | !id));
    assert_eq!((one & zero).count_ones(), 74, "bits that were both 0 and 1");
    for id in ids {
        assert_eq!(id >> 80, 1_700_000_000_123);
        assert_eq!((id >> 76) & 0xf, 7, "its version");
    }
}
