//! The rules of the books, over the rows that one batch needs: pure, in memory, in arrival order.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use stoa_types::Timestamp;

use crate::operation::{CHARGEBACK, Kind, Operation, State};
use crate::request::{Answer, Delivery, Refusal, Request};
use crate::token::{Behaviour, behaviour};

/// A key that was used.
#[derive(Clone, Debug)]
pub(crate) struct UsedKey {
    pub(crate) operation: String,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) created_at: Timestamp,
}

/// What the provider promises about time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// How long a key is remembered.
    pub(crate) key_ttl: Duration,
    /// How long a sent request may still take effect.
    pub(crate) settle_window: Duration,
    /// How long an authorisation may be captured.
    pub(crate) auth_lifetime: Duration,
    /// How long a customer may take to act.
    pub(crate) action_window: Duration,
}

/// What the provider is to do by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: Kind,
    /// The reference of the operation that it is done to.
    pub(crate) target: &'a str,
    pub(crate) amount: i64,
    pub(crate) chargeback: bool,
}

/// The rows that a batch reads and changes.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) operations: HashMap<String, Operation>,
    pub(crate) references: HashMap<String, String>,
    pub(crate) keys: HashMap<String, UsedKey>,
    pub(crate) last_position: i64,
    /// Ids of operations to write, keys to write.
    pub(crate) dirty: HashSet<String>,
    pub(crate) new_keys: HashSet<String>,
}

impl Page {
    /// Adds a loaded row.
    pub(crate) fn load(&mut self, operation: Operation) {
        self.references
            .insert(operation.reference.clone(), operation.id.clone());
        self.operations.insert(operation.id.clone(), operation);
    }

    /// Lets take effect, in the order of their times, what is due at `now`.
    pub(crate) fn settle(&mut self, now: Timestamp, terms: &Terms) {
        let mut due: Vec<(Timestamp, String)> = self
            .operations
            .values()
            .filter(|op| op.state == State::Pending && op.effective_at <= now)
            .map(|op| (op.effective_at, op.id.clone()))
            .collect();
        due.sort();
        for (at, id) in due {
            let Some(operation) = self.operations.get(&id).cloned() else {
                continue;
            };
            let late = behaviour(&operation.token, operation.kind) == Some(Behaviour::ActionLate);
            let done = if operation.action_until.is_some() && !late {
                self.declined(operation, "action_expired")
            } else {
                self.effect(operation, at, terms)
            };
            self.write(done);
        }
    }

    /// Whether nothing of its kind was declined for its parent before; notes that it now is.
    fn first(&mut self, operation: &Operation) -> bool {
        let parent = operation.parent.as_ref();
        let Some(mut parent) = parent.and_then(|id| self.operations.get(id)).cloned() else {
            return true;
        };
        let kind = operation.kind.name();
        let first = parent.code != kind;
        kind.clone_into(&mut parent.code);
        self.write(parent);
        first
    }

    /// Something that no merchant's request asked for.
    pub(crate) fn console(&mut self, wish: Console<'_>, now: Timestamp, terms: &Terms) -> Answer {
        let target = self.references.get(wish.target);
        let Some(parent) = target
            .cloned()
            .and_then(|id| self.visible_parent(&id, wish.kind))
        else {
            return Answer::Refused(Refusal::NoSuchParent);
        };
        let operation = Operation {
            id: wish.id.to_owned(),
            position: None,
            kind: wish.kind,
            reference: format!("console-{}", wish.id),
            parent: Some(parent.id.clone()),
            parent_reference: Some(parent.reference.clone()),
            token: parent.token.clone(),
            amount: wish.amount,
            currency: parent.currency.clone(),
            state: State::Pending,
            code: String::new(),
            captured: 0,
            voided: 0,
            refunded: 0,
            created_at: now,
            effective_at: now,
            action_until: None,
        };
        let operation = if wish.chargeback {
            // The bank does not ask what was refunded already.
            Operation {
                state: State::Succeeded,
                code: CHARGEBACK.to_owned(),
                position: Some(self.next_position()),
                ..operation
            }
        } else {
            self.effect(operation, now, terms)
        };
        self.references
            .insert(operation.reference.clone(), operation.id.clone());
        self.write(operation.clone());
        Answer::Stands {
            operation: Box::new(operation),
            delivery: Delivery::Now,
            replayed: false,
        }
    }

