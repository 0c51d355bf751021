#![expect(clippy::unwrap_used, reason = "tests on the real store")]

use std::sync::atomic::{AtomicBool, Ordering};

use stoa_store::StoreError;
use stoa_types::{Ids, LocationId, SystemClock, SystemIds, Timestamp};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::*;
use crate::domain::{LineKind, MeasureUnit, ProductState};
use crate::store::stock::{self, Level};
use crate::store::{MIGRATIONS, products, save, skus};

/// A database of the catalogue with its cache.
struct Shop {
    db: Db,
    cache: Cache,
    _folder: TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = stoa_testdb::config("catalog", folder.path());
        let clock = Arc::new(SystemClock);
        let opened = Db::open(config, MIGRATIONS.to_vec(), clock, Handle::current());
        let db = opened.await.unwrap();
        Self {
            cache: Cache::of(&db),
            db,
            _folder: folder,
        }
    }

    /// Writes a product as it is; `fails`: and takes it back.
    async fn save(&self, product: &Product, fails: bool) -> Result<(), StoreError> {
        let (cache, product) = (self.cache.clone(), product.clone());
        let work = self.db.write("test.save", move |tx| {
            let (cache, product) = (cache.clone(), product.clone());
            Box::pin(async move {
                save::products(tx, &cache, &[&product]).await?;
                match fails {
                    true => Err(StoreError::Contract("as the test wants it")),
                    false => Ok(()),
                }
            })
        });
        work.await
    }

    async fn read(&self, id: ProductId) -> Arc<Product> {
        let found = products::by_id(&self.db, &self.cache, id).await;
        found.unwrap().unwrap()
    }

    async fn by_slug(&self, slug: &str) -> Option<ProductId> {
        let found = products::by_slug(&self.db, &self.cache, slug).await;
        found.unwrap().map(|product| product.id)
    }

    /// Whether the next reader is told without the database.
    fn knows(&self, id: ProductId) -> bool {
        self.cache.by_id(id).is_ok()
    }
}

fn product(slug: &str, skus: &[&str]) -> Product {
    Product {
        id: ProductId::new(&SystemIds),
        slug: slug.to_owned(),
        title: "Mug".to_owned(),
        description: "\"white\"\n\u{e9}".to_owned(),
        categories: vec!["cups".to_owned(), "apart".to_owned()],
        variants: skus.iter().map(|sku| variant(sku)).collect(),
        retired: Vec::new(),
        state: ProductState::Active,
        version: 1,
        created_at: Timestamp::from_micros(1),
        updated_at: Timestamp::from_micros(2),
    }
}

fn variant(sku: &str) -> Variant {
    Variant {
        sku: Sku::parse(sku).unwrap(),
        title: String::new(),
        kind: LineKind::Goods,
        stock_tracked: true,
        tax_category: "reduced".to_owned(),
        unit: MeasureUnit::Gram,
        weight_grams: 250,
        options: [("size".to_owned(), "\"L\"".to_owned())].into(),
        in_stock: false,
    }
}

/// The product as its merchant leaves it next.
fn renamed(product: &Product, title: &str) -> Product {
    Product {
        title: title.to_owned(),
        version: product.version + 1,
        ..product.clone()
    }
}

fn level(sku: &str) -> Level {
    Level {
        sku: Sku::parse(sku).unwrap(),
        location: LocationId::from_uuid(SystemIds.uuid()),
        available: 3,
        version: 1,
    }
}

#[tokio::test]
async fn what_is_read_is_what_was_written_and_is_known_where_the_database_is_ours() {
    let shop = Shop::open().await;
    let mut mug = product("mug", &["B", "A"]);
    mug.retired.push(variant("OLD"));
    shop.save(&mug, false).await.unwrap();
    assert!(!shop.knows(mug.id));
    assert_eq!(*shop.read(mug.id).await, mug);
    assert_eq!(shop.knows(mug.id), !shop.db.is_shared());
    assert_eq!(*shop.read(mug.id).await, mug);
    assert_eq!(shop.by_slug("mug").await, Some(mug.id));
}

