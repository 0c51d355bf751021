//! What `/metrics` says about a database.

use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;

use crate::support::{Shop, Take, Taking, call};

#[tokio::test]
async fn batches_commits_and_the_queue_are_counted() {
    let registry = prometheus::Registry::new();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()
        .unwrap();
    let provider = SdkMeterProvider::builder().with_reader(exporter).build();
    let shop = Shop::open().await;
    shop.db.set_meter(&provider.meter("test"));
    let queue = shop.db.queue(Take::default());
    let calls = (0..3_u8).map(|n| {
        let queue = queue.clone();
        async move {
            queue
                .submit(&call(&format!("k{n}"), n), Taking::of("x", 0))
                .await
        }
    });
    futures::future::join_all(calls).await;
    let text = prometheus::TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    for line in [
        "stoa_store_batch_size_sum{command=\"ledger.take\",db=\"ledger\"",
        "stoa_store_commit_duration_seconds_count{db=\"ledger\"",
        "stoa_store_commits_total{db=\"ledger\"",
        "stoa_store_queue_depth{db=\"ledger\"",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
