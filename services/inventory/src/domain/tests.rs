//! Properties of the domain: what holds for every demand, every history of movements, every state of a hold.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test may end with a panic"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use stoa_types::{FulfillmentId, LocationId, Quantity, Sku, Timestamp, Uuid};

use super::hold::HoldRefusal;
use super::level::{Delta, MOST};
use super::*;

const NOW: Timestamp = Timestamp::from_micros(1);

fn sku(number: usize) -> Sku {
    Sku::parse(&format!("SKU-{number}")).unwrap()
}

fn location(number: u128) -> LocationId {
    LocationId::from_uuid(Uuid::from_u128(number))
}

fn place(number: usize, at: u128) -> Place {
    Place {
        sku: sku(number),
        location: location(at),
    }
}

fn level(on_hand: i64, allocated: i64, held: i64, backorder_limit: i64) -> Level {
    let short = (allocated + held - on_hand - backorder_limit).max(0);
    Level {
        on_hand,
        allocated,
        held,
        backorder_limit,
        shortfall: short,
        version: 1,
        ..Level::empty(NOW)
    }
}

fn movement(place: Place, kind: MovementKind, units: i64) -> Movement {
    Movement {
        place,
        kind,
        units,
        reference: "r".to_owned(),
        line: 0,
        reason: String::new(),
    }
}

/// What the CHECK constraint of the table says.
fn sound(level: &Level) -> bool {
    level.on_hand + level.backorder_limit + level.shortfall >= level.allocated + level.held
        && level.allocated >= 0
        && level.held >= 0
        && level.shortfall >= 0
}

fn levels() -> impl Strategy<Value = Level> {
    (0_i64..20, 0_i64..10, 0_i64..10, 0_i64..5).prop_map(|(on_hand, allocated, held, backorder)| {
        level(on_hand, allocated, held, backorder)
    })
}

proptest! {
    #[test]
    fn a_demand_is_served_whole_or_not_at_all(
        shelves in prop::collection::vec(levels(), 6),
        wanted in prop::collection::vec((0_usize..2, 1_i64..12), 1..5),
        turned in any::<bool>(),
    ) {
        let stock = Stock::new(
            shelves.iter().enumerate().map(|(n, level)| (place(n % 2, n as u128 / 2), level.clone())),
        );
        let mut order: Vec<LocationId> = (0..3).map(location).collect();
        if turned {
            order.reverse();
        }
        let lines = wanted.iter().map(|(number, units)| (sku(*number), Quantity::new(*units).unwrap()));
        let demand = Demand::of(lines);
        let promisable = |sku: &Sku| -> i64 {
            order.iter().map(|at| stock.level(&Place { sku: sku.clone(), location: *at }).unwrap().promisable()).sum()
        };
        match source(&demand, &stock, &order) {
            Err(lack) => {
                let first = demand.iter().find(|(sku, units)| promisable(sku) < *units).unwrap();
                prop_assert_eq!((&lack.sku, lack.wanted), first);
                prop_assert_eq!(lack.available, promisable(first.0));
            }
            Ok(lines) => {
                let mut served: BTreeMap<Sku, i64> = BTreeMap::new();
                for line in &lines {
                    let level = stock.level(&line.place).unwrap();
                    prop_assert!(line.quantity >= 1 && line.quantity <= level.promisable());
                    *served.entry(line.place.sku.clone()).or_default() += line.quantity;
                }
                let demanded: BTreeMap<Sku, i64> = demand.iter().map(|(sku, units)| (sku.clone(), units)).collect();
                prop_assert_eq!(&served, &demanded);
                let places: std::collections::BTreeSet<_> = lines.iter().map(|line| &line.place).collect();
                prop_assert_eq!(places.len(), lines.len(), "one line per sku and location");
                for line in &lines {
                    let level = stock.level(&line.place).unwrap();
                    let beyond = line.quantity > level.free();
                    let rank = order.iter().position(|at| *at == line.place.location).unwrap();
                    for (other_rank, at) in order.iter().enumerate() {
                        let other = Place { sku: line.place.sku.clone(), location: *at };
                        let free = stock.level(&other).unwrap().free();
                        let taken = lines.iter().find(|l| l.place == other).map_or(0, |l| l.quantity);
                        prop_assert!(!(beyond || other_rank < rank) || taken >= free, "goods that come first are taken first");
                    }
                }
                let mut after = stock.clone();
                let booked: Vec<Movement> = lines.iter().map(|l| movement(l.place.clone(), MovementKind::Hold, l.quantity)).collect();
                prop_assert_eq!(after.book(&booked, NOW), Ok(()), "what was chosen can be held");
            }
        }
    }

    /// A level is the sum of the movements that were booked, whatever was refused in between, and never breaks its constraint.
    #[test]
    fn a_level_is_the_sum_of_its_movements(
        first in levels(),
        history in prop::collection::vec((0_usize..8, -6_i64..12, 0_usize..2), 1..60),
    ) {
        let start = level(first.on_hand + 20, first.allocated, first.held, first.backorder_limit);
        let mut stock = Stock::new([(place(0, 0), start.clone())]);
        let mut sums: BTreeMap<usize, Delta> = BTreeMap::new();
        for (kind, units, at) in history {
            let kind = MovementKind::ALL[kind];
            let units = if kind == MovementKind::Adjust { units } else { units.abs() };
            let before = stock.level(&place(at, 0)).cloned();
            match stock.book(&[movement(place(at, 0), kind, units)], NOW) {
                Ok(()) => {
                    let delta = kind.delta(units);
                    let sum = sums.entry(at).or_default();
                    sum.on_hand += delta.on_hand;
                    sum.allocated += delta.allocated;
                    sum.held += delta.held;
                    prop_assert!(sound(stock.level(&place(at, 0)).unwrap()));
                }
                Err(_) => prop_assert_eq!(stock.level(&place(at, 0)), before.as_ref()),
            }
        }
        for change in stock.changes(NOW) {
            let at = if change.place == place(0, 0) { 0 } else { 1 };
            let from = if at == 0 { start.clone() } else { Level::empty(NOW) };
            let sum = sums[&at];
            prop_assert_eq!(change.level.on_hand, from.on_hand + sum.on_hand);
            prop_assert_eq!(change.level.allocated, from.allocated + sum.allocated);
            prop_assert_eq!(change.level.held, from.held + sum.held);
            prop_assert_eq!(change.level.version, from.version + 1 + i64::from(change.shortfall_raised));
        }
    }
}

