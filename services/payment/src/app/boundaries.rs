//! The named durable boundaries of an operation: where a test build dies. One name per kind and
//! step, each written out, so that a search finds it.

use std::future::Future;

use stoa_types::boundary;

use crate::domain::OperationKind;

/// The commit that reserves.
pub(crate) async fn reserve<T>(kind: OperationKind, commit: impl Future<Output = T>) -> T {
    match kind {
        OperationKind::Authorize => boundary!("payment.authorise.reserve", commit.await),
        OperationKind::Capture => boundary!("payment.capture.reserve", commit.await),
        OperationKind::Void => boundary!("payment.void.reserve", commit.await),
        OperationKind::Refund => boundary!("payment.refund.reserve", commit.await),
        OperationKind::Credit => boundary!("payment.credit.reserve", commit.await),
    }
}

/// The call to the provider.
pub(crate) async fn sent<T>(kind: OperationKind, call: impl Future<Output = T>) -> T {
    match kind {
        OperationKind::Authorize => boundary!("payment.authorise.sent", call.await),
        OperationKind::Capture => boundary!("payment.capture.sent", call.await),
        OperationKind::Void => boundary!("payment.void.sent", call.await),
        OperationKind::Refund => boundary!("payment.refund.sent", call.await),
        OperationKind::Credit => boundary!("payment.credit.sent", call.await),
    }
}

/// The commit that records what came of it.
pub(crate) async fn result<T>(kind: OperationKind, commit: impl Future<Output = T>) -> T {
    match kind {
        OperationKind::Authorize => boundary!("payment.authorise.result", commit.await),
        OperationKind::Capture => boundary!("payment.capture.result", commit.await),
        OperationKind::Void => boundary!("payment.void.result", commit.await),
        OperationKind::Refund => boundary!("payment.refund.result", commit.await),
        OperationKind::Credit => boundary!("payment.credit.result", commit.await),
    }
}
