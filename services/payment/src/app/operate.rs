//! How an operation goes: reserve in one transaction, send, record in another. Between the two a
//! crash leaves it PENDING, and durable work brings it to its end.

use std::sync::Arc;
use std::time::Duration;

use stoa_api::payment::v1::reason;
use stoa_chassis::Tasks;
use stoa_errors::Error;
use stoa_store::{Committed, Db, Queue, StoreError};
use stoa_types::{Clock, Ctx, Ids, OperationId, PaymentId, boundary, mutant};
use stoa_workflow::{Finish, RunnerHandle};
use tracing::Instrument;

use super::boundaries;
use super::command::{Answer, Command};
use super::inflight::{Inflight, Waiting};
use super::metrics::Metrics;
use super::write::Write;
use crate::config::PaymentSettings;
use crate::domain::{
    Action, ActionKind, Book, Operation, OperationKind, OperationState, Payment, Refusal, Terms,
    Verdict,
};
use crate::provider::{Capabilities, Found, Order, Provider, ProviderError, Reply};
use crate::store::load::{Wanted, load};
use crate::store::read;

/// The time that recording a result may take, whatever is left of the call that asked.
const RECORD: Duration = Duration::from_secs(10);

/// Everything that an operation needs.
#[derive(Clone)]
pub(crate) struct Operations {
    pub(crate) db: Db,
    pub(crate) queue: Queue<Write>,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) tasks: Tasks,
    pub(crate) runner: RunnerHandle,
    pub(crate) inflight: Inflight,
    pub(crate) metrics: Metrics,
    pub(crate) settings: PaymentSettings,
}

/// What a caller is told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) operation: Option<Operation>,
    pub(crate) payment: Option<Payment>,
}

impl Operations {
    /// Makes an operation by `command`, sends it, and tells what is known of it when the caller's
    /// time, less a reserve, is over. The sending goes on without him.
    pub(crate) async fn perform(
        &self,
        ctx: &Ctx,
        kind: OperationKind,
        command: Command,
    ) -> Result<Told, Error> {
        match boundaries::reserve(kind, self.queue.submit(ctx, command)).await? {
            Committed::Replayed { resource } => self.again(ctx, kind, &resource).await,
            Committed::Done(mut answer) => {
                self.after(&answer);
                let sent = answer
                    .send
                    .take()
                    .zip(answer.operation.as_ref().map(|op| op.id));
                let Some((order, id)) = sent else {
                    return Ok(told(answer));
                };
                let waiting = self.start(ctx, id, order);
                match self.wait(ctx, waiting).await {
                    Some(told) => Ok(told),
                    None => self.tell(id).await,
                }
            }
        }
    }

    /// What is known now of what a repeated call made the first time.
    async fn again(&self, ctx: &Ctx, kind: OperationKind, resource: &str) -> Result<Told, Error> {
        let Ok(id) = resource.parse::<OperationId>() else {
            return Ok(Told::default());
        };
        if let Some(waiting) = self.inflight.get(id) {
            self.wait(ctx, waiting).await;
        }
        let Some(book) = self.book(id).await? else {
            return Ok(Told::default());
        };
        let Some(operation) = book.operation(id) else {
            return Ok(Told::default());
        };
        if operation.state == OperationState::Pending
            && operation.workflow_id.is_none()
            && self.inflight.get(id).is_none()
        {
            // Its process died between reserve and result.
            self.submit(ctx, Command::Adopt { operation: id }).await?;
        }
        let undone = kind == OperationKind::Void && operation.kind == OperationKind::Authorize;
        let standing = if undone {
            undoing(&book, operation)
        } else {
            Some(operation)
        };
        Ok(Told {
            operation: standing.cloned(),
            payment: Some(book.payment.clone()),
        })
    }

    /// Sends in a task of its own, which records the result even when the caller is gone.
    fn start(&self, ctx: &Ctx, id: OperationId, order: Order) -> Waiting {
        let (sending, waiting) = self.inflight.begin(id);
        let this = self.clone();
        let ctx = ctx.clone();
        let task = async move {
            let (_, told) = this.send(&ctx, id, &order, None).await;
            if let Some(told) = told {
                sending.end(told);
            }
        };
        self.tasks
            .spawn("payment.operation", task.in_current_span());
        waiting
    }