#[tokio::test]
async fn a_write_that_was_answered_is_seen() {
    let shop = Shop::open().await;
    let mug = product("mug", &["A"]);
    shop.save(&mug, false).await.unwrap();
    for round in 0..20 {
        let next = renamed(shop.read(mug.id).await.as_ref(), &format!("Mug {round}"));
        shop.save(&next, false).await.unwrap();
        assert_eq!(*shop.read(mug.id).await, next);
        assert_eq!(*shop.read(mug.id).await, next);
    }
}

#[tokio::test]
async fn a_slug_leads_to_whom_it_belongs_now() {
    let shop = Shop::open().await;
    let (one, two) = (product("one", &["A"]), product("two", &["B"]));
    for product in [&one, &two] {
        shop.save(product, false).await.unwrap();
        assert_eq!(shop.by_slug(&product.slug).await, Some(product.id));
    }
    let moved = Product {
        slug: "three".to_owned(),
        ..renamed(&one, "One")
    };
    shop.save(&moved, false).await.unwrap();
    let taken = Product {
        slug: "one".to_owned(),
        ..renamed(&two, "Two")
    };
    shop.save(&taken, false).await.unwrap();
    assert_eq!(shop.by_slug("one").await, Some(two.id));
    assert_eq!(shop.by_slug("two").await, None);
    assert_eq!(shop.by_slug("three").await, Some(one.id));
}

#[tokio::test]
async fn a_write_that_is_taken_back_changes_nothing() {
    let shop = Shop::open().await;
    let mug = product("mug", &["A"]);
    shop.save(&mug, false).await.unwrap();
    shop.read(mug.id).await;
    let refused = shop.save(&renamed(&mug, "Cup"), true).await;
    assert!(matches!(refused, Err(StoreError::Contract(_))));
    assert_eq!(*shop.read(mug.id).await, mug);
    assert_eq!(*shop.read(mug.id).await, mug);
    assert_eq!(shop.knows(mug.id), !shop.db.is_shared());
}

#[tokio::test]
async fn who_read_before_a_write_does_not_leave_what_he_read() {
    let shop = Shop::open().await;
    let mug = product("mug", &["A"]);
    shop.save(&mug, false).await.unwrap();
    // He finds nothing, reads, and is overtaken by a whole write.
    let miss = shop.cache.by_id(mug.id).unwrap_err();
    let old = Arc::new(mug.clone());
    let new = renamed(&mug, "Cup");
    shop.save(&new, false).await.unwrap();
    shop.cache.take_up(miss, &[old]);
    assert!(!shop.knows(mug.id));
    assert_eq!(*shop.read(mug.id).await, new);
    assert_eq!(*shop.read(mug.id).await, new);
}