#[test]
fn two_lines_of_one_sku_are_one_demand() {
    let one = Quantity::new(3).unwrap();
    let demand = Demand::of([(sku(2), one), (sku(1), one), (sku(2), one)]);
    let sums: Vec<_> = demand.iter().collect();
    assert_eq!(
        sums,
        [(&sku(2), 6), (&sku(1), 3)],
        "in the order named first"
    );
}

#[test]
fn a_count_below_the_promises_is_recorded_as_shortfall() {
    let mut stock = Stock::new([(place(0, 0), level(10, 6, 2, 1))]);
    let book = |stock: &mut Stock, kind, units| {
        stock
            .book(&[movement(place(0, 0), kind, units)], NOW)
            .unwrap();
        let level = stock.level(&place(0, 0)).unwrap();
        (level.on_hand, level.shortfall)
    };
    assert_eq!(book(&mut stock, MovementKind::Adjust, -7), (3, 4));
    let changes = stock.changes(NOW);
    assert!(changes[0].shortfall_raised);
    assert_eq!(changes[0].level.version, 3, "the count, then the shortfall");
    assert_eq!(
        book(&mut stock, MovementKind::Receive, 3),
        (6, 1),
        "goods lower it"
    );
    assert_eq!(
        book(&mut stock, MovementKind::Release, 2),
        (6, 0),
        "so does who lets go"
    );
    assert_eq!(book(&mut stock, MovementKind::Ship, 6), (0, 0));
}

/// The goods have left, whatever the count said: that is recorded, not refused.
#[test]
fn what_left_is_recorded_even_below_nothing() {
    let mut stock = Stock::new([(place(0, 0), level(5, 5, 0, 0))]);
    stock
        .book(&[movement(place(0, 0), MovementKind::Adjust, -3)], NOW)
        .unwrap();
    stock
        .book(&[movement(place(0, 0), MovementKind::Ship, 5)], NOW)
        .unwrap();
    let left = stock.level(&place(0, 0)).unwrap();
    assert_eq!((left.on_hand, left.shortfall), (-3, 3));
    stock
        .book(&[movement(place(0, 0), MovementKind::Adjust, 2)], NOW)
        .unwrap();
    assert_eq!(
        stock.level(&place(0, 0)).unwrap().shortfall,
        1,
        "a count may find some of it"
    );
}

