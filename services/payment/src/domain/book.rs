//! One payment with all its operations: the only place where sums move. What may be asked of it
//! stands in `room.rs`.
//!
//! An operation reserves its amount when it is made ([`Book::reserve`]) and moves or gives it back
//! when something becomes known ([`Book::resolve`]); a success that comes after we gave up is
//! recorded and undone in the same step.

use stoa_types::{OperationId, Timestamp, Uuid};

use super::ledger::{self, Leg};
use super::verdict::NEVER_ARRIVED;
use super::{Operation, OperationKind, OperationState, Payment, PaymentState};
use super::{Refusal, Terms, Verdict};

/// Who makes an operation, and under which names.
#[derive(Clone, Debug)]
pub(crate) struct NewOperation {
    pub(crate) id: OperationId,
    /// Scope and request id of the call.
    pub(crate) create_key: String,
    pub(crate) actor: String,
    pub(crate) correlation_id: Uuid,
    pub(crate) traceparent: Option<String>,
}

/// What happened to a book, in order; the events and the ledger are made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The intent was made.
    Created,
    /// The operation came to an end or became UNKNOWN.
    Operation(OperationId),
    /// Money moved.
    Moved(OperationId, [Leg; 2]),
    /// The operation must be brought to an end by durable work.
    Drive(OperationId),
    /// A fact broke a sum; it stands, and somebody must look.
    Alarm(OperationId),
}

/// A payment, its operations in the order they were made, and what has changed since it was loaded.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) payment: Payment,
    pub(crate) operations: Vec<Operation>,
    pub(crate) changes: Vec<Change>,
    /// Whether the payment itself is new.
    pub(crate) fresh: bool,
    /// Operations that are new.
    pub(crate) made: Vec<OperationId>,
    /// Operations to write, the new ones among them.
    pub(crate) touched: Vec<OperationId>,
}

impl Book {
    /// A book as loaded.
    pub(crate) fn new(payment: Payment, operations: Vec<Operation>) -> Self {
        Self {
            payment,
            operations,
            changes: Vec::new(),
            fresh: false,
            made: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// The book of a new intent.
    pub(crate) fn create(payment: Payment) -> Self {
        let mut book = Self::new(payment, Vec::new());
        book.fresh = true;
        book.changes.push(Change::Created);
        book
    }

    /// The operation `id`.
    pub(crate) fn operation(&self, id: OperationId) -> Option<&Operation> {
        self.operations.iter().find(|op| op.id == id)
    }

    /// Makes the operation of `kind` and reserves its amount. `amount` is what is asked for; an
    /// authorisation and a credit take the whole intent.
    pub(crate) fn reserve(
        &mut self,
        kind: OperationKind,
        amount: Option<i64>,
        terms: Terms,
        new: NewOperation,
        now: Timestamp,
    ) -> Result<Operation, Refusal> {
        let (amount, target) = match kind {
            OperationKind::Authorize => (self.may_authorize()?, None),
            OperationKind::Credit => (self.may_credit()?, None),
            OperationKind::Capture => self.may_capture(amount.unwrap_or_default(), terms)?,
            OperationKind::Refund => self.may_refund(amount.unwrap_or_default())?,
            OperationKind::Void => self.may_void(None, terms)?,
        };
        Ok(self.open(kind, amount, target, new, (now, Some(now))))
    }

    /// Gives up what is left of the authorisation `target`, as a new operation; refused when there
    /// is nothing left.
    pub(crate) fn reserve_void(
        &mut self,
        target: OperationId,
        terms: Terms,
        new: NewOperation,
        now: Timestamp,
    ) -> Result<Operation, Refusal> {
        let (amount, target) = self.may_void(Some(target), terms)?;
        Ok(self.open(OperationKind::Void, amount, target, new, (now, Some(now))))
    }

    /// Nobody wants the operation any more: it is not sent again, and undone should it have
    /// happened. False when it had already come to its end.
    pub(crate) fn abandon(&mut self, id: OperationId, now: Timestamp) -> bool {
        let Some(op) = self.operations.iter_mut().find(|op| op.id == id) else {
            return false;
        };
        if !op.state.is_open() {
            return false;
        }
        if !op.abandoned {
            op.abandoned = true;
            op.updated_at = now;
            self.touched.push(id);
            self.changes.push(Change::Drive(id));
        }
        true
    }

    /// Asks for durable work that brings the operation to an end, if it has not come to one.
    pub(crate) fn drive(&mut self, id: OperationId) {
        if self.operation(id).is_some_and(|op| op.state.is_open()) {
            self.changes.push(Change::Drive(id));
        }
    }

    /// The authorisation that waits for the customer.
    pub(crate) fn waiting(&self) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|op| self.payment.waits_with(op))
    }