    /// Sends an operation once and records what came of it; says what is known, and how the books
    /// stand if it could be recorded.
    pub(crate) async fn send(
        &self,
        ctx: &Ctx,
        id: OperationId,
        order: &Order,
        finish: Option<Finish>,
    ) -> (Verdict, Option<Told>) {
        let reply = boundaries::sent(order.kind, self.call(order)).await;
        let verdict = match reply {
            Reply::Done { provider_id } => Verdict::Succeeded { provider_id },
            Reply::Declined { code } => Verdict::Declined { code },
            Reply::Action(action) => Verdict::Action(self.limited(action)),
            Reply::Unknown { why } if mutant!("payment.unknown.failed") => {
                Verdict::Declined { code: why }
            }
            Reply::Unknown { why } => {
                tracing::warn!(operation.id = %id, why, "nothing is known of an operation; it counts as spent until something is");
                Verdict::Unknown
            }
        };
        let finish = finish.filter(|_| verdict.ends());
        let recorded = self.resolve(ctx, id, verdict.clone(), finish);
        match boundaries::result(order.kind, recorded).await {
            Ok(answer) => (verdict, Some(told(answer))),
            Err(error) => {
                tracing::error!(operation.id = %id, %error, causes = error.causes(), "a result could not be recorded; the operation stays as it is until it is asked for");
                (Verdict::Unknown, None)
            }
        }
    }

    /// Records what has become known of an operation.
    pub(crate) async fn resolve(
        &self,
        ctx: &Ctx,
        id: OperationId,
        verdict: Verdict,
        finish: Option<Finish>,
    ) -> Result<Answer, Error> {
        let command = Command::Resolve {
            operation: id,
            verdict,
            undo: OperationId::new(self.ids.as_ref()),
            finish,
        };
        let answer = self.submit(ctx, command).await?;
        if let (Some(payment), Some(operation)) = (&answer.payment, &answer.operation) {
            self.metrics.result(payment, operation);
        }
        Ok(answer)
    }

    /// Carries out a command that nobody's key stands for.
    pub(crate) async fn submit(&self, ctx: &Ctx, command: Command) -> Result<Answer, Error> {
        let ctx = Ctx {
            key: None,
            deadline: self.clock.now().plus(RECORD),
            ..ctx.clone()
        };
        match self.queue.submit(&ctx, command).await? {
            Committed::Done(answer) => {
                self.after(&answer);
                Ok(answer)
            }
            Committed::Replayed { .. } => Ok(Answer::default()),
        }
    }

    /// What follows a commit.
    pub(crate) fn after(&self, answer: &Answer) {
        for workflow in &answer.kick {
            self.runner.kick(*workflow);
        }
        self.metrics.alarms(answer.alarms);
    }

    async fn call(&self, order: &Order) -> Reply {
        match order.kind {
            OperationKind::Authorize if order.sale => self.provider.sale(order).await,
            OperationKind::Authorize => self.provider.authorize(order).await,
            OperationKind::Capture => self.provider.capture(order).await,
            OperationKind::Void => self.provider.void(order).await,
            OperationKind::Refund => self.provider.refund(order).await,
            OperationKind::Credit => self.provider.credit(order).await,
        }
    }