#[test]
fn a_booking_is_whole_or_nothing() {
    let mut stock = Stock::new([(place(0, 0), level(1, 0, 0, 0))]);
    let two = [
        movement(place(1, 0), MovementKind::Receive, 5),
        movement(place(0, 0), MovementKind::Receive, MOST),
    ];
    assert_eq!(
        stock.book(&two, NOW),
        Err((place(0, 0), LevelError::Overflow))
    );
    assert!(stock.is_unchanged() && stock.level(&place(1, 0)).is_none());
    let count = [movement(place(0, 0), MovementKind::Adjust, -2)];
    let negative = LevelError::Negative {
        on_hand: 1,
        delta: -2,
    };
    assert_eq!(stock.book(&count, NOW), Err((place(0, 0), negative)));
    let unsold = [movement(place(0, 0), MovementKind::Ship, 1)];
    assert_eq!(
        stock.book(&unsold, NOW),
        Err((place(0, 0), LevelError::Oversold))
    );
}

/// Every transition from every state.
#[test]
fn the_states_of_a_hold() {
    use HoldState::{Allocated, Canceled, Deallocated, Expired, Held, Released, Shipped};
    let this = FulfillmentId::from_uuid(Uuid::from_u128(7));
    let other = FulfillmentId::from_uuid(Uuid::from_u128(8));
    let stay = Ok(Step::Stay);
    let to = |state| Ok(Step::To(state));
    for state in HoldState::ALL {
        let shipped_as = (state == Shipped).then_some(this);
        let decide = |transition: Transition| transition.decide(state, shipped_as);
        let (release, allocate, deallocate, ship) = match state {
            Held => (
                to(Released),
                to(Allocated),
                Err(HoldRefusal::NotAllocated(Held)),
                Err(HoldRefusal::NotAllocated(Held)),
            ),
            Allocated => (
                Err(HoldRefusal::Allocated(Allocated)),
                stay,
                to(Deallocated),
                to(Shipped),
            ),
            Shipped => (
                Err(HoldRefusal::Allocated(Shipped)),
                stay,
                Err(HoldRefusal::NotAllocated(Shipped)),
                stay,
            ),
            Deallocated => (
                stay,
                Err(HoldRefusal::Ended(state)),
                stay,
                Err(HoldRefusal::NotAllocated(state)),
            ),
            Released | Expired | Canceled => (
                stay,
                Err(HoldRefusal::Ended(state)),
                Err(HoldRefusal::NotAllocated(state)),
                Err(HoldRefusal::NotAllocated(state)),
            ),
        };
        assert_eq!(decide(Transition::Release), release, "release {state:?}");
        assert_eq!(decide(Transition::Allocate), allocate, "allocate {state:?}");
        assert_eq!(
            decide(Transition::Deallocate),
            deallocate,
            "deallocate {state:?}"
        );
        assert_eq!(decide(Transition::Ship(this)), ship, "ship {state:?}");
        assert_eq!(
            decide(Transition::Expire),
            if state == Held { to(Expired) } else { stay },
            "expire {state:?}"
        );
    }
    let again = Transition::Ship(other).decide(Shipped, Some(this));
    assert_eq!(
        again,
        Err(HoldRefusal::NotAllocated(Shipped)),
        "goods leave once"
    );
}

#[test]
fn words_read_back() {
    for kind in MovementKind::ALL {
        assert_eq!(MovementKind::parse(kind.name()), Some(kind));
    }
    for state in HoldState::ALL {
        assert_eq!(HoldState::parse(state.name()), Some(state));
    }
    assert_eq!(HoldState::parse("held"), None);
}

#[test]
fn locations_come_by_priority_then_code() {
    let make = |number: u128, code: &str, priority| Location {
        id: location(number),
        code: code.to_owned(),
        title: code.to_owned(),
        country_code: String::new(),
        priority,
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    };
    let mut all = Locations::new(vec![make(1, "b", 5), make(2, "c", 1), make(3, "a", 5)]);
    assert_eq!(all.order(), [location(2), location(3), location(1)]);
    all.add(make(4, "z", 0));
    assert_eq!(all.find("").unwrap().code, "z");
    assert_eq!(all.find(&location(3).to_string()).unwrap().code, "a");
    assert_eq!(all.find("b").unwrap().id, location(1));
    assert!(all.find("nowhere").is_none());
}
