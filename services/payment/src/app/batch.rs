//! One batch of commands over the loaded books: decided in memory, in arrival order.

use std::collections::HashSet;
use std::sync::Arc;

use stoa_errors::Error;
use stoa_events::NewEvent;
use stoa_store::{Member, Outcome};
use stoa_types::{Ctx, Ids, Money, OperationId, PaymentId, Timestamp, WorkflowId, mutant};
use stoa_workflow::{Finish, NewWorkflow};

use super::command::{Answer, Command, INTENT, NewIntent, Report, create_key};
use super::reconcile;
use crate::domain::{
    Book, Change, Flow, NewOperation, Operation, OperationKind, OperationState, Payment, Refusal,
    Sums, Terms, Verdict,
};
use crate::events;
use crate::provider::Order;
use crate::store::load::{Made, Shelf};

/// What a batch has decided so far.
pub(crate) struct Batch<'a> {
    pub(crate) shelf: Shelf,
    ids: &'a dyn Ids,
    pub(crate) marks: Vec<Operation>,
    pub(crate) events: Vec<(Arc<Ctx>, NewEvent)>,
    pub(crate) workflows: Vec<NewWorkflow>,
    pub(crate) finishes: Vec<Finish>,
    /// Subjects of durable work to wake.
    pub(crate) wake: Vec<String>,
    /// Webhooks that were not heard before.
    pub(crate) fresh_events: HashSet<String>,
    /// Whose webhooks they are.
    provider: &'static str,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(shelf: Shelf, ids: &'a dyn Ids, provider: &'static str) -> Self {
        Self {
            shelf,
            ids,
            marks: Vec::new(),
            events: Vec::new(),
            workflows: Vec::new(),
            finishes: Vec::new(),
            wake: Vec::new(),
            fresh_events: HashSet::new(),
            provider,
        }
    }

    /// Decides one member.
    pub(crate) fn decide(&mut self, member: &Member<Command>) -> Outcome<Answer> {
        let (ctx, now) = (&member.ctx, member.now);
        let decided = match &member.command {
            Command::CreateIntent(new) => self.create_intent(ctx, now, new),
            Command::Reserve {
                payment,
                kind,
                amount,
                terms,
                id,
            } => {
                let wish = Wish {
                    payment: *payment,
                    kind: *kind,
                    amount: *amount,
                    terms: *terms,
                };
                self.reserve(ctx, now, wish, *id)
            }
            Command::Confirm { payment } => self.confirm(ctx, *payment),
            Command::Undo { key, terms, id } => self.undo(ctx, now, key, *terms, *id),
            Command::Resolve {
                operation,
                verdict,
                undo,
                finish,
            } => {
                self.finishes.extend(finish.clone());
                Ok(self.change(ctx, now, *operation, |book| {
                    let undoing = || named(ctx, *undo, None);
                    book.resolve(*operation, verdict, undoing, now);
                    false
                }))
            }
            Command::Settle {
                operation,
                verdict,
                before,
                undo,
            } => self.settle(ctx, now, (*operation, verdict), *before, *undo),
            Command::Report(report) => self.report(ctx, now, report),
            Command::Heard { event, operation } => Ok(self.heard(ctx, now, event, *operation)),
            Command::Resend { operation, limit } => Ok(self.change(ctx, now, *operation, |book| {
                book.resend(*operation, *limit, now)
            })),
            Command::Adopt { operation } => Ok(self.change(ctx, now, *operation, |book| {
                book.drive(*operation);
                false
            })),
            Command::Finish(finish) => {
                self.finishes.push(finish.clone());
                Ok((String::new(), Answer::default()))
            }
        };
        match decided {
            Ok((resource, answer)) => Outcome::Done { resource, answer },
            Err(refusal) => Outcome::Refused(Error::from(refusal)),
        }
    }

    fn create_intent(&mut self, ctx: &Arc<Ctx>, now: Timestamp, new: &NewIntent) -> Decided {
        let key = create_key(ctx, INTENT).unwrap_or_else(|| new.id.to_string());
        if let Some(Made::Payment(id)) = self.shelf.keys.get(&key) {
            let payment = self.shelf.books.get(id).map(|book| book.payment.clone());
            let answer = Answer {
                payment,
                ..Answer::default()
            };
            return Ok((id.to_string(), answer));
        }
        let undone = create_key(ctx, OperationKind::Authorize.name());
        if undone.is_some_and(|key| self.shelf.keys.get(&key) == Some(&Made::Mark)) {
            return Err(Refusal::CanceledBefore);
        }
        let book = Book::create(payment(new, key.clone(), now));
        self.shelf.keys.insert(key, Made::Payment(new.id));
        self.shelf.books.insert(new.id, book);
        let mut answer = Answer::default();
        self.note(ctx, now, new.id, 0, &mut answer);
        answer.payment = self.shelf.books.get(&new.id).map(|b| b.payment.clone());
        Ok((new.id.to_string(), answer))
    }

    fn reserve(&mut self, ctx: &Arc<Ctx>, now: Timestamp, wish: Wish, id: OperationId) -> Decided {
        let Wish {
            payment,
            kind,
            amount,
            terms,
        } = wish;
        let key = create_key(ctx, kind.name());
        match key.as_ref().and_then(|key| self.shelf.keys.get(key)) {
            Some(Made::Mark) => return Err(Refusal::CanceledBefore),
            Some(Made::Operation(made)) => {
                let made = *made;
                return Ok(self.change(ctx, now, made, |_| false));
            }
            Some(Made::Payment(_)) | None => {}
        }
        let book = self
            .shelf
            .books
            .get_mut(&payment)
            .ok_or(Refusal::NotFound(payment))?;
        if amount.is_some_and(|amount| amount.currency != book.payment.currency) {
            return Err(Refusal::Currency(book.payment.currency.code().to_owned()));
        }
        let new = named(ctx, id, key);
        let made = book.reserve(kind, amount.map(|amount| amount.minor), terms, new, now)?;
        self.shelf
            .keys
            .insert(made.create_key.clone(), Made::Operation(id));
        self.shelf.homes.insert(id, payment);
        Ok(self.change(ctx, now, id, |_| true))
    }

    /// What staff know.
    fn settle(
        &mut self,
        ctx: &Arc<Ctx>,
        now: Timestamp,
        (operation, verdict): (OperationId, &Verdict),
        before: Timestamp,
        undo: OperationId,
    ) -> Decided {
        let mut refused = Some(Refusal::NoOperation(operation));
        let changed = self.change(ctx, now, operation, |book| {
            let undoing = || named(ctx, undo, None);
            refused = book.settle(operation, verdict, before, undoing, now).err();
            false
        });
        refused.map_or(Ok(changed), Err)
    }

    /// What the provider did by itself, once.
    fn report(&mut self, ctx: &Arc<Ctx>, now: Timestamp, report: &Report) -> Decided {
        let key = report.create_key();
        if let Some(Made::Operation(made)) = self.shelf.keys.get(&key).copied() {
            return Ok(self.change(ctx, now, made, |_| false));
        }
        let Some(payment) = self.shelf.homes.get(&report.target).copied() else {
            return Err(Refusal::NoOperation(report.target));
        };
        self.shelf
            .keys
            .insert(key.clone(), Made::Operation(report.id));
        self.shelf.homes.insert(report.id, payment);
        Ok(self.change(ctx, now, report.id, |book| {
            let new = NewOperation {
                actor: format!("provider:{}", report.provider),
                ..named(ctx, report.id, Some(key))
            };
            let provider_id = report.provider_id.clone();
            book.report(
                report.kind,
                report.target,
                report.amount,
                provider_id,
                new,
                now,
            );
            false
        }))
    }

    /// A webhook wakes what asks, the first time that it comes.
    fn heard(
        &mut self,
        ctx: &Arc<Ctx>,
        now: Timestamp,
        event: &str,
        operation: Option<OperationId>,
    ) -> (String, Answer) {
        if !self.fresh_events.remove(event) {
            return (String::new(), Answer::default());
        }
        match operation.filter(|id| self.shelf.homes.contains_key(id)) {
            Some(id) => self.change(ctx, now, id, |book| {
                book.drive(id);
                false
            }),
            None => {
                self.wake.push(self.provider.to_owned());
                (String::new(), Answer::default())
            }
        }
    }

    /// Says which authorisation waits for the customer, if one does.
    fn confirm(&self, ctx: &Ctx, payment: PaymentId) -> Decided {
        let book = self.shelf.books.get(&payment);
        let book = book.filter(|book| book.payment.is_confirmed_by(&ctx.principal));
        let book = book.ok_or(Refusal::NotFound(payment))?;
        let answer = Answer {
            payment: Some(book.payment.clone()),
            operation: book.waiting().cloned(),
            ..Answer::default()
        };
        Ok((payment.to_string(), answer))
    }

    fn undo(
        &mut self,
        ctx: &Arc<Ctx>,
        now: Timestamp,
        key: &str,
        terms: Terms,
        id: OperationId,
    ) -> Decided {
        let Some(Made::Operation(undone)) = self.shelf.keys.get(key).copied() else {
            let known = self.shelf.keys.get(key) == Some(&Made::Mark);
            if !known && !mutant!("payment.undo.unmarked") {
                self.marks.push(mark(ctx, key, id, now));
                self.shelf.keys.insert(key.to_owned(), Made::Mark);
            }
            return Ok((String::new(), Answer::default()));
        };
        let state = self
            .shelf
            .home(undone)
            .and_then(|book| book.operation(undone))
            .map(|op| op.state);
        match state {
            Some(OperationState::Pending | OperationState::Unknown) => {
                Ok(self.change(ctx, now, undone, |book| {
                    book.abandon(undone, now);
                    false
                }))
            }
            Some(OperationState::Succeeded) => self.give_up(ctx, now, (undone, terms), id),
            Some(OperationState::Failed | OperationState::Canceled) | None => {
                let (_, mut answer) = self.change(ctx, now, undone, |_| false);
                answer.operation = None;
                Ok((undone.to_string(), answer))
            }
        }
    }

    /// Gives up what is left of a succeeded authorisation, or gives a sale back; one that is given up already stays so.
    fn give_up(
        &mut self,
        ctx: &Arc<Ctx>,
        now: Timestamp,
        (undone, terms): (OperationId, Terms),
        id: OperationId,
    ) -> Decided {
        let key = create_key(ctx, OperationKind::Void.name());
        let book = self.shelf.home(undone);
        let book = book.ok_or(Refusal::CanceledBefore)?;
        let new = named(ctx, id, key);
        let made = match book.payment.flow {
            Flow::AuthorizeCapture => book.reserve_void(undone, terms, new, now),
            Flow::Sale => book.reserve_return(undone, new, now),
        };
        match made {
            Ok(void) => {
                let payment = book.payment.id;
                self.shelf.homes.insert(void.id, payment);
                self.shelf
                    .keys
                    .insert(void.create_key, Made::Operation(void.id));
                Ok(self.change(ctx, now, void.id, |_| true))
            }
            Err(refusal) => match void_of(book, undone) {
                Some(void) => Ok(self.change(ctx, now, void, |_| false)),
                None => Err(refusal),
            },
        }
    }

    /// Changes the book of an operation and answers with both; `change` says whether the operation
    /// is to be sent.
    fn change(
        &mut self,
        ctx: &Arc<Ctx>,
        now: Timestamp,
        id: OperationId,
        change: impl FnOnce(&mut Book) -> bool,
    ) -> (String, Answer) {
        let mut answer = Answer::default();
        let Some(book) = self.shelf.home(id) else {
            return (String::new(), answer);
        };
        let payment = book.payment.id;
        let from = book.changes.len();
        let send = change(book);
        self.note(ctx, now, payment, from, &mut answer);
        if let Some(book) = self.shelf.books.get(&payment) {
            answer.operation = book.operation(id).cloned();
            answer.payment = Some(book.payment.clone());
            answer.send = send.then(|| order(book, id)).flatten();
        }
        (id.to_string(), answer)
    }

    /// Turns what has happened to a book since `from` into events and durable work.
    fn note(
        &mut self,
        ctx: &Arc<Ctx>,
        now: Timestamp,
        payment: PaymentId,
        from: usize,
        answer: &mut Answer,
    ) {
        let Some(book) = self.shelf.books.get_mut(&payment) else {
            return;
        };
        for change in book.changes.iter().skip(from).cloned().collect::<Vec<_>>() {
            match change {
                Change::Created => {
                    book.payment.event_version += 1;
                    let event = events::intent_created(&book.payment);
                    self.events.push((Arc::clone(ctx), event));
                }
                Change::Operation(id) => {
                    book.payment.event_version += 1;
                    if let Some(op) = book.operation(id) {
                        let event = events::operation_changed(&book.payment, op);
                        self.events.push((Arc::clone(ctx), event));
                    }
                }
                Change::Moved(..) => {}
                Change::Alarm(id) => {
                    answer.alarms += 1;
                    book.payment.event_version += 1;
                    if let Some(op) = book.operation(id) {
                        let event = events::alarm_raised(&book.payment, op);
                        self.events.push((Arc::clone(ctx), event));
                    }
                    tracing::error!(operation.id = %id, payment.id = %payment, "the provider reports what our books had not allowed; it is recorded");
                }
                Change::Drive(id) => drive(
                    book,
                    id,
                    (ctx, now, self.ids),
                    &mut self.workflows,
                    &mut self.wake,
                    answer,
                ),
            }
        }
        if book.touched.is_empty() && book.changes.is_empty() {
            return;
        }
        if book.payment.updated_at < now || from < book.changes.len() {
            book.payment.version += 1;
            book.payment.updated_at = now;
        }
    }
}