    /// Gives back what is left of a sale, as a new operation; refused when there is nothing left.
    pub(crate) fn reserve_return(
        &mut self,
        sale: OperationId,
        new: NewOperation,
        now: Timestamp,
    ) -> Result<Operation, Refusal> {
        let left = self.refundable_of(sale).min(self.payment.sums.refundable());
        if left <= 0 {
            return Err(Refusal::State(self.payment.state()));
        }
        Ok(self.open(
            OperationKind::Refund,
            left,
            Some(sale),
            new,
            (now, Some(now)),
        ))
    }

    /// Notes that the operation is about to be sent again; false when it may not be: it is known,
    /// nobody wants it, or it was sent often enough.
    pub(crate) fn resend(&mut self, id: OperationId, limit: i32, now: Timestamp) -> bool {
        let Some(op) = self.operations.iter_mut().find(|op| op.id == id) else {
            return false;
        };
        if !op.state.is_open() || op.abandoned || op.attempts >= limit {
            return false;
        }
        op.attempts += 1;
        op.first_sent_at = op.first_sent_at.or(Some(now));
        op.last_sent_at = Some(now);
        op.updated_at = now;
        self.touched.push(id);
        true
    }

    /// Records what has become known. What contradicts a success, and what is known already,
    /// changes nothing.
    ///
    /// `undo` names the operation that undoes a success which nobody wants any more.
    pub(crate) fn resolve(
        &mut self,
        id: OperationId,
        verdict: &Verdict,
        undo: impl FnOnce() -> NewOperation,
        now: Timestamp,
    ) {
        let Some(before) = self.operation(id).cloned() else {
            return;
        };
        let Some(after) = outcome(&before, verdict, now) else {
            return;
        };
        if !self.note_action(&before, verdict) {
            return;
        }
        if before.state.is_open() && !after.state.is_open() {
            self.give_back(before.kind, before.amount);
        }
        if after.state == OperationState::Succeeded {
            self.take(&after);
        }
        let unwanted = after.late || (after.abandoned && after.state == OperationState::Succeeded);
        if after.state == OperationState::Failed && before.state.is_open() {
            self.note_failure(&after, verdict);
        }
        if after.state == OperationState::Unknown && after.workflow_id.is_none() {
            self.changes.push(Change::Drive(id));
        }
        self.put(after.clone());
        self.changes.push(Change::Operation(id));
        let moves = if self.payment.sells_with(&after) {
            OperationKind::Capture
        } else {
            after.kind
        };
        if after.state == OperationState::Succeeded
            && let Some(legs) = ledger::legs(moves, after.amount)
        {
            self.changes.push(Change::Moved(id, legs));
        }
        if unwanted {
            self.undo(&after, undo(), now);
        }
        self.forget_token();
    }

    /// Records what the provider did by itself: it stands, whatever sum it breaks, and somebody must look.
    pub(crate) fn report(
        &mut self,
        kind: OperationKind,
        target: OperationId,
        amount: i64,
        provider_id: String,
        new: NewOperation,
        now: Timestamp,
    ) {
        let operation = Operation {
            state: OperationState::Succeeded,
            provider_id: Some(provider_id),
            reported: true,
            ..self.draft(kind, amount, Some(target), new, (now, None))
        };
        let id = operation.id;
        self.take(&operation);
        self.add(operation);
        self.changes.push(Change::Operation(id));
        if let Some(legs) = ledger::legs(kind, amount) {
            self.changes.push(Change::Moved(id, legs));
        }
        if !self.changes.contains(&Change::Alarm(id)) {
            self.changes.push(Change::Alarm(id));
        }
    }

