//! payment.*: wakes the work that waits for a payment, which then asks. Nothing is believed that an event says.

use stoa_api::payment::v1::{OperationState, PaymentOperationChanged};
use stoa_events::{ConsumeError, Consumer, Envelope, Mode};
use stoa_store::{BoxFuture, Tx};

/// The consumer.
#[derive(Debug)]
pub(crate) struct PaymentChanged;

impl Consumer for PaymentChanged {
    fn name(&self) -> &'static str {
        "order.payment_changed"
    }

    fn listens(&self) -> &[&'static str] {
        &["stoa.payment.v1.PaymentOperationChanged"]
    }

    fn mode(&self) -> Mode {
        Mode::Any
    }

    fn handle<'a>(
        &'a self,
        tx: &'a Tx,
        events: &'a [Envelope],
    ) -> BoxFuture<'a, Result<(), ConsumeError>> {
        Box::pin(async move {
            let mut waiting = Vec::new();
            for event in events {
                let changed: PaymentOperationChanged = event.decode()?;
                if changed.state() == OperationState::Unknown {
                    // Nothing has become known, so there is nothing to ask for.
                    continue;
                }
                let subject = if changed.order_id.is_empty() {
                    changed.credit_id
                } else {
                    changed.order_id
                };
                if !subject.is_empty() {
                    waiting.push(subject);
                }
            }
            stoa_workflow::wake(tx, &waiting).await?;
            Ok(())
        })
    }
}