    /// The customer does what an operation waits for, or refuses to.
    pub(crate) fn act(
        &mut self,
        id: &str,
        approves: bool,
        now: Timestamp,
        terms: &Terms,
    ) -> Answer {
        let waiting = self.operations.get(id).filter(|op| op.waits()).cloned();
        let heard = |op: &Operation| {
            let named = behaviour(&op.token, op.kind);
            matches!(named, Some(Behaviour::ActionDone | Behaviour::ActionInApp))
        };
        let Some(operation) = waiting.filter(heard) else {
            return Answer::Refused(Refusal::NothingToDo);
        };
        let operation = if approves {
            self.effect(operation, now, terms)
        } else {
            self.declined(operation, "customer_refused")
        };
        self.write(operation.clone());
        Answer::Stands {
            operation: Box::new(operation),
            delivery: Delivery::Now,
            replayed: false,
        }
    }

    /// Decides one request.
    pub(crate) fn decide(&mut self, request: &Request, now: Timestamp, terms: &Terms) -> Answer {
        if let Some(used) = self.keys.get(&request.key)
            && used.created_at.plus(terms.key_ttl) > now
        {
            return self.replay(
                &used.operation.clone(),
                used.fingerprint == request.fingerprint,
            );
        }
        if self.references.contains_key(&request.reference) {
            return Answer::Refused(Refusal::DuplicateReference);
        }
        let parent = match &request.parent {
            None => None,
            Some(id) => match self.visible_parent(id, request.kind) {
                Some(parent) => Some(parent),
                None => return Answer::Refused(Refusal::NoSuchParent),
            },
        };
        let token = parent
            .as_ref()
            .map(|parent| parent.token.clone())
            .or_else(|| request.token.clone())
            .unwrap_or_default();
        let Some(behaviour) = behaviour(&token, request.kind) else {
            return Answer::Refused(Refusal::UnknownToken);
        };
        let operation = draft(request, parent.as_ref(), token, now);
        self.carry_out(operation, request, behaviour, now, terms)
    }

    fn carry_out(
        &mut self,
        mut operation: Operation,
        request: &Request,
        behaviour: Behaviour,
        now: Timestamp,
        terms: &Terms,
    ) -> Answer {
        let delivery = match behaviour {
            Behaviour::Lost => return Answer::Lost,
            Behaviour::Approve | Behaviour::Decline => Delivery::Now,
            named if named.acts() => Delivery::Now,
            Behaviour::DeclineOnce => Delivery::Now,
            Behaviour::WebhookFirst => Delivery::Told,
            Behaviour::WebhookTwice => Delivery::TwiceTold,
            Behaviour::Slow => Delivery::Late,
            Behaviour::TimeoutThenSucceed
            | Behaviour::TimeoutThenFail
            | Behaviour::NotFoundThenSucceed
            | Behaviour::TooLate
            | Behaviour::ActionDone
            | Behaviour::ActionInApp
            | Behaviour::ActionAbandoned
            | Behaviour::ActionLate => Delivery::Never,
        };
        let operation = match behaviour {
            Behaviour::NotFoundThenSucceed => {
                operation.effective_at = now.plus(terms.settle_window / 2);
                operation
            }
            Behaviour::TooLate => {
                operation.effective_at = now.plus(terms.settle_window * 3);
                operation
            }
            named if named.acts() => {
                let until = now.plus(terms.action_window);
                operation.action_until = Some(until);
                operation.effective_at = match named {
                    Behaviour::ActionLate => until.plus(terms.settle_window * 3),
                    _ => until,
                };
                operation
            }
            Behaviour::Decline | Behaviour::TimeoutThenFail => {
                self.declined(operation, declined_code(request.kind))
            }
            Behaviour::DeclineOnce if self.first(&operation) => {
                self.declined(operation, declined_code(request.kind))
            }
            _ => self.effect(operation, now, terms),
        };
        self.references
            .insert(operation.reference.clone(), operation.id.clone());
        self.keys.insert(
            request.key.clone(),
            UsedKey {
                operation: operation.id.clone(),
                fingerprint: request.fingerprint,
                created_at: now,
            },
        );
        self.new_keys.insert(request.key.clone());
        self.write(operation.clone());
        Answer::Stands {
            operation: Box::new(operation),
            delivery,
            replayed: false,
        }
    }

