//! Money by outcome, and what somebody must look at, in numbers.

use serde_json::json;

use crate::harness::{HASTY, World, block_on, eventually, key, world, world_with};

/// The sum of the series of `name` whose labels hold all of `labels`.
pub(crate) fn sum(world: &World, name: &str, labels: &[&str]) -> f64 {
    let page = world.payment.metrics.render().unwrap();
    page.lines()
        .filter(|line| line.starts_with(name) && labels.iter().all(|label| line.contains(label)))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

#[test]
fn operations_and_amounts_are_counted_by_kind_and_outcome() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 100).await;
        world.payment.authorize(&payment, &key()).await.unwrap();
        world.payment.capture(&payment, &key(), 70).await.unwrap();
        let declined = world.payment.intent("tok_decline", 9).await;
        world.payment.authorize(&declined, &key()).await.unwrap();
        for (kind, outcome, amount) in [
            ("AUTHORIZE", "SUCCEEDED", 100.0),
            ("CAPTURE", "SUCCEEDED", 70.0),
            ("AUTHORIZE", "FAILED", 9.0),
        ] {
            let kind = format!("kind=\"{kind}\"");
            let labels = [kind.as_str(), &format!("outcome=\"{outcome}\"")];
            let count = sum(&world, "stoa_payment_operations", &labels);
            let minor = sum(&world, "stoa_payment_amount_minor", &labels);
            assert!((count - 1.0).abs() < 0.5, "{labels:?} {count}");
            assert!((minor - amount).abs() < 0.5, "{labels:?} {minor}");
        }
    });
}

#[test]
fn what_breaks_a_sum_and_what_cannot_be_explained_is_counted() {
    block_on(async {
        let world = world_with(|_| {}, &[HASTY, ("payment.send_limit", "1")]);
        // Captured twice: once for good, once late.
        let payment = world.payment.intent("tok_capture_too_late", 100).await;
        world.payment.authorized(&payment, &key()).await;
        let id = key();
        world.payment.capture(&payment, &id, 100).await.unwrap();
        let stranger = json!({
            "reference": "a stranger", "token": "tok_approve", "amount_minor": 7, "currency": "GBP"
        });
        reqwest::Client::new()
            .post(format!("{}/v1/credits", world.provider.url))
            .header("idempotency-key", "stranger")
            .json(&stranger)
            .send()
            .await
            .unwrap();
        eventually("both are counted", async || {
            let late = sum(&world, "stoa_payment_operations", &["outcome=\"LATE\""]);
            let stranger = sum(&world, "stoa_payment_discrepancies", &["STRANGER"]);
            (late > 0.5 && stranger > 0.5).then_some(())
        })
        .await;
    });
}