/// A write stands still between its statements and its commit; whoever reads then reads what was, and nobody keeps it.
#[tokio::test]
async fn who_reads_during_a_write_does_not_leave_what_he_read() {
    let shop = Shop::open().await;
    let mug = product("mug", &["A"]);
    shop.save(&mug, false).await.unwrap();
    shop.read(mug.id).await;
    let (stands, goes_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (said, waits) = (Arc::clone(&stands), Arc::clone(&goes_on));
    let cache = shop.cache.clone();
    let writing = shop.db.write("test.stock", move |tx| {
        let (said, waits, cache) = (Arc::clone(&said), Arc::clone(&waits), cache.clone());
        Box::pin(async move {
            stock::take(tx, &cache, &[level("A")]).await?;
            said.notify_one();
            waits.notified().await;
            Ok(())
        })
    });
    let reading = async {
        stands.notified().await;
        assert!(!shop.knows(mug.id));
        let seen = [shop.read(mug.id).await, shop.read(mug.id).await];
        let late = shop.cache.by_id(mug.id).unwrap_err();
        assert!(!shop.knows(mug.id), "it is being changed");
        goes_on.notify_one();
        (seen, late)
    };
    let (written, (seen, late)) = tokio::join!(writing, reading);
    written.unwrap();
    assert!(seen.iter().all(|seen| **seen == mug), "not committed yet");
    // He read before the commit, and comes with it when all is over.
    shop.cache.take_up(late, &seen);
    assert!(shop.read(mug.id).await.in_stock());
    assert!(shop.read(mug.id).await.in_stock());
}

#[tokio::test]
async fn stock_that_changes_no_answer_leaves_what_is_known() {
    let shop = Shop::open().await;
    let (mug, cup) = (product("mug", &["A"]), product("cup", &["B"]));
    for product in [&mug, &cup] {
        shop.save(product, false).await.unwrap();
        shop.read(product.id).await;
    }
    let hear = |level: Level| {
        let cache = shop.cache.clone();
        shop.db.write("test.stock", move |tx| {
            let (cache, levels) = (cache.clone(), [level.clone()]);
            Box::pin(async move { stock::take(tx, &cache, &levels).await })
        })
    };
    hear(level("A")).await.unwrap();
    assert!(shop.read(mug.id).await.in_stock());
    // Another place has some too: in stock it was.
    hear(level("A")).await.unwrap();
    for id in [mug.id, cup.id] {
        assert_eq!(shop.knows(id), !shop.db.is_shared());
    }
}

#[tokio::test]
async fn skus_are_resolved_alike_with_and_without_what_is_known() {
    let shop = Shop::open().await;
    let mut mug = product("mug", &["A", "B"]);
    mug.retired.push(variant("OLD"));
    let cup = Product {
        state: ProductState::Archived,
        ..product("cup", &["C"])
    };
    for product in [&mug, &cup] {
        shop.save(product, false).await.unwrap();
    }
    let wanted = ["B", "C", "OLD", "A", "B"].map(str::to_owned);
    for _ in 0..2 {
        let resolved = skus::resolve(&shop.db, &shop.cache, &wanted).await.unwrap();
        let bare = skus::resolve(&shop.db, &Cache(None), &wanted)
            .await
            .unwrap();
        let resolved = resolved.unwrap();
        let offered: Vec<bool> = resolved.iter().map(|sku| sku.offered).collect();
        assert_eq!(offered, [true, false, false, true, true]);
        assert_eq!(resolved, bare.unwrap());
    }
    let wanted = ["A", "NONE", "NO"].map(str::to_owned);
    for cache in [&shop.cache, &Cache(None)] {
        let unknown = skus::resolve(&shop.db, cache, &wanted).await.unwrap();
        assert_eq!(unknown.unwrap_err(), "NONE");
    }
}

#[test]
fn it_never_holds_more_than_two_generations() {
    let cache = Cache(Some(Arc::default()));
    let large = |number: usize| Product {
        description: "x".repeat(BYTES / 4),
        ..product(&format!("p{number}"), &[&format!("S{number}")])
    };
    let all: Vec<Product> = (0..12).map(large).collect();
    let first = all.first().unwrap();
    for product in &all {
        let miss = cache.by_id(product.id).unwrap_err();
        cache.take_up(miss, &[Arc::new(product.clone())]);
        assert!(cache.by_id(product.id).is_ok());
        assert!(cache.by_slug(&first.slug).is_ok(), "who is asked for stays");
    }
    let known = all.iter().filter(|product| cache.by_id(product.id).is_ok());
    assert!(known.count() <= 9);
    let shelves = lock(cache.0.as_ref().unwrap());
    for generation in [&shelves.young, &shelves.old] {
        assert_eq!(generation.slugs.len(), generation.products.len());
        assert_eq!(generation.skus.len(), generation.products.len());
        let bytes: usize = generation.products.values().map(|it| weight(it)).sum();
        assert_eq!(generation.bytes, bytes);
        assert!(bytes <= BYTES + BYTES / 2);
    }
}

/// As it is with the whole work of a writer: held twice, let go twice.
#[test]
fn a_product_that_two_hold_is_taken_up_when_both_let_go() {
    let cache = Cache(Some(Arc::default()));
    let mug = Arc::new(product("mug", &["A"]));
    let done = AtomicBool::new(false);
    let read = || {
        let miss = cache.by_id(mug.id).unwrap_err();
        cache.take_up(miss, &[Arc::clone(&mug)]);
        assert_eq!(cache.by_id(mug.id).is_ok(), done.load(Ordering::SeqCst));
    };
    let one = cache.held(vec![mug.id]);
    let two = cache.held(vec![mug.id]);
    read();
    drop(one);
    read();
    drop(two);
    done.store(true, Ordering::SeqCst);
    read();
}
