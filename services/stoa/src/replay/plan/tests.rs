//! What follows from a few rows.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::replay::matching::{History, Matched};
use crate::replay::row;

fn plan(text: &str) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    let head =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
    std::fs::write(&file, format!("{head}{text}")).unwrap();
    Plan::of(&row::read(&[file]).unwrap()).unwrap()
}

#[test]
fn a_stock_code_says_what_kind_of_thing_it_is() {
    assert_eq!(kind("85123A"), LineKind::Goods);
    assert_eq!(kind("DCGS0003"), LineKind::Goods);
    assert_eq!(kind("gift_0001_20"), LineKind::GiftCard);
    assert_eq!(kind("POST"), LineKind::Shipping);
    assert_eq!(kind("BANK CHARGES"), LineKind::Fee);
}

#[test]
fn a_price_is_written_where_it_differs_from_the_last() {
    let plan = plan(
        "1,11111,A,1,2010-12-01 08:00:00,2.00,1.0,EIRE\n\
         2,11111,A,1,2010-12-01 09:00:00,3.00,1.0,EIRE\n\
         3,11111,B,1,2010-12-02 09:00:00,2.00,1.0,EIRE\n\
         4,11111,B,1,2010-12-03 09:00:00,4.00,1.0,EIRE\n",
    );
    // A tie on the first day goes to the lower price; the second day is as the first.
    let micros: Vec<i64> = plan.prices.iter().map(|price| price.micros).collect();
    assert_eq!(micros, [2_000_000, 4_000_000]);
    let overrides: Vec<bool> = plan
        .customers
        .iter()
        .flat_map(|customer| &customer.deeds)
        .filter_map(|deed| match deed {
            Deed::Order(order) => order.lines.first().map(|line| line.is_override),
            Deed::Cancellation(_) => None,
        })
        .collect();
    assert_eq!(overrides, [false, true, false, false]);
    // A tie between titles goes to the first of the alphabet.
    assert_eq!(
        plan.products.first().map(|product| product.title.as_str()),
        Some("A")
    );
}

#[test]
fn a_cancelled_line_goes_to_the_latest_earlier_order_that_has_as_much() {
    let plan = plan(
        "1,11111,A,5,2010-12-01 08:00:00,2.00,1.0,EIRE\n\
         2,11111,A,3,2010-12-01 09:00:00,2.00,1.0,EIRE\n\
         C3,11111,A,-4,2010-12-02 09:00:00,2.00,1.0,EIRE\n\
         C3,11111,A,-3,2010-12-02 09:00:00,2.00,1.0,EIRE\n\
         C3,11111,A,-2,2010-12-02 09:00:00,2.00,1.0,EIRE\n\
         4,11111,A,9,2010-12-03 09:00:00,2.00,1.0,EIRE\n",
    );
    let customer = plan.customers.first().unwrap();
    let mut history = History::default();
    let mut matched = Matched::default();
    for deed in &customer.deeds {
        match deed {
            Deed::Order(order) => history.add(order, &order.external_ref),
            Deed::Cancellation(cancellation) => matched = history.take(cancellation),
        }
    }
    // Four are only in the first order, three in the second; then one is left and two are wanted.
    let line = |units| vec![("1".to_owned(), units)];
    let returns = BTreeMap::from([("1".to_owned(), line(4)), ("2".to_owned(), line(3))]);
    assert_eq!(
        matched,
        Matched {
            returns,
            rest: vec![2]
        }
    );
}