/// What a call asks to reserve.
#[derive(Clone, Copy)]
struct Wish {
    payment: PaymentId,
    kind: OperationKind,
    amount: Option<Money>,
    terms: Terms,
}

type Decided = Result<(String, Answer), Refusal>;

/// Starts durable work for an operation, or wakes the work that it has.
fn drive(
    book: &mut Book,
    id: OperationId,
    (ctx, now, ids): (&Arc<Ctx>, Timestamp, &dyn Ids),
    workflows: &mut Vec<NewWorkflow>,
    wake: &mut Vec<String>,
    answer: &mut Answer,
) {
    let Some(op) = book.operations.iter_mut().find(|op| op.id == id) else {
        return;
    };
    match op.workflow_id {
        Some(workflow) => {
            wake.push(id.to_string());
            answer.kick.push(workflow);
        }
        None => {
            let workflow = WorkflowId::new(ids);
            op.workflow_id = Some(workflow);
            book.touched.push(id);
            answer.kick.push(workflow);
            workflows.push(reconcile::start(workflow, id, now, ctx));
        }
    }
}

fn named(ctx: &Ctx, id: OperationId, key: Option<String>) -> NewOperation {
    NewOperation {
        id,
        create_key: key.unwrap_or_else(|| id.to_string()),
        actor: ctx.actor(),
        correlation_id: ctx.correlation_id,
        traceparent: ctx.traceparent.clone(),
    }
}

