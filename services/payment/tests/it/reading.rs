//! Who may read what, page by page.

use stoa_api::payment::v1 as pb;
use stoa_errors::Kind;
use stoa_types::Principal;

use crate::harness::{Payment, as_guest, as_staff, block_on, error, key, world};

const MINE: &str = "guest-secret-0123456789abcdef";
const OTHER: &str = "other-secret-0123456789abcdef";

pub(crate) fn owner(secret: &str) -> String {
    Principal::Guest {
        secret_hash: stoa_rpc::auth::hash(secret.as_bytes()),
    }
    .scope()
}

async fn own(payment: &Payment, secret: &str, size: i32, token: &str) -> pb::ListPaymentsResponse {
    let request = pb::ListPaymentsRequest {
        page_size: size,
        page_token: token.to_owned(),
        read_mask: None,
    };
    let answer = payment
        .customer()
        .list_payments(as_guest(secret, request))
        .await;
    answer.unwrap().into_inner()
}

#[test]
fn a_payment_is_its_owners_and_staffs() {
    block_on(async {
        let world = world();
        let mine = world
            .payment
            .intent_for(&key(), "tok_approve", 5, &owner(MINE))
            .await;
        let get = pb::GetPaymentRequest {
            payment_id: mine.payment_id.clone(),
            read_mask: None,
        };
        let mut client = world.payment.customer();
        let seen = client.get_payment(as_guest(MINE, get.clone())).await;
        assert_eq!(seen.unwrap().into_inner().payment.unwrap(), mine);
        let seen = client.get_payment(as_staff(get.clone())).await;
        assert_eq!(seen.unwrap().into_inner().payment.unwrap(), mine);
        let refused = client.get_payment(as_guest(OTHER, get.clone())).await;
        let refused = error(refused.unwrap_err());
        assert_eq!(
            (refused.kind, &*refused.reason),
            (Kind::NotFound, "PAYMENT_NOT_FOUND")
        );
        let refused = client.get_payment(tonic::Request::new(get)).await;
        assert_eq!(error(refused.unwrap_err()).kind, Kind::Unauthenticated);
    });
}

#[test]
fn a_mask_names_the_fields_that_come() {
    block_on(async {
        let world = world();
        let payment = world.payment.intent("tok_approve", 5).await;
        let get = |path: &str| pb::GetPaymentRequest {
            payment_id: payment.payment_id.clone(),
            read_mask: Some(prost_types::FieldMask {
                paths: vec![path.to_owned()],
            }),
        };
        let mut client = world.payment.customer();
        let seen = client.get_payment(as_staff(get("amount"))).await.unwrap();
        let seen = seen.into_inner().payment.unwrap();
        assert_eq!(
            seen,
            pb::Payment {
                amount: payment.amount.clone(),
                ..Default::default()
            }
        );
        let refused = client.get_payment(as_staff(get("colour"))).await;
        assert_eq!(error(refused.unwrap_err()).kind, Kind::InvalidArgument);
    });
}

#[test]
fn lists_come_in_pages_newest_first_and_only_ones_own() {
    block_on(async {
        let world = world();
        let mut made = Vec::new();
        for n in 1..=5 {
            let secret = if n == 3 { OTHER } else { MINE };
            let intent = world
                .payment
                .intent_for(&key(), "tok_approve", n, &owner(secret))
                .await;
            made.insert(0, intent);
        }
        let other = made.remove(2);
        let first = own(&world.payment, MINE, 3, "").await;
        assert_eq!(first.payments, made[..3]);
        let second = own(&world.payment, MINE, 3, &first.next_page_token).await;
        assert_eq!(second.payments, made[3..]);
        assert_eq!(second.next_page_token, "");
        assert_eq!(
            own(&world.payment, OTHER, 0, "").await.payments,
            std::slice::from_ref(&other)
        );

        // A token is bound to its list.
        let request = pb::ListPaymentsRequest {
            page_token: first.next_page_token,
            ..Default::default()
        };
        let refused = world
            .payment
            .customer()
            .list_payments(as_guest(OTHER, request))
            .await;
        assert_eq!(error(refused.unwrap_err()).kind, Kind::InvalidArgument);
    });
}

#[test]
fn staff_find_payments_by_order_and_state_and_read_the_ledger() {
    block_on(async {
        let world = world();
        let taken = world.payment.intent("tok_approve", 100).await;
        world.payment.intent("tok_approve", 200).await;
        world.payment.authorize(&taken, &key()).await.unwrap();
        world.payment.capture(&taken, &key(), 100).await.unwrap();
        let mut admin = world.payment.admin();
        for (order, state, count) in [
            ("", pb::PaymentState::Unspecified, 2),
            ("", pb::PaymentState::Captured, 1),
            ("", pb::PaymentState::RequiresAction, 0),
            (taken.order_id.as_str(), pb::PaymentState::Unspecified, 1),
            (taken.order_id.as_str(), pb::PaymentState::Created, 0),
        ] {
            let request = pb::SearchPaymentsRequest {
                order_id: order.to_owned(),
                state: state.into(),
                ..Default::default()
            };
            let found = admin.search_payments(as_staff(request)).await.unwrap();
            assert_eq!(
                found.into_inner().payments.len(),
                count,
                "{order} {state:?}"
            );
        }

        let request = pb::ListLedgerEntriesRequest {
            page_size: 1,
            ..Default::default()
        };
        let first = admin.list_ledger_entries(as_staff(request.clone())).await;
        let first = first.unwrap().into_inner();
        let request = pb::ListLedgerEntriesRequest {
            page_token: first.next_page_token,
            ..request
        };
        let second = admin.list_ledger_entries(as_staff(request)).await;
        let second = second.unwrap().into_inner();
        let entries: Vec<_> = first.entries.into_iter().chain(second.entries).collect();
        assert_eq!(
            entries
                .iter()
                .map(|entry| entry.position)
                .collect::<Vec<_>>(),
            [1, 2]
        );
        let sum: i64 = entries
            .iter()
            .map(|entry| entry.amount.as_ref().unwrap().minor_units)
            .sum();
        assert_eq!((sum, second.next_page_token.as_str()), (0, ""));

        let unknown = pb::ListPaymentOperationsRequest {
            payment_id: stoa_types::PaymentId::new(&stoa_types::SystemIds).to_string(),
            ..Default::default()
        };
        let refused = admin.list_payment_operations(as_staff(unknown)).await;
        assert_eq!(error(refused.unwrap_err()).reason, "PAYMENT_NOT_FOUND");
        let request = pb::SearchPaymentsRequest::default();
        let refused = admin.search_payments(as_guest(MINE, request)).await;
        assert_eq!(error(refused.unwrap_err()).kind, Kind::PermissionDenied);
    });
}
