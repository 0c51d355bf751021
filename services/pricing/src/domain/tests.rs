//! Properties of prices: what is rounded, what adds up, which entry holds.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::time::Duration;

use proptest::prelude::*;
use stoa_types::{
    ChannelId, Currency, Money, PriceBookId, PriceId, Quantity, Sku, Timestamp, UnitPrice, Uuid,
};

use super::basket::{BasketLine, Listed, PriceSource, price};
use super::sums::{LIMIT, sum_up};
use super::*;

fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

fn micros(micros: i64) -> UnitPrice {
    UnitPrice::new(micros, gbp())
}

fn pence(minor: i64) -> Money {
    Money::new(minor, gbp())
}

fn line(quantity: i64, override_price: Option<UnitPrice>) -> BasketLine {
    BasketLine {
        sku: Sku::parse("MUG").unwrap(),
        quantity: Quantity::new(quantity).unwrap(),
        override_price,
    }
}

fn listed(unit_price: UnitPrice) -> Listed {
    Listed {
        id: PriceId::from_uuid(Uuid::from_u128(1)),
        version: 1,
        unit_price,
    }
}

fn adjustment(line: Option<usize>, minor: i64) -> Adjustment {
    Adjustment {
        line,
        source: "promotion".to_owned(),
        code: String::new(),
        amount: pence(minor),
    }
}

fn tax(line: usize, minor: i64, inclusive: bool) -> TaxLine {
    TaxLine {
        line,
        jurisdiction: "GB".to_owned(),
        code: "standard".to_owned(),
        rate_ppm: 200_000,
        taxable: pence(0),
        amount: pence(minor),
        inclusive,
    }
}

proptest! {
    /// A line is its exact price, rounded once, a tie to the even minor unit.
    #[test]
    fn a_line_is_rounded_once_half_to_even(amount in 0_i64..5_000_000, quantity in 1_i64..1_000) {
        let lines = price(gbp(), vec![line(quantity, None)], vec![Some(listed(micros(amount)))]).unwrap();
        let exact = i128::from(amount) * i128::from(quantity);
        let got = i128::from(lines[0].subtotal.minor) * 10_000;
        prop_assert!((got - exact).abs() <= 5_000);
        if (got - exact).abs() == 5_000 {
            prop_assert_eq!(lines[0].subtotal.minor % 2, 0);
        }
    }

    /// The totals are the sums of the rows, to the minor unit, whatever the adjustments and taxes.
    #[test]
    fn totals_add_up(
        subtotals in prop::collection::vec(0_i64..1_000_000, 1..20),
        adjustments in prop::collection::vec((prop::option::of(0_usize..20), -5_000_i64..5_000), 0..8),
        taxes in prop::collection::vec((0_usize..20, 0_i64..10_000, any::<bool>()), 0..30),
    ) {
        let count = subtotals.len();
        let subtotals: Vec<Money> = subtotals.into_iter().map(pence).collect();
        let adjustments: Vec<Adjustment> = adjustments
            .into_iter()
            .map(|(line, minor)| adjustment(line.map(|line| line % count), minor))
            .collect();
        let taxes: Vec<TaxLine> =
            taxes.into_iter().map(|(line, minor, inclusive)| tax(line % count, minor, inclusive)).collect();
        let sums = sum_up(gbp(), &subtotals, &adjustments, &taxes).unwrap();
        let add = |amounts: &mut dyn Iterator<Item = Money>| amounts.map(|money| money.minor).sum::<i64>();
        let on_top = add(&mut taxes.iter().filter(|tax| !tax.inclusive).map(|tax| tax.amount));
        let totals = sums.totals;
        prop_assert_eq!(totals.subtotal.minor, add(&mut subtotals.iter().copied()));
        prop_assert_eq!(totals.adjustments.minor, add(&mut adjustments.iter().map(|row| row.amount)));
        prop_assert_eq!(totals.tax.minor, add(&mut taxes.iter().map(|row| row.amount)));
        prop_assert_eq!(totals.total.minor, totals.subtotal.minor + totals.adjustments.minor + on_top);
        prop_assert_eq!(totals.total.minor, add(&mut sums.lines.iter().map(|line| line.gross)));
        for line in &sums.lines {
            prop_assert_eq!(line.net.minor + line.tax.minor, line.gross.minor);
        }
    }

    /// Setting the same prices again changes nothing; setting others raises versions by one.
    #[test]
    fn an_equal_amount_is_no_change(first in amounts(), second in amounts()) {
        let now = Timestamp::from_micros(1_000);
        let mut fresh = ids();
        let mut desk = Desk::default();
        let before = desk.set(&channel(), &entries(&first), &mut fresh, now).unwrap();
        prop_assert_eq!(desk.take_changes().len(), first.len());
        let again = desk.set(&channel(), &entries(&first), &mut fresh, now).unwrap();
        prop_assert_eq!(&again, &before);
        prop_assert!(desk.take_changes().is_empty());
        let after = desk.set(&channel(), &entries(&second), &mut fresh, now).unwrap();
        for price in &after {
            let old = before.iter().find(|old| old.key == price.key);
            let version = match old {
                Some(old) if old.unit_price == price.unit_price => old.version,
                Some(old) => old.version + 1,
                None => 1,
            };
            prop_assert_eq!(price.version, version);
            prop_assert!(old.is_none_or(|old| old.id == price.id));
        }
    }
}

