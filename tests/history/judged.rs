//! The checker itself, on histories made by hand: what can have happened is let pass, what cannot is refused.

use crate::checker::{Call, Violation, check};
use crate::stock::{Answer, Stock};

use Answer::{Booked, Freed, Lacked, Left, Read, Taken, TooFew};

fn stock(on_hand: i64, free: i64) -> Stock {
    Stock { on_hand, free }
}

fn lacked(wanted: i64, free: i64) -> Answer {
    Lacked {
        wanted,
        free: Some(free),
    }
}

/// Calls of (began, ended, answer), on a stock of so many units.
fn judge(units: i64, calls: &[(u64, u64, Answer)]) -> Result<(), Box<Violation>> {
    let calls: Vec<Call> = calls
        .iter()
        .enumerate()
        .map(|(number, (began, ended, answer))| Call {
            who: format!("caller {number}"),
            began: *began,
            ended: (*ended != NEVER).then_some(*ended),
            answer: *answer,
        })
        .collect();
    check(stock(units, units), &calls)
}

const NEVER: u64 = u64::MAX;

#[track_caller]
fn passes(units: i64, calls: &[(u64, u64, Answer)]) {
    if let Err(violation) = judge(units, calls) {
        panic!("{violation}");
    }
}

/// The call at this place is the one that nothing explains.
#[track_caller]
fn refuses(units: i64, calls: &[(u64, u64, Answer)], guilty: usize) {
    let violation = judge(units, calls).unwrap_err();
    assert_eq!(
        violation.call.who,
        format!("caller {guilty}"),
        "{violation}"
    );
    assert!(violation.to_string().contains("not linearisable"));
}

#[test]
fn one_after_the_other() {
    passes(
        3,
        &[
            (0, 1, Taken(2)),
            (2, 3, lacked(2, 1)),
            (4, 5, Taken(1)),
            (6, 7, Freed(2)),
            (8, 9, Left(1)),
            (10, 11, Read(stock(2, 2))),
            (12, 13, TooFew(-3)),
            (14, 15, Booked(-2)),
            (16, 17, Read(stock(0, 0))),
        ],
    );
}

#[test]
fn the_last_unit_sold_twice() {
    refuses(1, &[(0, 10, Taken(1)), (5, 15, Taken(1))], 1);
    refuses(1, &[(0, 1, Taken(1)), (2, 3, Taken(1))], 1);
    // Eleven of ten, all at once.
    let all: Vec<(u64, u64, Answer)> = (0..11).map(|at| (at, 100 + at, Taken(1))).collect();
    refuses(10, &all, 10);
    passes(11, &all);
}

#[test]
fn a_refusal_beside_a_sale() {
    // The sale may have come first.
    passes(1, &[(0, 10, Taken(1)), (5, 15, lacked(1, 0))]);
    passes(1, &[(5, 15, lacked(1, 0)), (0, 10, Taken(1))]);
    // It ended before the sale began: the unit was free for the whole call.
    refuses(1, &[(0, 4, lacked(1, 0)), (5, 15, Taken(1))], 0);
    // Free again before the refusal began.
    refuses(
        1,
        &[(0, 1, Taken(1)), (2, 3, Freed(1)), (4, 5, lacked(1, 0))],
        2,
    );
    // Freed while it was open: it may have been refused before that.
    passes(
        1,
        &[(0, 1, Taken(1)), (2, 6, Freed(1)), (4, 5, lacked(1, 0))],
    );
}

#[test]
fn a_refusal_says_how_much_was_free() {
    passes(5, &[(0, 9, Taken(2)), (1, 8, lacked(6, 5))]);
    passes(5, &[(0, 9, Taken(2)), (1, 8, lacked(6, 3))]);
    refuses(5, &[(0, 9, Taken(2)), (1, 8, lacked(6, 4))], 1);
    let silent = Lacked {
        wanted: 6,
        free: None,
    };
    passes(5, &[(0, 9, Taken(2)), (1, 8, silent)]);
}

#[test]
fn a_unit_given_back_is_sold_once() {
    let back = [(0, 1, Taken(1)), (2, 10, Freed(1)), (3, 4, Taken(1))];
    passes(1, &back);
    let twice = [back[0], back[1], back[2], (5, 12, Taken(1))];
    refuses(1, &twice, 3);
}

#[test]
fn the_order_of_others_is_what_a_reader_saw() {
    // Two sales of different size beside each other: a reader saw one of them first, so nobody sees the other first.
    let sales = [(0, 20, Taken(1)), (0, 20, Taken(2))];
    let first = (1, 2, Read(stock(5, 4)));
    passes(5, &[sales[0], sales[1], first, (3, 4, Read(stock(5, 2)))]);
    refuses(
        5,
        &[sales[0], sales[1], first, (3, 4, Read(stock(5, 3)))],
        3,
    );
    refuses(
        5,
        &[sales[0], sales[1], first, (3, 4, Read(stock(5, 5)))],
        3,
    );
}

#[test]
fn a_lost_update() {
    // Both wrote what they had counted from the same level.
    let both = [
        (0, 10, Taken(3)),
        (0, 10, Taken(4)),
        (11, 12, Read(stock(10, 7))),
    ];
    refuses(10, &both, 2);
    let both = [
        (0, 10, Taken(3)),
        (0, 10, Booked(4)),
        (11, 12, Read(stock(14, 14))),
    ];
    refuses(10, &both, 2);
}

#[test]
fn a_stale_read() {
    refuses(5, &[(0, 1, Taken(5)), (2, 3, Read(stock(5, 5)))], 1);
    passes(5, &[(0, 3, Taken(5)), (2, 4, Read(stock(5, 5)))]);
}

#[test]
fn a_count_below_what_was_promised() {
    passes(
        5,
        &[
            (0, 1, Taken(5)),
            (2, 3, Booked(-2)),
            (4, 5, Read(stock(3, -2))),
            (6, 7, lacked(1, 0)),
            (8, 9, Booked(3)),
            (10, 11, Taken(1)),
        ],
    );
    refuses(5, &[(0, 1, TooFew(-5))], 0);
    refuses(5, &[(0, 1, Booked(-6))], 0);
}

#[test]
fn a_call_without_an_answer_may_have_taken_effect_or_not() {
    let lost = (0, NEVER, Taken(1));
    passes(1, &[lost, (5, 6, Read(stock(1, 1))), (7, 8, lacked(1, 0))]);
    passes(1, &[lost, (5, 6, Taken(1))]);
    refuses(1, &[lost, (5, 6, lacked(1, 0)), (7, 8, Taken(1))], 2);
}

/// Everything that one seller can do, cut into calls that overlap at random, passes; the same with one unit too many does not.
#[test]
fn what_happened_passes_however_long_it_took() {
    let mut luck = crate::luck::Luck::from(7);
    for _ in 0..50 {
        let (mut now, mut at) = (stock(6, 6), 100);
        let mut calls = Vec::new();
        for _ in 0..60 {
            let units = luck.up_to(4);
            let answer = match luck.up_to(5) {
                1 if now.free < 6 => Freed(1),
                2 => Booked(units),
                3 => Read(now),
                _ if now.free >= units => Taken(units),
                _ => lacked(units, now.free.max(0)),
            };
            now = answer.after(now).unwrap();
            at += 10;
            let (early, late) = (luck.up_to(40), luck.up_to(40));
            calls.push((at - early.unsigned_abs(), at + late.unsigned_abs(), answer));
        }
        passes(6, &calls);
        at += 100;
        let more = Taken(now.free.max(0) + 1);
        calls.push((at, at + 1, more));
        refuses(6, &calls, 60);
    }
}
