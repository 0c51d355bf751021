//! The one writer of orders: accepts quotes and applies decisions, many calls to a transaction.
//!
//! A batch loads every row it needs in one statement per table, decides in memory in arrival order with the pure
//! functions of [`domain`](crate::domain), and writes the net effect: one statement per table again, whatever the
//! size of the batch. A refusal is an answer to one member and never fails the others.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use stoa_api::order::v1::{Order, OrderSource, Quote, Return, reason};
use stoa_errors::{Error, Kind};
use stoa_events::NewEvent;
use stoa_store::{Apply, BoxFuture, Member, Outcome, StoreError, Tx};
use stoa_types::{ChannelId, Ctx, Ids, OrderId, QuoteId, ReturnId, Timestamp, WorkflowId};
use stoa_workflow::{Advance, Finish, NewWorkflow, Runner};

use super::batch::Batch;
use crate::domain::checkout::Acceptance;
use crate::domain::event::Event;

/// A change of one order.
pub(crate) enum Command {
    /// Turns a quote into an order.
    Accept(Box<Accept>),
    /// Decides on an order that exists.
    Change(Box<Change>),
}

/// Who may see what a command names.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// Its owner alone; anybody else is told that it does not exist.
    Owner(String),
    /// Staff, and the service's own work.
    Any,
}

impl Access {
    pub(crate) fn allows(&self, owner: &str) -> bool {
        match self {
            Self::Owner(scope) => scope == owner,
            Self::Any => true,
        }
    }
}

/// Turns a quote into an order, with the workflow that serves it.
pub(crate) struct Accept {
    pub(crate) access: Access,
    /// Only staff's own kind of quote, whose prices and date staff chose.
    pub(crate) staff_quote: bool,
    pub(crate) quote_id: QuoteId,
    pub(crate) order_id: OrderId,
    pub(crate) source: OrderSource,
    pub(crate) external_ref: String,
    /// Where the goods go; empty: as the quote says.
    pub(crate) country_code: String,
    pub(crate) payment_token: String,
    pub(crate) contact: Option<Contact>,
}

/// Who gets an order and where: kept apart from it.
pub(crate) struct Contact {
    pub(crate) email: String,
    pub(crate) address: Option<stoa_api::type_::v1::Address>,
}

/// A decision about an order, made inside the transaction on the row that it locks.
pub(crate) type Decide = Box<dyn Fn(&Seen<'_>) -> Result<Decision, Error> + Send + Sync + 'static>;

/// What a decision sees.
pub(crate) struct Seen<'a> {
    pub(crate) order: &'a Order,
    /// The return that the command names.
    pub(crate) returned: Option<&'a Return>,
    /// All returns of the order, where the command makes a new one.
    pub(crate) returns: Vec<&'a Return>,
    /// The kinds of its work that go on, where the command asks for that.
    pub(crate) live: &'a BTreeSet<String>,
    /// The return of this order that has the command's external reference already.
    pub(crate) external_return: Option<ReturnId>,
    pub(crate) now: Timestamp,
}

/// What a decision wants written.
#[derive(Default)]
pub(crate) struct Decision {
    pub(crate) events: Vec<Event>,
    pub(crate) returned: Option<Return>,
    pub(crate) starts: Vec<Start>,
    /// Where an event of it sends the customer: beside the events, since whoever has it can act for him.
    pub(crate) action_uri: String,
}

/// Work that a decision starts.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) id: WorkflowId,
    pub(crate) kind: &'static str,
    pub(crate) version: u16,
    pub(crate) subject: String,
    pub(crate) step: &'static str,
    pub(crate) state: serde_json::Value,
}

/// Decides on an order that exists.
pub(crate) struct Change {
    pub(crate) access: Access,
    pub(crate) order_id: OrderId,
    pub(crate) return_id: Option<ReturnId>,
    /// Decides among all returns of the order, to make a new one with this external reference; empty: without one.
    pub(crate) new_return: Option<String>,
    /// Asks which work of the order goes on.
    pub(crate) asks_live: bool,
    pub(crate) decide: Decide,
    /// Why, in the words of who asks; kept beside the events, which name nobody. Empty: he did not say.
    pub(crate) note: String,
    /// What becomes of the workflow that asks.
    pub(crate) work: Option<WorkOp>,
    /// What a replay of the request names: the order, or the return.
    pub(crate) resource: String,
}

