//! The context of a call: the first argument of a use case and a field of every queued command. It is
//! handed on, never kept in a task-local, so that what leaves its task keeps its deadline and caller.

use std::time::Duration;

use uuid::Uuid;

use crate::ids::{ChannelId, Ids};
use crate::principal::Principal;
use crate::time::Timestamp;

/// How long one piece of background work has before its deadline.
pub const BACKGROUND_DEADLINE: Duration = Duration::from_secs(10);

/// The identity of a mutation: the same key means the same effect, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// Whose key it is: [`Principal::scope`].
    pub scope: String,
    /// The full name of the method, `/stoa.order.v1.OrderService/PlaceOrder`.
    pub method: &'static str,
    /// What the client chose, 1 to 128 characters.
    pub id: String,
    /// A hash of the decoded message without its request id.
    pub fingerprint: [u8; 32],
    /// The digest of the contract under which the fingerprint was taken; fingerprints of two contracts
    /// are not compared.
    pub contract: [u8; 32],
}

/// Who calls what, until when, on whose behalf, and as part of which story.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// After this moment nobody waits for the answer.
    pub deadline: Timestamp,
    /// Who calls.
    pub principal: Principal,
    /// On whose behalf a service calls: the [`Principal::actor`] at the front of the chain.
    pub acting_for: Option<String>,
    /// Why a member of staff does it, in his own words; none of anybody else.
    pub reason: Option<String>,
    /// The sales channel, where the call is about one.
    pub channel: Option<ChannelId>,
    /// The id of this call, for logs and answers; never an idempotency key.
    pub request_id: String,
    /// The idempotency key of a mutation.
    pub key: Option<RequestKey>,
    /// W3C trace context of the caller.
    pub traceparent: Option<String>,
    /// One story: the same for all that follows from one first call.
    pub correlation_id: Uuid,
    /// The event or call that caused this one, if it was not the first.
    pub causation_id: Option<Uuid>,
    /// The full name of the method, or `background`.
    pub method: &'static str,
}

impl Ctx {
    /// The context of work that no caller waits for: `name` is the service that does it. It starts a
    /// story of its own; who continues one sets `correlation_id`, `causation_id` and `traceparent`.
    #[must_use]
    pub fn background(name: &str, now: Timestamp, ids: &dyn Ids) -> Self {
        let id = ids.uuid();
        Self {
            deadline: now.plus(BACKGROUND_DEADLINE),
            principal: Principal::service(name),
            acting_for: None,
            reason: None,
            channel: None,
            request_id: id.simple().to_string(),
            key: None,
            traceparent: None,
            correlation_id: id,
            causation_id: None,
            method: "background",
        }
    }

    /// How much time is left; zero when the deadline has passed.
    #[must_use]
    pub fn remaining(&self, now: Timestamp) -> Duration {
        self.deadline.since(now)
    }

    /// Who stands at the front of the chain: `acting_for`, or else the caller himself.
    #[must_use]
    pub fn actor(&self) -> String {
        self.acting_for
            .clone()
            .unwrap_or_else(|| self.principal.actor())
    }
}
