//! The operator's typed ways out, as commands: each with its reason, each in the audit log.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use stoa_api::ops::v1::ListAuditEntriesRequest;
use stoa_api::order::v1::{GetOrderRequest, Order, OrderState};
use stoa_api::payment::v1::ListPaymentOperationsRequest;
use stoa_testkit::{SuiteProcess, Way, binary, eventually};

use crate::shop::{place, quote, stock};

/// Runs a command of the suite in this folder to its end.
fn stoa(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).arg("--data").arg(data);
    command.output().unwrap()
}

fn json(data: &Path, arguments: &[&str]) -> Value {
    let output = stoa(data, &[arguments, &["--format", "json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

/// What a refused command says.
fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = stoa(data, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Ann's order of one mug for 12.50, when it has been decided.
async fn order(suite: &SuiteProcess, token: &str) -> Order {
    let ann = suite.guest_by(Way::Grpc, "ann");
    let quoted = ann.call(quote("default", &[("MUG", 1)])).await.unwrap();
    let quote_id = quoted.quote.unwrap().quote_id;
    let placed = ann.call(place(&quote_id, token)).await.unwrap();
    let order_id = placed.order.unwrap().order_id;
    eventually("a decision", || async {
        let request = GetOrderRequest {
            order_id: order_id.clone(),
            ..GetOrderRequest::default()
        };
        let found = ann.call(request).await.unwrap().order.unwrap();
        (found.state() != OrderState::Pending).then_some(found)
    })
    .await
}

/// What stands in the audit log of a service about this.
async fn entries(suite: &SuiteProcess, service: &str, subject: &str) -> Vec<String> {
    let request = ListAuditEntriesRequest {
        service: service.to_owned(),
        subject: subject.to_owned(),
        ..ListAuditEntriesRequest::default()
    };
    let found = suite.staff_by(Way::Grpc).call(request).await.unwrap();
    let each = found.entries.into_iter();
    each.map(|entry| {
        let verb = entry
            .action
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        format!("{} {verb}: {}", entry.actor, entry.reason)
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_could_not_be_charged_is_settled_by_commands() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let suite = SuiteProcess::start(&data);
    stock(&suite.staff_by(Way::Grpc), "default", "MUG", 1_250, 10).await;
    let held = order(&suite, "tok_capture_declined").await;
    assert_eq!(held.state(), OrderState::OnHold);
    let id = held.order_id.as_str();

    let again = json(
        &data,
        &[
            "order",
            "retry-capture",
            id,
            "--reason",
            "she called her bank",
        ],
    );
    assert_eq!(again["state"], "ON_HOLD");
    let pay = |amount: &'static str, reference: &'static str| {
        let said = [
            "--amount",
            amount,
            "--reference",
            reference,
            "--reason",
            "transfer",
        ];
        [&["order", "mark-paid", id][..], &said].concat()
    };
    let part = json(&data, &pay("12.00 GBP", "TX-1"));
    assert_eq!(part["paid_externally"]["minor_units"], 1_200);
    assert_eq!(part["state"], "ON_HOLD");
    let twice = refused(&data, &pay("0.10 GBP", "TX-1"));
    assert!(
        twice.contains("EXTERNAL_REF_USED") && twice.contains("next: "),
        "{twice}"
    );
    let much = refused(&data, &pay("1.00 GBP", "TX-2"));
    assert!(
        much.contains("AMOUNT_EXCEEDS_DUE") && much.contains("no more than is due"),
        "{much}"
    );
    let off = [
        "order",
        "write-off",
        id,
        "--amount",
        "0.50 GBP",
        "--reason",
        "not worth it",
    ];
    let settled = json(&data, &off);
    assert_eq!(settled["written_off"]["minor_units"], 50);
    assert_eq!(settled["state"], "CONFIRMED");
    assert_eq!(
        entries(&suite, "order", id).await,
        [
            "staff:operator WriteOff: not worth it",
            "staff:operator MarkPaidExternally: transfer",
            "staff:operator RetryCapture: she called her bank",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_canceled_by_a_command_and_what_cannot_be_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let suite = SuiteProcess::start(&data);
    stock(&suite.staff_by(Way::Grpc), "default", "MUG", 1_250, 10).await;
    let placed = order(&suite, "tok_approve").await;
    let id = placed.order_id.as_str();
    let cancel = ["order", "cancel", id, "--reason", "ordered twice"];
    let canceled = json(&data, &cancel);
    assert!(matches!(
        canceled["state"].as_str(),
        Some("CANCELED" | "CANCELING")
    ));
    let told = entries(&suite, "order", id).await;
    assert_eq!(told, ["staff:operator CancelOrder: ordered twice"]);

    let unknown = "ord_01jd6xq7y2e3p8v5k9t4m6s0ab";
    let none = refused(&data, &["order", "cancel", unknown, "--reason", "x"]);
    assert!(
        none.contains("ORDER_NOT_FOUND") && none.contains("next: check the id"),
        "{none}"
    );
    for wordless in [
        &["order", "cancel", id][..],
        &["order", "cancel", id, "--reason", ""],
    ] {
        assert_eq!(
            stoa(&data, wordless).status.code(),
            Some(64),
            "{wordless:?}"
        );
    }

    // What is decided already is not resolved by anybody's word.
    let request = ListPaymentOperationsRequest {
        payment_id: placed.payment_ids[0].clone(),
        ..ListPaymentOperationsRequest::default()
    };
    let found = suite.staff_by(Way::Grpc).call(request).await.unwrap();
    let operation = found.operations[0].operation_id.as_str();
    let resolve = [
        "payment",
        "resolve",
        operation,
        "--as",
        "failed",
        "--reason",
        "never seen",
    ];
    let said = refused(&data, &resolve);
    assert!(
        said.contains("OPERATION_STATE") && said.contains("next: "),
        "{said}"
    );
    let bare = [
        "payment",
        "resolve",
        operation,
        "--as",
        "succeeded",
        "--reason",
        "seen",
    ];
    assert_eq!(stoa(&data, &bare).status.code(), Some(64));
}
