//! Properties of the shelf under any row of changes.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use stoa_types::{ProductId, Sku, Timestamp, Uuid};

use super::draft::entry_violations;
use super::*;

fn sku(number: u8) -> Sku {
    Sku::parse(&format!("S {number}")).unwrap()
}

fn variant(number: u8, shade: u8) -> VariantDraft {
    VariantDraft {
        sku: sku(number),
        title: format!("shade {shade}"),
        kind: (shade == 1).then_some(LineKind::Service),
        stock_tracked: None,
        tax_category: String::new(),
        unit: None,
        weight_grams: i64::from(shade),
        options: BTreeMap::new(),
    }
}

fn id(number: u128) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(number))
}

#[derive(Clone, Debug)]
enum Step {
    Create {
        slug: u8,
        skus: Vec<u8>,
        shade: u8,
    },
    Update {
        nth: usize,
        slug: u8,
        skus: Vec<u8>,
        shade: u8,
    },
    Archive {
        nth: usize,
    },
    Upsert {
        skus: Vec<u8>,
        shade: u8,
    },
}

fn skus() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::btree_set(0_u8..12, 1..4).prop_map(|set| set.into_iter().collect())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_u8..4, skus(), 0_u8..3).prop_map(|(slug, skus, shade)| Step::Create {
            slug,
            skus,
            shade
        }),
        (0_usize..8, 0_u8..4, skus(), 0_u8..3).prop_map(|(nth, slug, skus, shade)| Step::Update {
            nth,
            slug,
            skus,
            shade
        }),
        (0_usize..8).prop_map(|nth| Step::Archive { nth }),
        (skus(), 0_u8..3).prop_map(|(skus, shade)| Step::Upsert { skus, shade }),
    ];
    prop::collection::vec(step, 1..30)
}

fn draft(slug: u8, skus: &[u8], shade: u8) -> ProductDraft {
    ProductDraft {
        slug: if slug == 0 {
            String::new()
        } else {
            format!("slug-{slug}")
        },
        title: format!("title {shade}"),
        description: String::new(),
        categories: vec!["kitchen".to_owned()],
        variants: skus.iter().map(|number| variant(*number, shade)).collect(),
    }
}

/// Takes the step; says whether it was accepted.
fn take(shelf: &mut Shelf, made: &mut Vec<ProductId>, step: &Step, now: Timestamp) -> bool {
    let next = id(0xfeed_0000 + u128::try_from(made.len()).unwrap());
    match step {
        Step::Create { slug, skus, shade } => {
            let done = shelf.create(next, &draft(*slug, skus, *shade), now).is_ok();
            if done {
                made.push(next);
            }
            done
        }
        Step::Update {
            nth,
            slug,
            skus,
            shade,
        } => {
            let target = made.get(*nth).copied().unwrap_or(id(1));
            shelf
                .update(target, &draft(*slug, skus, *shade), Fields::ALL, now)
                .is_ok()
        }
        Step::Archive { nth } => shelf
            .archive(made.get(*nth).copied().unwrap_or(id(1)), now)
            .is_ok(),
        Step::Upsert { skus, shade } => {
            let entries: Vec<EntryDraft> = skus
                .iter()
                .map(|number| EntryDraft {
                    title: format!("title {shade}"),
                    description: String::new(),
                    categories: Vec::new(),
                    variant: variant(*number, *shade),
                })
                .collect();
            let fresh = || {
                let next = id(0xfeed_0000 + u128::try_from(made.len()).unwrap());
                made.push(next);
                next
            };
            shelf.upsert(&entries, fresh, now).is_ok()
        }
    }
}