/// What becomes of the workflow that asks for a change.
#[derive(Clone, Debug)]
pub(crate) enum WorkOp {
    /// It goes on at another step.
    Advance(Advance),
    /// It is done.
    Finish(Finish),
}

/// What a command leads to.
///
/// Also the answer of callers who joined this one under the same key: what they drew up themselves is not in it, so
/// they go by what stands here.
#[derive(Clone, Debug)]
pub(crate) struct Changed {
    pub(crate) order: Arc<Order>,
    /// What was made or changed: the order, or its fulfilment or return.
    pub(crate) resource: String,
    /// What happened to it.
    pub(crate) events: Arc<[Event]>,
    /// Work that was started and is to be kicked; what the caller waits for is the first.
    pub(crate) started: Vec<WorkflowId>,
}

/// The writer.
pub(crate) struct Orders {
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) runner: Runner,
}

impl fmt::Debug for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Orders").finish_non_exhaustive()
    }
}

impl Apply for Orders {
    type Command = Command;
    type Answer = Changed;
    const NAME: &'static str = "order.change";

    fn weight(&self, command: &Command) -> usize {
        match command {
            // Key, event, order, quote, contact, workflow; the lines stand in one row.
            Command::Accept(_) => 6,
            // Event, order, return, workflow.
            Command::Change(_) => 4,
        }
    }

    fn apply<'a>(
        &'a self,
        tx: &'a Tx,
        members: &'a [Member<Command>],
    ) -> BoxFuture<'a, Result<Vec<Outcome<Changed>>, StoreError>> {
        Box::pin(async move {
            let mut batch = Batch::load(tx, &Wanted::of(members)).await?;
            let mut outcomes = Vec::with_capacity(members.len());
            for member in members {
                outcomes.push(match self.decide(&mut batch, member) {
                    Ok((resource, answer)) => Outcome::Done { resource, answer },
                    // Something is broken and the batch may be half changed: nothing of it is written.
                    Err(error) if error.kind == Kind::Internal => return Err(error.into()),
                    Err(refusal) => Outcome::Refused(refusal),
                });
            }
            batch.write(tx, &self.runner, self.ids.as_ref()).await?;
            Ok(outcomes)
        })
    }
}

impl Orders {
    fn decide(
        &self,
        batch: &mut Batch,
        member: &Member<Command>,
    ) -> Result<(String, Changed), Error> {
        match &member.command {
            Command::Accept(accept) => Self::accept(batch, member, accept),
            Command::Change(change) => Self::change(batch, member, change),
        }
    }

    fn accept(
        batch: &mut Batch,
        member: &Member<Command>,
        accept: &Accept,
    ) -> Result<(String, Changed), Error> {
        let quote = batch.usable_quote(accept, member.now)?;
        crate::domain::checkout::check_request(
            &quote,
            accept.source == OrderSource::Imported
                || accept
                    .contact
                    .as_ref()
                    .is_some_and(|contact| contact.address.is_some()),
            &accept.payment_token,
        )?;
        batch.check_external_order(&quote, &accept.external_ref)?;
        let acceptance = Acceptance {
            order_id: accept.order_id,
            source: accept.source,
            external_ref: accept.external_ref.clone(),
            country_code: if accept.country_code.is_empty() {
                quote.destination_country_code.clone()
            } else {
                accept.country_code.clone()
            },
            place_time: place_time(accept.source, &quote, member.now)?,
        };
        let event = crate::domain::checkout::accept(&quote, &acceptance);
        let (order, owner) = batch.insert_order(accept, &quote, event, member)?;
        let start = super::checkout::start(&order, owner, &accept.payment_token)?;
        let started = vec![start.id];
        batch.start(start, member);
        let resource = order.order_id.clone();
        let changed = Changed {
            order,
            resource: resource.clone(),
            // What counts is decided later.
            events: Arc::from([]),
            started,
        };
        Ok((resource, changed))
    }

