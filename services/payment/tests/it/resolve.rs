//! What staff know of an operation of which the provider tells nothing; never against its word.

use stoa_api::payment::v1 as pb;
use stoa_api::payment::v1::{OperationKind, OperationResolution, OperationState, PaymentState};
use stoa_errors::Error;
use stoa_rpc::client;
use stoa_store::audit;

use crate::harness::{HASTY, SETTLE, World, as_staff, block_on, eventually, key, world_with};

/// A world whose provider was asked for its promises and is gone, an authorisation in it of which nothing is known, and what the
/// provider calls it.
async fn unknown(token: &str) -> (World, pb::Payment, pb::PaymentOperation, String) {
    let patient = ("payment.send_limit", "1");
    let mut world = world_with(|_| {}, &[HASTY, patient]);
    let asked = world.payment.intent("tok_approve", 1).await;
    world.payment.authorized(&asked, &key()).await;
    world.payment.captured(&asked, 1).await;
    let payment = world.payment.intent(token, 100).await;
    let (id, ours, provider) = (key(), &world.payment, &mut world.provider);
    let silent = async {
        let theirs = eventually("it is sent", async || {
            // What is done stands in the list, and what is lost was reserved before it was sent.
            let list = provider.get("operations?after=2").await;
            let listed = list["operations"][0]["id"].as_str().map(ToOwned::to_owned);
            let reserved = ours.operations(&payment).await.len() == 1;
            listed.or_else(|| (reserved && token == "tok_lost").then(String::new))
        })
        .await;
        provider.go_away();
        theirs
    };
    let (done, theirs) = tokio::join!(ours.authorize(&payment, &id), silent);
    let op = done.unwrap().op().clone();
    assert_eq!(op.state(), OperationState::Unknown);
    (world, payment, op, theirs)
}

fn request(op: &pb::PaymentOperation, provider_id: &str) -> pb::ResolveUnknownOperationRequest {
    let resolution = if provider_id.is_empty() {
        OperationResolution::Failed
    } else {
        OperationResolution::Succeeded
    };
    pb::ResolveUnknownOperationRequest {
        request_id: key(),
        operation_id: op.operation_id.clone(),
        resolution: resolution.into(),
        provider_id: provider_id.to_owned(),
        reason: "they said so on the telephone".to_owned(),
    }
}

async fn resolve(
    world: &World,
    request: pb::ResolveUnknownOperationRequest,
) -> Result<pb::PaymentOperation, Error> {
    let mut admin = world.payment.admin();
    let answer = admin.resolve_unknown_operation(as_staff(request)).await;
    let answer = answer.map_err(client::error)?.into_inner();
    Ok(answer.operation.unwrap())
}

/// Says it until the settle window is over.
async fn resolved(world: &World, op: &pb::PaymentOperation, id: &str) -> pb::PaymentOperation {
    eventually("the settle window is over", async || {
        match resolve(world, request(op, id)).await {
            Ok(operation) => Some(operation),
            Err(error) => {
                assert_eq!(error.reason, "OPERATION_SETTLING");
                assert!(error.metadata.contains_key("settle_time"));
                None
            }
        }
    })
    .await
}

#[test]
fn what_staff_know_ends_the_waiting_and_stands_in_the_audit_log() {
    block_on(async {
        let (mut world, payment, op, _) = unknown("tok_lost").await;
        let begun = std::time::Instant::now();
        let failed = resolved(&world, &op, "").await;
        assert!(begun.elapsed() < SETTLE * 20);
        assert_eq!(failed.state(), OperationState::Failed);
        let entries = audit::list(&world.payment.db, &audit::Filter::default(), 10).await;
        let entry = &entries.unwrap()[0];
        assert_eq!(entry.actor, "staff:operator");
        assert_eq!(entry.subject.as_ref(), Some(&op.operation_id));
        assert_eq!(
            entry.reason.as_deref(),
            Some("they said so on the telephone")
        );
        let twice = resolve(&world, request(&op, "")).await.unwrap_err();
        assert_eq!(twice.reason, "OPERATION_STATE");
        world.provider.come_back();
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
        // It may be tried again.
        let second = world.payment.authorize(&payment, &key()).await.unwrap();
        assert_ne!(second.op().operation_id, op.operation_id);
    });
}