    /// Records what staff know of an operation that was last sent before `before`, or writes an undo off that the provider refuses.
    pub(crate) fn settle(
        &mut self,
        id: OperationId,
        verdict: &Verdict,
        before: Timestamp,
        undo: impl FnOnce() -> NewOperation,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let op = self.operation(id).ok_or(Refusal::NoOperation(id))?;
        let written_off = op.state == OperationState::Failed && self.owes(op);
        let succeeded = matches!(verdict, Verdict::Succeeded { .. });
        if written_off && !succeeded {
            self.write_off(id, now);
            return Ok(());
        }
        if !op.state.is_open() || self.payment.waits_with(op) {
            return Err(Refusal::Operation(op.state));
        }
        let sent = op.last_sent_at.unwrap_or(op.created_at);
        if sent >= before {
            let settled = sent.micros().saturating_sub(before.micros());
            let settled = now.micros().saturating_add(settled);
            return Err(Refusal::Settling(Timestamp::from_micros(settled)));
        }
        self.resolve(id, verdict, undo, now);
        self.drive_end(id);
        Ok(())
    }

    /// Nobody waits any more for an undo that failed.
    fn write_off(&mut self, id: OperationId, now: Timestamp) {
        if let Some(op) = self.operations.iter_mut().find(|op| op.id == id) {
            op.abandoned = true;
            op.updated_at = now;
            self.touched.push(id);
        }
        self.drive_end(id);
    }

    /// Wakes the work of an operation that has come to its end by another hand.
    fn drive_end(&mut self, id: OperationId) {
        if self
            .operation(id)
            .is_some_and(|op| op.workflow_id.is_some())
        {
            self.changes.push(Change::Drive(id));
        }
    }

    /// Whether the operation gives back what nobody wants.
    pub(crate) fn undoes(&self, op: &Operation) -> bool {
        let undone = op.target.and_then(|target| self.operation(target));
        undone.is_some_and(|target| target.abandoned || target.late)
    }

    /// Whether a failed void or refund was to undo what nobody wants, and that still stands.
    pub(crate) fn owes(&self, op: &Operation) -> bool {
        let left = op.target.is_some_and(|target| match op.kind {
            OperationKind::Void => self.open_of(target) > 0,
            OperationKind::Refund => self.refundable_of(target) > 0,
            OperationKind::Authorize | OperationKind::Capture | OperationKind::Credit => false,
        });
        op.state == OperationState::Failed && !op.abandoned && self.undoes(op) && left
    }

    /// Makes the operation that gives back what nobody wants: a void of an authorisation, a refund
    /// of a capture. What cannot be undone raises an alarm.
    fn undo(&mut self, unwanted: &Operation, new: NewOperation, now: Timestamp) {
        let undone = match unwanted.kind {
            OperationKind::Authorize if !self.payment.sells_with(unwanted) => {
                let open = self.open_of(unwanted.id);
                (open > 0).then_some((OperationKind::Void, open))
            }
            OperationKind::Authorize | OperationKind::Capture => {
                let left = self.refundable_of(unwanted.id);
                (left > 0).then_some((OperationKind::Refund, left))
            }
            OperationKind::Void | OperationKind::Refund | OperationKind::Credit => None,
        };
        match undone {
            Some((kind, amount)) => {
                let id = new.id;
                self.open(kind, amount, Some(unwanted.id), new, (now, None));
                self.changes.push(Change::Drive(id));
            }
            None => self.changes.push(Change::Alarm(unwanted.id)),
        }
    }

    /// `sent` is the time from which it may have been sent; none when durable work will send it.
    fn open(
        &mut self,
        kind: OperationKind,
        amount: i64,
        target: Option<OperationId>,
        new: NewOperation,
        (now, sent): (Timestamp, Option<Timestamp>),
    ) -> Operation {
        *self.pending_sum(kind) += amount;
        // Only what undoes a fact that we had not allowed may need this.
        self.payment.sums.absorb(self.payment.amount);
        let operation = self.draft(kind, amount, target, new, (now, sent));
        self.add(operation.clone());
        operation
    }

    fn draft(
        &self,
        kind: OperationKind,
        amount: i64,
        target: Option<OperationId>,
        new: NewOperation,
        (now, sent): (Timestamp, Option<Timestamp>),
    ) -> Operation {
        Operation {
            id: new.id,
            payment_id: Some(self.payment.id),
            kind,
            state: OperationState::Pending,
            amount,
            create_key: new.create_key,
            target,
            provider_id: None,
            failure_code: String::new(),
            attempts: i32::from(sent.is_some()),
            first_sent_at: sent,
            last_sent_at: sent,
            abandoned: false,
            late: false,
            reported: false,
            workflow_id: None,
            actor: new.actor,
            correlation_id: new.correlation_id,
            traceparent: new.traceparent,
            created_at: now,
            updated_at: now,
        }
    }