    fn change(
        batch: &mut Batch,
        member: &Member<Command>,
        change: &Change,
    ) -> Result<(String, Changed), Error> {
        let decision = {
            let seen = batch.see(change, member.now)?;
            (change.decide)(&seen)?
        };
        let started = decision.starts.iter().map(|start| start.id).collect();
        for start in decision.starts {
            batch.start(start, member);
        }
        if let Some(returned) = decision.returned {
            batch.put_return(change.order_id, returned, member.now)?;
        }
        let (events, uri) = (&decision.events, &decision.action_uri);
        let order = batch.record(change.order_id, events, uri, member)?;
        if !decision.events.is_empty() {
            batch.note(change.order_id, order.revision, &change.note);
        }
        if let Some(work) = &change.work {
            batch.settle(work.clone(), &order);
        }
        let changed = Changed {
            order,
            resource: change.resource.clone(),
            events: decision.events.into(),
            started,
        };
        Ok((change.resource.clone(), changed))
    }
}

/// An order was placed now; an import was placed when its quote says.
fn place_time(source: OrderSource, quote: &Quote, now: Timestamp) -> Result<Timestamp, Error> {
    match (&quote.price_time, source) {
        (Some(at), OrderSource::Imported) => stoa_api::convert::timestamp("price_time", at),
        _ => Ok(now),
    }
}

/// The rows that a batch needs, each once and sorted: one global order of locks.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) orders: BTreeSet<String>,
    pub(crate) quotes: BTreeSet<String>,
    pub(crate) returns: BTreeSet<String>,
    /// (order, reference)
    pub(crate) external_returns: BTreeSet<(String, String)>,
    /// Orders (as their work names them) of which it matters which work goes on.
    pub(crate) live: BTreeSet<String>,
    /// Orders whose returns are all needed.
    pub(crate) returns_of: BTreeSet<String>,
    /// References of orders to come; their channel stands in their quote.
    pub(crate) external_orders: HashMap<String, Vec<String>>,
}

impl Wanted {
    fn of(members: &[Member<Command>]) -> Self {
        let mut wanted = Self::default();
        for member in members {
            match &member.command {
                Command::Accept(accept) => {
                    let quote = accept.quote_id.hex();
                    if !accept.external_ref.is_empty() {
                        wanted
                            .external_orders
                            .entry(quote.clone())
                            .or_default()
                            .push(accept.external_ref.clone());
                    }
                    wanted.quotes.insert(quote);
                }
                Command::Change(change) => {
                    wanted.orders.insert(change.order_id.hex());
                    wanted.returns.extend(change.return_id.map(ReturnId::hex));
                    if change.asks_live {
                        wanted.live.insert(change.order_id.to_string());
                    }
                    if let Some(external_ref) = &change.new_return {
                        let order = change.order_id.hex();
                        if !external_ref.is_empty() {
                            let key = (order.clone(), external_ref.clone());
                            wanted.external_returns.insert(key);
                        }
                        wanted.returns_of.insert(order);
                    }
                }
            }
        }
        wanted
    }
}

/// Tells that an order does not exist, or is somebody else's.
pub(crate) fn not_found(order_id: OrderId) -> Error {
    Error::not_found(reason::ORDER_NOT_FOUND, format!("order {order_id}"))
}

/// Tells that an external reference was recorded before.
pub(crate) fn external_ref_used(holder: impl fmt::Display) -> Error {
    Error::new(
        Kind::AlreadyExists,
        reason::EXTERNAL_REF_USED,
        "this external reference was recorded before",
    )
    .field("external_ref", "unique", "was recorded before")
    .meta("resource", holder)
}

/// The new event of an order, for the log.
pub(crate) fn logged(order: &Order, event: &Event, channel: Option<ChannelId>) -> NewEvent {
    NewEvent {
        aggregate_kind: crate::domain::event::AGGREGATE,
        aggregate_id: order.order_id.clone(),
        aggregate_version: order.revision,
        event_type: crate::domain::event::event_type(event),
        payload: crate::domain::event::encode(event),
        channel,
    }
}

/// Work to be inserted for a member.
pub(crate) fn new_workflow(start: Start, ctx: &Arc<Ctx>, now: Timestamp) -> NewWorkflow {
    NewWorkflow {
        id: start.id,
        kind: start.kind,
        version: start.version,
        subject: start.subject,
        step: start.step,
        state: start.state,
        due_at: now,
        ctx: Arc::clone(ctx),
    }
}