fn amounts() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::btree_map(1_i64..6, 0_i64..4, 1..5).prop_map(|map| map.into_iter().collect())
}

fn entries(amounts: &[(i64, i64)]) -> Vec<EntryDraft> {
    amounts
        .iter()
        .map(|(from, amount)| EntryDraft {
            sku: Sku::parse("MUG").unwrap(),
            from_quantity: Quantity::new(*from).unwrap(),
            start: Some(Timestamp::from_micros(5)),
            unit_price: micros(*amount),
        })
        .collect()
}

fn ids() -> impl FnMut() -> PriceId {
    let mut last = 0;
    move || {
        last += 1;
        PriceId::from_uuid(Uuid::from_u128(last))
    }
}

fn channel() -> Channel {
    ChannelDraft::first(gbp()).open(
        ChannelId::from_uuid(Uuid::from_u128(1)),
        PriceBookId::from_uuid(Uuid::from_u128(2)),
        Timestamp::from_micros(0),
    )
}

#[test]
fn the_price_of_staff_goes_before_the_book() {
    let (book, staff) = (micros(2_000_000), micros(1_500_000));
    let both = price(gbp(), vec![line(2, Some(staff))], vec![Some(listed(book))]).unwrap();
    assert_eq!(both[0].source, PriceSource::Override);
    assert_eq!(both[0].subtotal, pence(300));
    assert_eq!(
        both[0].listed,
        Some(listed(book)),
        "the list price is shown"
    );
    let alone = price(gbp(), vec![line(2, Some(staff))], vec![None]).unwrap();
    assert_eq!(
        (alone[0].source, &alone[0].listed),
        (PriceSource::Override, &None)
    );
    let free = price(gbp(), vec![line(2, Some(micros(0)))], vec![None]).unwrap();
    assert_eq!(free[0].subtotal, pence(0));
}

#[test]
fn a_line_without_any_price_is_refused() {
    let sku = Sku::parse("MUG").unwrap();
    assert_eq!(
        price(gbp(), vec![line(1, None)], vec![None]),
        Err(Refusal::PriceNotFound(sku.clone()))
    );
    assert_eq!(
        price(gbp(), vec![line(1, None)], vec![]),
        Err(Refusal::PriceNotFound(sku))
    );
}

