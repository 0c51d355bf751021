//! What the engine does for the statements of the catalogue: none that is hot reads a whole table.

use std::path::Path;

use serde_json::{Value, json};
use stoa_store::Engine;
use stoa_testdb::plans::{refuse_scans, refuse_scans_of_file};

use crate::harness::Suite;

/// 20,000 products of two variants each, all with stock.
const FILL: [&str; 5] = [
    "INSERT INTO catalog_product
     SELECT md5('p' || i)::uuid, 'slug-' || i, 'Title ' || i, '', 'ACTIVE', true, 1, 1, 1
     FROM generate_series(($1::jsonb ->> 0)::bigint, ($1::jsonb ->> 1)::bigint) AS i",
    "INSERT INTO catalog_category SELECT md5('p' || i)::uuid, 0, 'list-' || i % 50
     FROM generate_series(($1::jsonb ->> 0)::bigint, ($1::jsonb ->> 1)::bigint) AS i",
    "INSERT INTO catalog_variant
     SELECT 'SKU-' || i || '-' || n, md5('p' || i)::uuid, n, false, '', 'GOODS', true, '', 'PIECE', 0, '{}', true
     FROM generate_series(($1::jsonb ->> 0)::bigint, ($1::jsonb ->> 1)::bigint) AS i, generate_series(0, 1) AS n",
    "INSERT INTO catalog_stock
     SELECT 'SKU-' || i || '-' || n, md5('l')::uuid, 1, 1
     FROM generate_series(($1::jsonb ->> 0)::bigint, ($1::jsonb ->> 1)::bigint) AS i, generate_series(0, 1) AS n",
    "ANALYZE catalog_product, catalog_category, catalog_variant, catalog_stock",
];

/// What the doctor asks, and what rebuilds the copy of stock.
const COLD: &[&str] = &[
    "audit_products",
    "audit_variant_stock",
    "audit_variants",
    "gate_merchants",
    "gate_stock",
    "stock_clear",
    "stock_shadow_clear",
    "stock_shadow_move",
    "stock_shadow_save",
    "variants_restock_all",
];

/// Thirty-two of something.
fn many(one: impl Fn(u32) -> Value) -> Value {
    (1..=32).map(one).collect()
}

fn hot() -> Vec<(&'static str, Value)> {
    let id = |n: u32| format!("{n:032x}");
    let ids = many(|n| json!(id(n)));
    let skus = many(|n| json!(format!("SKU-{n}-0")));
    let slugs = many(|n| json!(format!("slug-{n}")));
    let stock = |n: u32| json!({"sku": format!("SKU-{n}-0"), "location_id": id(n), "available": 1, "version": 2});
    let variant = |n: u32| json!({"sku": format!("SKU-{n}-0"), "product_id": id(n)});
    vec![
        ("categories_clear", ids.clone()),
        ("categories_load", ids.clone()),
        (
            "categories_save",
            many(|n| json!({"product_id": id(n), "position": 0, "name": "x"})),
        ),
        (
            "products_load",
            json!({"ids": ids, "skus": skus, "slugs": slugs}),
        ),
        (
            "products_read",
            json!({"ids": ids, "skus": skus, "slugs": slugs}),
        ),
        ("products_restock", ids.clone()),
        ("products_save", many(|n| json!({"id": id(n)}))),
        ("skus_resolve", skus.clone()),
        ("stock_save", many(stock)),
        ("stocked_load", skus.clone()),
        ("variants_load", ids),
        ("variants_restock", skus),
        ("variants_save", many(variant)),
    ]
}

#[tokio::test]
async fn no_hot_statement_reads_a_whole_table() {
    let suite = Suite::start().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
    if suite.db.engine() == Engine::Sqlite {
        return refuse_scans_of_file(&suite.db, &folder.join("sqlite"), &hot()).await;
    }
    // In pieces: no transaction may take long.
    for text in FILL {
        for begin in (0..20000).step_by(2000) {
            let part = [begin + 1, begin + 2000];
            suite
                .db
                .write("test.fill", move |tx| {
                    Box::pin(async move { tx.execute(text, &part).await })
                })
                .await
                .unwrap();
        }
    }
    refuse_scans(&suite.db, &folder.join("postgres"), &hot(), COLD).await;
}