proptest! {
    /// A sku is one product's and stays known, a slug is one product's, a refusal leaves no trace, versions are dense.
    #[test]
    fn the_shelf_keeps_its_order(steps in steps()) {
        let mut shelf = Shelf::default();
        let mut made = Vec::new();
        let mut known: BTreeMap<Sku, ProductId> = BTreeMap::new();
        let mut versions: BTreeMap<ProductId, i64> = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            let before = shelf.clone();
            let count = made.len();
            let now = Timestamp::from_micros(i64::try_from(at).unwrap());
            if !take(&mut shelf, &mut made, step, now) {
                prop_assert_eq!(&shelf, &before);
                prop_assert_eq!(made.len(), count);
                continue;
            }
            for change in shelf.take_changes() {
                let version = versions.entry(change.product).or_default();
                *version += 1;
                prop_assert_eq!(change.version, *version);
            }
            let mut slugs = BTreeMap::new();
            let mut owners = BTreeMap::new();
            for product in shelf.dirty() {
                prop_assert!(slugs.insert(product.slug.clone(), product.id).is_none());
                prop_assert!(!product.variants.is_empty());
                prop_assert_eq!(product.version, versions.get(&product.id).copied().unwrap_or_default());
                for sku in product.all_skus() {
                    prop_assert!(owners.insert(sku.clone(), product.id).is_none());
                }
            }
            for (sku, owner) in &known {
                prop_assert_eq!(owners.get(sku), Some(owner), "a known sku stays where it is");
            }
            known = owners;
        }
    }

    /// The same wish twice is one change.
    #[test]
    fn a_wish_that_is_fulfilled_changes_nothing(skus in skus(), shade in 0_u8..3) {
        let now = Timestamp::from_micros(1);
        let mut shelf = Shelf::default();
        let wish = draft(2, &skus, shade);
        shelf.create(id(7), &wish, now).unwrap();
        shelf.take_changes();
        let later = Timestamp::from_micros(2);
        let product = shelf.update(id(7), &wish, Fields::ALL, later).unwrap();
        prop_assert_eq!(product.version, 1);
        prop_assert_eq!(product.updated_at, now);
        prop_assert!(shelf.take_changes().is_empty());
    }

    /// Whatever a slug is made of, it is one.
    #[test]
    fn a_made_slug_is_a_slug(text in "\\PC{0,150}", number: u128) {
        let is_slug = |slug: &str| {
            (1..=100).contains(&slug.len())
                && slug.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
                && !slug.starts_with('-')
        };
        let slug = slug::wanted(&text, "");
        prop_assert!(is_slug(&slug), "{slug}");
        let own = slug::with_tail(&slug, id(number));
        prop_assert!(is_slug(&own), "{own}");
        prop_assert_ne!(own, slug);
    }
}

#[test]
fn stock_is_what_a_location_has_or_does_not_matter() {
    let mut shelf = Shelf::new([], [sku(1)]);
    let now = Timestamp::from_micros(1);
    let goods = shelf.create(id(1), &draft(1, &[1], 0), now).unwrap();
    assert!(goods.in_stock(), "a location has it");
    let empty = shelf.create(id(2), &draft(2, &[2], 0), now).unwrap();
    assert!(!empty.in_stock());
    let service = shelf.create(id(3), &draft(3, &[3], 1), now).unwrap();
    assert!(service.in_stock(), "no stock is kept of a service");
    assert!(
        service
            .variants
            .iter()
            .all(|variant| !variant.stock_tracked)
    );
}

#[test]
fn what_is_no_longer_offered_stays_known() {
    let now = Timestamp::from_micros(1);
    let mut shelf = Shelf::default();
    shelf.create(id(1), &draft(1, &[1, 2], 0), now).unwrap();
    let fewer = shelf
        .update(id(1), &draft(1, &[2], 0), Fields::ALL, now)
        .unwrap();
    assert_eq!(fewer.retired.len(), 1);
    assert_eq!(
        shelf.create(id(2), &draft(2, &[1], 0), now),
        Err(Refusal::SkuExists(sku(1)))
    );
    let again = shelf
        .update(id(1), &draft(1, &[1, 2], 0), Fields::ALL, now)
        .unwrap();
    assert!(again.retired.is_empty());
}

#[test]
fn the_mask_says_what_is_required() {
    let empty = ProductDraft {
        title: " ".to_owned(),
        ..draft(0, &[], 0)
    };
    let fields = |paths: &[&'static str]| Fields::named(paths.iter().copied());
    let broken = |fields: Fields| -> Vec<String> {
        empty
            .violations(fields)
            .into_iter()
            .map(|violation| violation.field)
            .collect()
    };
    assert_eq!(broken(Fields::ALL), ["title", "variants"]);
    assert_eq!(broken(fields(&["slug", "categories"]).unwrap()), ["slug"]);
    assert!(broken(fields(&["description"]).unwrap()).is_empty());
    assert_eq!(fields(&["title", "product_id"]), Err("product_id"));
    let twice = draft(0, &[3, 4, 3], 0).violations(Fields::ALL);
    assert_eq!(
        twice.first().map(|violation| violation.field.as_str()),
        Some("variants[2].sku")
    );
}

#[test]
fn an_entry_stands_once_and_has_a_title() {
    let entry = |number| EntryDraft {
        title: "Mug".to_owned(),
        description: String::new(),
        categories: Vec::new(),
        variant: variant(number, 0),
    };
    assert!(entry_violations(&[entry(1), entry(2)]).is_empty());
    let nameless = EntryDraft {
        title: String::new(),
        ..entry(1)
    };
    let found: Vec<String> = entry_violations(&[entry(1), nameless])
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    assert_eq!(found, ["products[1].title", "products[1].variant.sku"]);
}