#[test]
fn what_happened_is_recorded_with_the_providers_own_id() {
    block_on(async {
        let (mut world, payment, op, id) = unknown("tok_timeout_then_succeed").await;
        let done = resolved(&world, &op, &id).await;
        assert_eq!(done.state(), OperationState::Succeeded);
        assert_eq!(done.provider_id, id);
        world.provider.come_back();
        world.payment.captured(&payment, 100).await;
        assert_eq!(world.provider.pounds().await, [0, 101, 0, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn a_wrong_word_is_found_out_by_the_sweep() {
    block_on(async {
        let (mut world, payment, op, _) = unknown("tok_timeout_then_succeed").await;
        resolved(&world, &op, "").await;
        world.provider.come_back();
        eventually("what had happened is given up", async || {
            let read = world.payment.read(&payment).await;
            (read.state() == PaymentState::Voided).then_some(())
        })
        .await;
        assert_eq!(world.provider.pounds().await, [0, 1, 100, 0, 0]);
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}

#[test]
fn nobodys_word_comes_before_the_providers() {
    block_on(async {
        let slow = [
            HASTY,
            ("payment.send_limit", "1"),
            ("payment.reconcile_every", "1h"),
        ];
        let long = |config: &mut stoa_sandbox::Config| {
            config.settle_window = std::time::Duration::from_secs(3600);
        };
        let world = world_with(long, &slow);
        let payment = world
            .payment
            .intent("tok_not_found_then_succeed", 100)
            .await;
        let done = world.payment.authorize(&payment, &key()).await.unwrap();
        let said = resolve(&world, request(done.op(), "auth_1"))
            .await
            .unwrap_err();
        assert_eq!(said.reason, "PROVIDER_SAYS_OTHERWISE");
        assert_eq!(
            said.metadata.get("provider_state").map(String::as_str),
            Some("not found")
        );
        let said = resolve(&world, request(done.op(), "")).await.unwrap_err();
        assert_eq!(said.reason, "OPERATION_SETTLING");

        // What is at its end stays so, and what waits for its customer is his.
        let payment = world.payment.intent("tok_approve", 100).await;
        let done = world.payment.authorize(&payment, &key()).await.unwrap();
        let said = resolve(&world, request(done.op(), "")).await.unwrap_err();
        assert_eq!(said.reason, "OPERATION_STATE");
        let payment = world.payment.intent("tok_action_done", 100).await;
        let done = world.payment.authorize(&payment, &key()).await.unwrap();
        let said = resolve(&world, request(done.op(), "")).await.unwrap_err();
        assert_eq!(said.reason, "PROVIDER_SAYS_OTHERWISE");
        // Half said is not said.
        let mut half = request(done.op(), "");
        half.resolution = OperationResolution::Succeeded.into();
        let said = resolve(&world, half).await.unwrap_err();
        assert_eq!(said.violations[0].field, "provider_id");
    });
}

#[test]
fn an_undo_that_the_provider_refuses_is_written_off() {
    block_on(async {
        let world = world_with(|_| {}, &[]);
        let declined = eventually("an undo that the provider refuses", async || {
            let payment = world.payment.intent("tok_void_declined", 10).await;
            let (authorize, void) = (key(), key());
            let (done, undone) = tokio::join!(
                world.payment.authorize(&payment, &authorize),
                world.payment.void(&payment.order_id, &void, &authorize),
            );
            // Only what was undone while it was on its way is owed.
            if done.is_err() || undone.unwrap().op().kind() != OperationKind::Authorize {
                return None;
            }
            let op = eventually("the undo is declined", async || {
                let operations = world.payment.operations(&payment).await;
                operations.into_iter().find(|op| {
                    op.kind() == OperationKind::Void && op.state() == OperationState::Failed
                })
            })
            .await;
            Some(op)
        })
        .await;
        let stuck = "SELECT count(*) AS n FROM workflow WHERE status = 'STUCK'";
        eventually("its work is stuck", async || {
            (world.payment.count(stuck).await == 1).then_some(())
        })
        .await;
        let not = resolve(&world, request(&declined, "void_1"))
            .await
            .unwrap_err();
        assert_eq!(not.reason, "OPERATION_STATE", "the provider declined it");
        let op = resolve(&world, request(&declined, "")).await.unwrap();
        assert_eq!(op.state(), OperationState::Failed);
        let open =
            "SELECT count(*) AS n FROM workflow WHERE status <> 'DONE' AND kind <> 'payment.sweep'";
        eventually("its work is done", async || {
            (world.payment.count(open).await == 0).then_some(())
        })
        .await;
        assert_eq!(world.payment.violations().await, Vec::<String>::new());
    });
}
