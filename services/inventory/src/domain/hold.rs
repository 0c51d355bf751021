//! Stock kept for somebody, and what may happen to it.

use stoa_types::{ChannelId, FulfillmentId, HoldId, OrderId, Timestamp};

use super::movement::{Movement, MovementKind};
use super::stock::Place;

/// How a hold stands. It lives until a transaction writes its end; nobody decides that by his own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HoldState {
    /// Units are kept.
    Held,
    /// Given back.
    Released,
    /// Given back because its time was over.
    Expired,
    /// Promised to an accepted order.
    Allocated,
    /// Undone before it was ever made: whoever comes to make it is refused.
    Canceled,
    /// All goods have left.
    Shipped,
    /// The promise was taken back before shipping.
    Deallocated,
}

impl HoldState {
    /// Every state.
    pub(crate) const ALL: [Self; 7] = [
        Self::Held,
        Self::Released,
        Self::Expired,
        Self::Allocated,
        Self::Canceled,
        Self::Shipped,
        Self::Deallocated,
    ];

    /// As stored.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Held => "HELD",
            Self::Released => "RELEASED",
            Self::Expired => "EXPIRED",
            Self::Allocated => "ALLOCATED",
            Self::Canceled => "CANCELED",
            Self::Shipped => "SHIPPED",
            Self::Deallocated => "DEALLOCATED",
        }
    }

    /// The state that is stored so.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Units of one sku kept at one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HoldLine {
    pub(crate) place: Place,
    pub(crate) quantity: i64,
}

/// Stock kept for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) id: HoldId,
    /// Whose it is.
    pub(crate) owner: OrderId,
    /// The request id of the call that made it, or that was to make it. Owner and key name a hold for good.
    pub(crate) key: String,
    /// The channel it was made for; a hold that was undone before it was made has none.
    pub(crate) channel: Option<ChannelId>,
    pub(crate) state: HoldState,
    /// Where the units come from: one line per sku and location.
    pub(crate) lines: Vec<HoldLine>,
    /// From when somebody may write EXPIRED; none: never.
    pub(crate) expires_at: Option<Timestamp>,
    /// What took the goods out.
    pub(crate) fulfillment: Option<FulfillmentId>,
    pub(crate) version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What is to happen to a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transition {
    /// The checkout did not come about.
    Release,
    /// Its time is over.
    Expire,
    /// The order was accepted.
    Allocate,
    /// The order was cancelled before anything left.
    Deallocate,
    /// The goods leave, for this fulfilment.
    Ship(FulfillmentId),
}

/// What a transition comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is done now.
    To(HoldState),
    /// It was done before, or there is nothing to do: the hold stays as it is.
    Stay,
}

/// Why a transition is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HoldRefusal {
    /// It has ended, so it cannot be promised.
    #[error("the hold is {} and cannot be promised any more", .0.name())]
    Ended(HoldState),
    /// It was promised, so it is not released.
    #[error("the hold is {} and is not released any more", .0.name())]
    Allocated(HoldState),
    /// It is not promised, so nothing can be taken back or shipped.
    #[error("the hold is {}, not ALLOCATED", .0.name())]
    NotAllocated(HoldState),
}

impl Transition {
    /// The kind of its movements.
    pub(crate) const fn movement(self) -> MovementKind {
        match self {
            Self::Release | Self::Expire => MovementKind::Release,
            Self::Allocate => MovementKind::Allocate,
            Self::Deallocate => MovementKind::Cancel,
            Self::Ship(_) => MovementKind::Ship,
        }
    }

    /// What it comes to for a hold that stands so; `shipped_as` is what took its goods out.
    pub(crate) fn decide(
        self,
        state: HoldState,
        shipped_as: Option<FulfillmentId>,
    ) -> Result<Step, HoldRefusal> {
        use HoldState::{Allocated, Canceled, Deallocated, Expired, Held, Released, Shipped};
        match (self, state) {
            (Self::Release, Held) => Ok(Step::To(Released)),
            (Self::Expire, Held) => Ok(Step::To(Expired)),
            (Self::Allocate, Held) => Ok(Step::To(Allocated)),
            (Self::Deallocate, Allocated) => Ok(Step::To(Deallocated)),
            (Self::Ship(_), Allocated) => Ok(Step::To(Shipped)),
            (Self::Release, Allocated | Shipped) => Err(HoldRefusal::Allocated(state)),
            (Self::Release, Released | Expired | Canceled | Deallocated)
            | (Self::Expire, _)
            | (Self::Allocate, Allocated | Shipped)
            | (Self::Deallocate, Deallocated) => Ok(Step::Stay),
            (Self::Ship(as_this), Shipped) if shipped_as == Some(as_this) => Ok(Step::Stay),
            (Self::Allocate, Released | Expired | Canceled | Deallocated) => {
                Err(HoldRefusal::Ended(state))
            }
            (Self::Deallocate | Self::Ship(_), _) => Err(HoldRefusal::NotAllocated(state)),
        }
    }
}

impl Hold {
    /// What was undone before it was made.
    pub(crate) fn tombstone(id: HoldId, owner: OrderId, key: String, now: Timestamp) -> Self {
        Self {
            id,
            owner,
            key,
            channel: None,
            state: HoldState::Canceled,
            lines: Vec::new(),
            expires_at: None,
            fulfillment: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// What [`Transition::decide`] says about this hold.
    pub(crate) fn step(&self, transition: Transition) -> Result<Step, HoldRefusal> {
        transition.decide(self.state, self.fulfillment)
    }

    /// The hold after a step to `state`.
    pub(crate) fn moved(&self, transition: Transition, state: HoldState, now: Timestamp) -> Self {
        Self {
            state,
            fulfillment: match transition {
                Transition::Ship(fulfillment) => Some(fulfillment),
                _ => self.fulfillment,
            },
            version: self.version + 1,
            updated_at: now,
            ..self.clone()
        }
    }

    /// The movements of its lines: one per line. What ships belongs to the fulfilment, everything else to the hold.
    pub(crate) fn movements(&self, kind: MovementKind, reason: &str) -> Vec<Movement> {
        let reference = match (kind, self.fulfillment) {
            (MovementKind::Ship, Some(fulfillment)) => fulfillment.to_string(),
            _ => self.id.to_string(),
        };
        let lines = self.lines.iter().enumerate();
        lines
            .map(|(line, held)| Movement {
                place: held.place.clone(),
                kind,
                units: held.quantity,
                reference: reference.clone(),
                line,
                reason: reason.to_owned(),
            })
            .collect()
    }
}
