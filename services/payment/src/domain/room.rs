//! How much room a book has left: what may be authorised, taken, given up, given back. What is pending
//! or unknown counts as spent.

use stoa_types::{OperationId, mutant};

use super::{
    Book, Flow, IntentKind, Operation, OperationKind, OperationState, PaymentState, Refusal,
};

/// What the provider allows of an authorisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Whether it may be captured more than once.
    pub(crate) multi_capture: bool,
    /// Whether what is left of it may be given up once some was captured.
    pub(crate) partial_void: bool,
}

/// An amount, and the operation that it is taken of.
type Share = (i64, Option<OperationId>);

impl Book {
    pub(super) fn may_authorize(&self) -> Result<i64, Refusal> {
        match (self.payment.kind, self.payment.state()) {
            (IntentKind::Payment, PaymentState::Created) if self.payment.token.is_some() => {
                Ok(self.payment.amount)
            }
            (_, state) => Err(Refusal::State(state)),
        }
    }

    pub(super) fn may_credit(&self) -> Result<i64, Refusal> {
        match (self.payment.kind, self.payment.state()) {
            (IntentKind::Credit, PaymentState::Created) => Ok(self.payment.amount),
            (_, state) => Err(Refusal::State(state)),
        }
    }

    pub(super) fn may_capture(&self, amount: i64, terms: Terms) -> Result<Share, Refusal> {
        if !terms.multi_capture && self.spent_on_captures() > 0 {
            return Err(Refusal::State(self.payment.state()));
        }
        let left = |op: &Operation| self.open_of(op.id).min(self.payment.sums.open());
        self.bear(&[OperationKind::Authorize], amount, left)
            .map_err(|available| Refusal::ExceedsAuthorized { available })
    }

    pub(super) fn may_refund(&self, amount: i64) -> Result<Share, Refusal> {
        let left = |op: &Operation| self.refundable_of(op.id).min(self.sums_refundable());
        let takers: &[OperationKind] = match self.payment.flow {
            Flow::AuthorizeCapture => &[OperationKind::Capture],
            Flow::Sale => &[OperationKind::Authorize],
        };
        self.bear(takers, amount, left)
            .map_err(|available| Refusal::ExceedsCaptured { available })
    }

    /// What was captured or may be about to.
    const fn spent_on_captures(&self) -> i64 {
        self.payment.sums.captured + self.payment.sums.capture_pending
    }

    /// What the sums leave to give back.
    fn sums_refundable(&self) -> i64 {
        let sums = &self.payment.sums;
        if mutant!("payment.pending.free") {
            return sums.refundable() + sums.refund_pending;
        }
        sums.refundable()
    }

    pub(super) fn may_void(
        &self,
        target: Option<OperationId>,
        terms: Terms,
    ) -> Result<Share, Refusal> {
        if !terms.partial_void && self.spent_on_captures() > 0 {
            return Err(Refusal::State(self.payment.state()));
        }
        self.operations
            .iter()
            .filter(|op| target.is_none_or(|target| op.id == target))
            .filter(|op| op.kind == OperationKind::Authorize)
            .map(|op| (self.open_of(op.id).min(self.payment.sums.open()), op.id))
            .filter(|(open, _)| *open > 0)
            .max()
            .map(|(open, id)| (open, Some(id)))
            .ok_or_else(|| Refusal::State(self.payment.state()))
    }

    /// The first succeeded operation of the kinds with `amount` left, else what the largest has left.
    fn bear(
        &self,
        kinds: &[OperationKind],
        amount: i64,
        left: impl Fn(&Operation) -> i64,
    ) -> Result<Share, i64> {
        let mut largest = 0;
        for op in &self.operations {
            if !kinds.contains(&op.kind) || op.state != OperationState::Succeeded {
                continue;
            }
            let here = left(op);
            if here >= amount {
                return Ok((amount, Some(op.id)));
            }
            largest = largest.max(here);
        }
        Err(largest)
    }

    /// What of a succeeded authorisation is neither taken nor given up, nor may be about to.
    pub(crate) fn open_of(&self, authorization: OperationId) -> i64 {
        self.left_of(
            authorization,
            &[OperationKind::Capture, OperationKind::Void],
        )
    }

    /// What of a succeeded capture is not given back, nor may be about to.
    pub(crate) fn refundable_of(&self, capture: OperationId) -> i64 {
        self.left_of(capture, &[OperationKind::Refund])
    }

    fn left_of(&self, target: OperationId, spenders: &[OperationKind]) -> i64 {
        let Some(op) = self.operation(target) else {
            return 0;
        };
        if op.state != OperationState::Succeeded {
            return 0;
        }
        let spent: i64 = self
            .operations
            .iter()
            .filter(|by| by.target == Some(target) && counts(by.state))
            .filter(|by| spenders.contains(&by.kind))
            .map(|by| by.amount)
            .sum();
        op.amount - spent
    }
}

/// Whether an operation's amount counts as spent.
fn counts(state: OperationState) -> bool {
    if mutant!("payment.pending.free") {
        return state == OperationState::Succeeded;
    }
    state.counts()
}
