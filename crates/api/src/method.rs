//! What the contract says about one RPC, as the server and the clients read it.

use std::time::Duration;

/// Who may call an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Anybody, also without any credential.
    Public,
    /// A customer (`AUDIENCE_CUSTOMER`): a guest with his secret, or staff acting for one.
    Guest,
    /// Staff with this permission.
    Staff {
        /// The permission, such as "inventory.write".
        permission: &'static str,
    },
    /// Another service of the suite; never reachable on a public listener.
    Service {
        /// The names of the services that may call.
        callers: &'static [&'static str],
    },
}

/// What is shed first when there is too much work, the first value last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Shed last: finishes what was begun, such as a capture.
    Critical,
    /// Shed after `Low`.
    Normal,
    /// Shed first: lists, reports.
    Low,
}

/// The policy of one RPC (`stoa.options.v1.policy`), with the defaults filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// The path of a call: "/stoa.order.v1.OrderService/PlaceOrder".
    pub path: &'static str,
    /// The full name of the proto service: "stoa.order.v1.OrderService".
    pub service: &'static str,
    /// The name of the RPC: "PlaceOrder".
    pub name: &'static str,
    /// Who may call.
    pub audience: Audience,
    /// True: it changes something, needs a `request_id`, and is answered again when repeated with it. False: it changes nothing.
    pub keyed: bool,
    /// The time limit when the caller sets none.
    pub deadline_default: Duration,
    /// The longest time limit that a caller may set.
    pub deadline_max: Duration,
    /// What is shed first.
    pub priority: Priority,
    /// The path of the response field that holds the owner whom the use case compares with the caller; none: the resource has no owner.
    pub owner_field: Option<&'static str>,
    /// True: the response is a stream.
    pub streaming: bool,
    /// What one call counts against a caller's rate limit, 1 to 1000.
    pub cost: u32,
    /// The day on which a deprecated RPC ends, as YYYY-MM-DD.
    pub sunset: Option<&'static str>,
}

impl Method {
    /// The package that the RPC belongs to: "stoa.order.v1".
    #[must_use]
    pub fn package(&self) -> &'static str {
        self.service
            .rsplit_once('.')
            .map_or("", |(package, _)| package)
    }

    /// True for an RPC between services, which stands on no public listener.
    #[must_use]
    pub fn internal(&self) -> bool {
        matches!(self.audience, Audience::Service { .. })
    }
}