    fn add(&mut self, operation: Operation) {
        self.made.push(operation.id);
        self.touched.push(operation.id);
        self.operations.push(operation);
    }

    fn pending_sum(&mut self, kind: OperationKind) -> &mut i64 {
        let sums = &mut self.payment.sums;
        match kind {
            OperationKind::Authorize => &mut sums.authorize_pending,
            OperationKind::Capture => &mut sums.capture_pending,
            OperationKind::Void => &mut sums.void_pending,
            OperationKind::Refund => &mut sums.refund_pending,
            OperationKind::Credit => &mut sums.credit_pending,
        }
    }

    fn give_back(&mut self, kind: OperationKind, amount: i64) {
        *self.pending_sum(kind) -= amount;
    }

    fn take(&mut self, op: &Operation) {
        let sells = self.payment.sells_with(op);
        let sums = &mut self.payment.sums;
        let sum = match op.kind {
            OperationKind::Authorize => &mut sums.authorized,
            OperationKind::Capture => &mut sums.captured,
            OperationKind::Void => &mut sums.voided,
            OperationKind::Refund => &mut sums.refunded,
            OperationKind::Credit => &mut sums.credited,
        };
        *sum += op.amount;
        if sells {
            sums.captured += op.amount;
        }
        if sums.absorb(self.payment.amount) {
            self.changes.push(Change::Alarm(op.id));
        }
    }

    /// Keeps what the customer must do, as long as it is not known how his authorisation ended; false when that is known already.
    fn note_action(&mut self, before: &Operation, verdict: &Verdict) -> bool {
        if before.kind != OperationKind::Authorize {
            return true;
        }
        if let Verdict::Action(action) = verdict {
            let known = before.state == OperationState::Unknown
                && self.payment.action.as_ref() == Some(action);
            self.payment.action = Some(action.clone());
            return !known;
        }
        if before.state.is_open() && verdict.ends() {
            self.payment.action = None;
        }
        true
    }

    /// A decline of what the intent wants is the intent's own; that it never arrived is not.
    fn note_failure(&mut self, op: &Operation, verdict: &Verdict) {
        let first = matches!(op.kind, OperationKind::Authorize | OperationKind::Credit);
        if first && let Verdict::Declined { code } = verdict {
            self.payment.decline_code.clone_from(code);
        }
    }

    /// The token is kept only while an authorisation or a credit may still have to be sent.
    fn forget_token(&mut self) {
        let wanted = matches!(
            self.payment.state(),
            PaymentState::Created | PaymentState::Processing | PaymentState::RequiresAction
        );
        if !wanted || self.operations.iter().any(|op| op.abandoned) {
            self.payment.token = None;
        }
    }

    fn put(&mut self, operation: Operation) {
        self.touched.push(operation.id);
        if let Some(slot) = self.operations.iter_mut().find(|op| op.id == operation.id) {
            *slot = operation;
        }
    }
}

/// The operation after `verdict`; `None` where it changes nothing.
fn outcome(before: &Operation, verdict: &Verdict, now: Timestamp) -> Option<Operation> {
    let mut after = before.clone();
    after.updated_at = now;
    match (before.state, verdict) {
        (OperationState::Succeeded, _) | (OperationState::Unknown, Verdict::Unknown) => {
            return None;
        }
        (OperationState::Pending | OperationState::Unknown, Verdict::Succeeded { provider_id }) => {
            after.state = OperationState::Succeeded;
            after.provider_id = Some(provider_id.clone());
        }
        (OperationState::Pending, Verdict::Unknown)
        | (OperationState::Pending | OperationState::Unknown, Verdict::Action(_)) => {
            after.state = OperationState::Unknown;
        }
        (OperationState::Pending | OperationState::Unknown, Verdict::Declined { code }) => {
            after.state = OperationState::Failed;
            after.failure_code.clone_from(code);
        }
        (OperationState::Pending | OperationState::Unknown, Verdict::NeverArrived) => {
            after.state = OperationState::Failed;
            NEVER_ARRIVED.clone_into(&mut after.failure_code);
        }
        (OperationState::Failed | OperationState::Canceled, Verdict::Succeeded { provider_id }) => {
            after.state = OperationState::Succeeded;
            after.provider_id = Some(provider_id.clone());
            after.late = true;
        }
        (OperationState::Failed | OperationState::Canceled, _) => return None,
    }
    Some(after)
}