#[test]
fn an_override_is_in_the_currency_of_the_channel() {
    let euro = UnitPrice::new(1, Currency::parse("EUR").unwrap());
    assert_eq!(
        price(
            gbp(),
            vec![line(1, None), line(1, Some(euro))],
            vec![Some(listed(micros(1)))]
        ),
        Err(Refusal::CurrencyMismatch {
            field: "lines[1].override_unit_price.currency_code".to_owned(),
            expected: gbp(),
        })
    );
}

#[test]
fn nothing_costs_more_than_the_limit() {
    let dear = micros(1_000_000_000_000_000);
    let one = price(gbp(), vec![line(10_000, Some(dear))], vec![]).unwrap();
    assert_eq!(one[0].subtotal, pence(LIMIT));
    assert_eq!(
        price(gbp(), vec![line(10_001, Some(dear))], vec![]),
        Err(Refusal::AmountOverflow { line: Some(0) })
    );
    let beyond = sum_up(gbp(), &[pence(LIMIT), pence(1)], &[], &[]);
    assert_eq!(beyond, Err(Refusal::AmountOverflow { line: None }));
}

#[test]
fn a_discount_on_nothing_is_still_spread() {
    let sums = sum_up(gbp(), &[pence(0), pence(0)], &[adjustment(None, -3)], &[]).unwrap();
    assert_eq!(sums.totals.total, pence(-3));
}

#[test]
fn a_batch_is_refused_whole() {
    let now = Timestamp::from_micros(1_000);
    let mut desk = Desk::default();
    let mut wrong = entries(&[(1, 10), (2, 9)]);
    wrong[1].unit_price = UnitPrice::new(9, Currency::parse("EUR").unwrap());
    assert_eq!(
        desk.set(&channel(), &wrong, ids(), now),
        Err(Refusal::CurrencyMismatch {
            field: "prices[1].unit_price.currency_code".to_owned(),
            expected: gbp(),
        })
    );
    let mut twice = entries(&[(1, 10), (2, 9)]);
    twice[1].from_quantity = twice[0].from_quantity;
    assert_eq!(
        desk.set(&channel(), &twice, ids(), now),
        Err(Refusal::PriceTwice { index: 1 })
    );
    assert_eq!(desk, Desk::default());
}

#[test]
fn the_first_channel_is_in_pounds_and_takes_money_at_once() {
    let channel = channel();
    assert_eq!(
        (channel.code.as_str(), channel.currency.code()),
        ("default", "GBP")
    );
    assert_eq!(channel.capture_mode, CaptureMode::AtOnce);
    assert_eq!(channel.quote_ttl, Duration::from_secs(900));
}

#[test]
fn a_channel_names_a_book_of_its_currency() {
    let id = |number| ChannelId::from_uuid(Uuid::from_u128(number));
    let book = |number| PriceBookId::from_uuid(Uuid::from_u128(number));
    let now = Timestamp::from_micros(1);
    let mut registry = Registry::default();
    let draft = |code: &str, book| ChannelDraft {
        code: code.to_owned(),
        book,
        ..ChannelDraft::first(gbp())
    };
    let own = registry
        .open(draft("a", None), id(1), book(1), now)
        .unwrap();
    assert_eq!(own.book, book(1));
    let shared = registry
        .open(draft("b", Some(book(1))), id(2), book(2), now)
        .unwrap();
    assert_eq!(shared.book, book(1));
    assert_eq!(
        registry.open(draft("a", None), id(3), book(3), now),
        Err(Refusal::ChannelExists("a".to_owned()))
    );
    assert_eq!(
        registry.open(draft("c", Some(book(9))), id(3), book(3), now),
        Err(Refusal::BookNotFound(book(9)))
    );
    let euro = ChannelDraft {
        currency: Currency::parse("EUR").unwrap(),
        ..draft("c", Some(book(1)))
    };
    assert!(matches!(
        registry.open(euro, id(3), book(3), now),
        Err(Refusal::CurrencyMismatch { expected, .. }) if expected == gbp()
    ));
}