    fn replay(&self, id: &str, same: bool) -> Answer {
        if !same {
            return Answer::Refused(Refusal::KeyReused);
        }
        match self.operations.get(id) {
            Some(operation) if operation.state != State::Pending || operation.waits() => {
                Answer::Stands {
                    operation: Box::new(operation.clone()),
                    delivery: Delivery::Now,
                    replayed: true,
                }
            }
            _ => Answer::Refused(Refusal::InProgress),
        }
    }

    fn visible_parent(&self, id: &str, kind: Kind) -> Option<Operation> {
        let wanted: &[Kind] = match kind {
            Kind::Capture | Kind::Void => &[Kind::Authorization],
            Kind::Refund => &[Kind::Capture, Kind::Sale],
            Kind::Authorization | Kind::Sale | Kind::Credit => return None,
        };
        self.operations
            .get(id)
            .filter(|op| wanted.contains(&op.kind) && op.state == State::Succeeded)
            .cloned()
    }

    /// The operation as it stands when it takes effect at `at`, its parent's sums moved; or as
    /// declined when the books forbid it.
    fn effect(&mut self, mut operation: Operation, at: Timestamp, terms: &Terms) -> Operation {
        if let Some(id) = operation.parent.clone() {
            let Some(mut parent) = self.operations.get(&id).cloned() else {
                return self.declined(operation, "parent_gone");
            };
            if let Some(code) = forbidden(&operation, &parent, at, terms) {
                return self.declined(operation, code);
            }
            match operation.kind {
                Kind::Capture => parent.captured += operation.amount,
                Kind::Void => parent.voided += operation.amount,
                Kind::Refund => parent.refunded += operation.amount,
                Kind::Authorization | Kind::Sale | Kind::Credit => {}
            }
            self.write(parent);
        }
        operation.state = State::Succeeded;
        operation.effective_at = at;
        operation.position = Some(self.next_position());
        operation
    }

    fn declined(&mut self, mut operation: Operation, code: &str) -> Operation {
        operation.state = State::Declined;
        code.clone_into(&mut operation.code);
        operation.position = Some(self.next_position());
        operation
    }

    fn next_position(&mut self) -> i64 {
        self.last_position += 1;
        self.last_position
    }

    fn write(&mut self, operation: Operation) {
        self.dirty.insert(operation.id.clone());
        self.operations.insert(operation.id.clone(), operation);
    }
}

/// What the books forbid.
fn forbidden(
    operation: &Operation,
    parent: &Operation,
    at: Timestamp,
    terms: &Terms,
) -> Option<&'static str> {
    if operation.currency != parent.currency {
        return Some("currency_mismatch");
    }
    match operation.kind {
        Kind::Capture if at >= parent.created_at.plus(terms.auth_lifetime) => {
            Some("authorization_expired")
        }
        Kind::Capture if operation.amount > parent.open() => Some("amount_exceeds_authorized"),
        Kind::Void if operation.amount > parent.open() => Some("amount_exceeds_authorized"),
        Kind::Refund if operation.amount > parent.refundable() => Some("amount_exceeds_captured"),
        _ => None,
    }
}

const fn declined_code(kind: Kind) -> &'static str {
    match kind {
        Kind::Authorization | Kind::Sale | Kind::Credit => "card_declined",
        Kind::Capture => "capture_declined",
        Kind::Void => "void_declined",
        Kind::Refund => "refund_declined",
    }
}

/// The operation before it is decided. A void without an amount takes what is left, at least 1
/// (which the books then refuse).
fn draft(
    request: &Request,
    parent: Option<&Operation>,
    token: String,
    now: Timestamp,
) -> Operation {
    let amount = request
        .amount
        .or_else(|| parent.map(Operation::open))
        .unwrap_or_default()
        .max(1);
    let currency = request
        .currency
        .clone()
        .or_else(|| parent.map(|parent| parent.currency.clone()))
        .unwrap_or_default();
    Operation {
        id: request.id.clone(),
        position: None,
        kind: request.kind,
        reference: request.reference.clone(),
        parent: request.parent.clone(),
        token,
        amount,
        currency,
        state: State::Pending,
        code: String::new(),
        captured: 0,
        voided: 0,
        refunded: 0,
        created_at: now,
        effective_at: now,
        action_until: None,
        parent_reference: parent.map(|parent| parent.reference.clone()),
    }
}
