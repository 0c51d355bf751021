//! What the provider tells by itself: it wakes who then asks, once, and only when the provider has signed it just now.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use stoa_api::payment::v1 as pb;
use stoa_api::payment::v1::{OperationState, PaymentState};

use crate::harness::{World, block_on, eventually, key, world_with};

const SECRET: &str = "a-secret-between-us-and-them";

/// A world in which nobody asks by himself.
fn listening() -> World {
    let settings = [
        ("payment.webhook_secret", SECRET),
        ("payment.action_every", "1h"),
        ("payment.sweep_every", "1h"),
    ];
    world_with(|_| {}, &settings)
}

/// A webhook as the provider would send it, by its own clock, signed by `secret`, `age` seconds ago; the status of the answer.
#[expect(
    clippy::disallowed_methods,
    reason = "the provider's clock is not ours"
)]
async fn send(world: &World, secret: &str, age: u64, event: &str, reference: &str) -> u16 {
    let body = serde_json::json!({ "id": event, "reference": reference }).to_string();
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let at = now - age;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let sum = hex::encode(mac.finalize().into_bytes());
    let sent = reqwest::Client::new()
        .post(&world.payment.hook)
        .header("provider-signature", format!("t={at},v1={sum}"))
        .body(body)
        .send();
    sent.await.unwrap().status().as_u16()
}

async fn waiting(world: &World) -> (pb::Payment, pb::PaymentOperation, String) {
    let payment = world.payment.intent("tok_action_done", 100).await;
    let done = world.payment.authorize(&payment, &key()).await.unwrap();
    assert_eq!(done.state(), OperationState::RequiresAction);
    let next = done.of().next_action.as_ref().unwrap();
    (payment, done.op().clone(), next.redirect_uri.clone())
}

async fn paid(world: &World, payment: &pb::Payment) {
    eventually("he has paid", async || {
        let read = world.payment.read(payment).await;
        (read.state() == PaymentState::Authorized).then_some(())
    })
    .await;
}

const HEARD: &str = "SELECT count(*) AS n FROM provider_event";
/// Work that waits for the customer for an hour.
const PARKED: &str = "SELECT count(*) AS n FROM workflow
    WHERE kind = 'payment.operation' AND waiting_on IS NOT NULL AND due_at - created_at > 100000000";
const WOKEN: &str =
    "SELECT coalesce(max(woken), 0) AS n FROM workflow WHERE kind = 'payment.operation'";

#[test]
fn what_the_provider_tells_continues_a_payment() {
    block_on(async {
        let world = listening();
        world.provider.tells(&world.payment.hook, SECRET).await;
        let (payment, _, uri) = waiting(&world).await;
        world.provider.act(&uri, true).await;
        paid(&world, &payment).await;
        assert_eq!(world.provider.pounds().await, [100, 0, 0, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn told_before_the_answer_or_twice_it_is_done_once() {
    block_on(async {
        let world = listening();
        world.provider.tells(&world.payment.hook, SECRET).await;
        for (token, heard) in [("tok_webhook_first", 1), ("tok_webhook_twice", 2)] {
            let payment = world.payment.intent(token, 100).await;
            let done = world.payment.authorize(&payment, &key()).await.unwrap();
            assert_eq!(done.state(), OperationState::Succeeded);
            eventually("it was told", async || {
                (world.payment.count(HEARD).await == heard).then_some(())
            })
            .await;
            world.payment.captured(&payment, 100).await;
            assert_eq!(world.payment.operations(&payment).await.len(), 2);
        }
        let open =
            "SELECT count(*) AS n FROM workflow WHERE status <> 'DONE' AND kind <> 'payment.sweep'";
        eventually("nothing is left to do", async || {
            (world.payment.count(open).await == 0).then_some(())
        })
        .await;
        assert_eq!(world.provider.pounds().await, [0, 200, 0, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_copy_a_forgery_and_an_old_one_have_no_effect() {
    block_on(async {
        let world = listening();
        let (payment, op, uri) = waiting(&world).await;
        let reference = op.operation_id.as_str();
        assert_eq!(send(&world, SECRET, 0, "evt_1", reference).await, 204);
        let woken = world.payment.count(WOKEN).await;
        assert!(woken > 0, "the first wakes");
        eventually("who was woken has asked", async || {
            (world.payment.count(PARKED).await == 1).then_some(())
        })
        .await;
        world.provider.act(&uri, true).await;

        assert_eq!(
            send(&world, SECRET, 0, "evt_1", reference).await,
            204,
            "a copy"
        );
        let forged = "a-secret-that-somebody-made-up";
        assert_eq!(
            send(&world, forged, 0, "evt_2", reference).await,
            401,
            "forged"
        );
        assert_eq!(
            send(&world, SECRET, 310, "evt_3", reference).await,
            401,
            "old"
        );
        let unsigned = reqwest::Client::new().post(&world.payment.hook).body("{}");
        assert_eq!(unsigned.send().await.unwrap().status(), 401);
        let elsewhere = world.payment.hook.replace("/sandbox", "/another");
        let elsewhere = reqwest::Client::new().post(elsewhere).body("{}");
        assert_eq!(elsewhere.send().await.unwrap().status(), 404);
        assert_eq!(world.payment.count(WOKEN).await, woken, "nobody was woken");
        assert_eq!(world.payment.count(HEARD).await, 1);
        let read = world.payment.read(&payment).await;
        assert_eq!(read.state(), PaymentState::RequiresAction);

        // A true one of which our books know nothing is noted and does no harm; a true one about ours wakes.
        assert_eq!(send(&world, SECRET, 290, "evt_4", "nothing").await, 204);
        assert_eq!(send(&world, SECRET, 290, "evt_5", reference).await, 204);
        paid(&world, &payment).await;
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn what_the_bank_does_is_told_and_found_in_the_list() {
    block_on(async {
        let world = listening();
        world.provider.tells(&world.payment.hook, SECRET).await;
        let payment = world.payment.intent("tok_approve", 100).await;
        world.payment.authorized(&payment, &key()).await;
        let done = world.payment.capture(&payment, &key(), 100).await.unwrap();
        let deed = serde_json::json!({ "reference": done.op().operation_id, "amount_minor": 100 });
        world.provider.post("console/chargebacks", &deed).await;
        eventually("the chargeback is in our books", async || {
            let read = world.payment.read(&payment).await;
            (read.state() == PaymentState::Refunded).then_some(())
        })
        .await;
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}