fn payment(new: &NewIntent, create_key: String, now: Timestamp) -> Payment {
    Payment {
        id: new.id,
        kind: new.kind,
        flow: new.flow,
        order_id: new.order_id,
        credit_id: new.credit_id,
        channel_id: new.channel_id,
        owner: new.owner.clone(),
        currency: new.amount.currency,
        amount: new.amount.minor,
        sums: Sums::default(),
        token: Some(new.token.clone()),
        provider: new.provider.to_owned(),
        action: None,
        decline_code: String::new(),
        create_key,
        version: 0,
        event_version: 0,
        created_at: now,
        updated_at: now,
    }
}

/// The mark of an authorisation that was undone before it was seen.
fn mark(ctx: &Ctx, key: &str, id: OperationId, now: Timestamp) -> Operation {
    Operation {
        id,
        payment_id: None,
        kind: OperationKind::Authorize,
        state: OperationState::Canceled,
        amount: 0,
        create_key: key.to_owned(),
        target: None,
        provider_id: None,
        failure_code: String::new(),
        attempts: 0,
        first_sent_at: None,
        last_sent_at: None,
        abandoned: true,
        late: false,
        reported: false,
        workflow_id: None,
        actor: ctx.actor(),
        correlation_id: ctx.correlation_id,
        traceparent: ctx.traceparent.clone(),
        created_at: now,
        updated_at: now,
    }
}

/// The void that gives up an authorisation, or the refund that gives a sale back, unless it failed.
pub(crate) fn void_of(book: &Book, authorization: OperationId) -> Option<OperationId> {
    book.operations
        .iter()
        .rev()
        .find(|op| {
            matches!(op.kind, OperationKind::Void | OperationKind::Refund)
                && op.target == Some(authorization)
                && op.state.counts()
        })
        .map(|op| op.id)
}

/// What to ask of the provider for an operation.
pub(crate) fn order(book: &Book, id: OperationId) -> Option<Order> {
    let op = book.operation(id)?;
    let target = op
        .target
        .and_then(|target| book.operation(target))
        .and_then(|target| target.provider_id.clone());
    Some(Order {
        kind: op.kind,
        sale: book.payment.sells_with(op),
        reference: op.id.to_string(),
        amount: Money {
            minor: op.amount,
            currency: book.payment.currency,
        },
        token: match op.kind {
            OperationKind::Authorize | OperationKind::Credit => book.payment.token.clone(),
            OperationKind::Capture | OperationKind::Void | OperationKind::Refund => None,
        },
        target,
    })
}