    /// Waits for an answer until the caller's deadline less a fifth of what is left, at least 50 ms.
    async fn wait(&self, ctx: &Ctx, mut waiting: Waiting) -> Option<Told> {
        let left = ctx.remaining(self.clock.now());
        let patience = left.saturating_sub((left / 5).max(Duration::from_millis(50)));
        let answered = waiting.wait_for(Option::is_some);
        // Over time is no error: the caller is told what stands in the books.
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(told)) => told.clone(),
            Ok(Err(_)) | Err(_) => None,
        }
    }

    /// What the customer must do, and until when he may: the provider's time or ours, whichever ends first.
    pub(crate) fn limited(&self, action: Action) -> Action {
        let limit = match action.kind {
            ActionKind::Redirect => self.settings.redirect_limit,
            ActionKind::InApp => self.settings.in_app_limit,
        };
        Action {
            until: action.until.min(self.clock.now().plus(limit)),
            ..action
        }
    }

    /// The customer has come back: asks the provider how the authorisation stands that waits for him.
    pub(crate) async fn confirm(&self, ctx: &Ctx, payment: PaymentId) -> Result<Payment, Error> {
        let command = Command::Confirm { payment };
        let committed = boundary!(
            "payment.confirm.commit",
            self.queue.submit(ctx, command).await
        )?;
        if let Committed::Done(Answer {
            operation: Some(operation),
            ..
        }) = committed
        {
            self.ask(ctx, operation.id).await;
        }
        read::payment(&self.db, payment)
            .await?
            .ok_or_else(|| Refusal::NotFound(payment).into())
    }

    /// Asks how an operation stands and records it. What cannot be asked or recorded now is asked for by durable work.
    async fn ask(&self, ctx: &Ctx, id: OperationId) {
        let reference = id.to_string();
        let asked = self.provider.find_by_reference(&reference);
        let found = boundary!("payment.confirm.lookup", asked.await);
        let verdict = match found {
            Ok(Some(Found::Settled(record))) => record.verdict(),
            Ok(Some(Found::Action(_)) | None) => return,
            Err(error) => {
                tracing::warn!(operation.id = %id, %error, "the provider cannot be asked for a customer who came back; durable work asks");
                return;
            }
        };
        let recorded = self.resolve(ctx, id, verdict, None);
        if let Err(error) = boundary!("payment.confirm.result", recorded.await) {
            tracing::warn!(operation.id = %id, %error, "a result could not be recorded; durable work asks for it");
        }
    }

    /// An operation and its payment as they stand.
    pub(crate) async fn tell(&self, id: OperationId) -> Result<Told, Error> {
        let book = self.book(id).await?;
        Ok(Told {
            operation: book.as_ref().and_then(|book| book.operation(id)).cloned(),
            payment: book.map(|book| book.payment),
        })
    }

    /// The book that an operation stands in.
    pub(crate) async fn book(&self, id: OperationId) -> Result<Option<Book>, StoreError> {
        let wanted = Wanted {
            operations: vec![id.hex()],
            ..Wanted::default()
        };
        let snapshot = self.db.snapshot().await?;
        let mut shelf = load(&snapshot, &wanted).await?;
        Ok(shelf
            .homes
            .get(&id)
            .copied()
            .and_then(|payment| shelf.books.remove(&payment)))
    }

    /// What the provider promises.
    pub(crate) async fn capabilities(&self) -> Result<Capabilities, Error> {
        boundary!(
            "payment.provider.capabilities",
            self.provider.capabilities().await
        )
        .map_err(unreachable)
    }

    /// What the provider allows of an authorisation.
    pub(crate) async fn terms(&self) -> Result<Terms, Error> {
        let capabilities = self.capabilities().await?;
        Ok(Terms {
            multi_capture: capabilities.multi_capture,
            partial_void: capabilities.partial_void,
        })
    }
}

/// What stands for the undoing of an authorisation: its void (of a sale its refund), the authorisation itself while nothing
/// is known of it, or nothing.
fn undoing<'a>(book: &'a Book, undone: &'a Operation) -> Option<&'a Operation> {
    let gives_up = if book.payment.sells_with(undone) {
        OperationKind::Refund
    } else {
        OperationKind::Void
    };
    let void = |op: &&Operation| op.kind == gives_up && op.target == Some(undone.id);
    let standing = book.operations.iter().rev().find(void);
    standing.or_else(|| Some(undone).filter(|op| op.state.is_open()))
}

fn told(answer: Answer) -> Told {
    Told {
        operation: answer.operation,
        payment: answer.payment,
    }
}

/// The provider cannot be asked: nothing was decided, come again.
pub(crate) fn unreachable(error: ProviderError) -> Error {
    Error::new(
        stoa_errors::Kind::Unavailable,
        reason::PROVIDER_UNREACHABLE,
        "the payment provider does not answer",
    )
    .retry(Duration::from_millis(500))
    .caused_by(error)
}
