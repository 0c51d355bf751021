//! How much of one sku lies at one location, and what of it may be promised.

use stoa_types::Timestamp;

/// The most units that a level may hold; nobody has more of one thing in one place.
pub(crate) const MOST: i64 = 1_000_000_000_000;

/// The columns of a level. They are the sums of the movements; nothing else sets them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// Units that lie there, also those promised to somebody. Negative only after goods left that a count had not found.
    pub(crate) on_hand: i64,
    /// Units promised to accepted orders that have not left.
    pub(crate) allocated: i64,
    /// Units kept for checkouts that are not decided.
    pub(crate) held: i64,
    /// Units that may be promised beyond what lies there.
    pub(crate) backorder_limit: i64,
    /// Units that a count found missing below what was promised.
    pub(crate) shortfall: i64,
    /// Raised by each change; the version of the level's events.
    pub(crate) version: i64,
    /// When stock was first booked.
    pub(crate) created_at: Timestamp,
    /// When it was last changed.
    pub(crate) updated_at: Timestamp,
}

/// By how much a movement changes the columns, signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delta {
    pub(crate) on_hand: i64,
    pub(crate) allocated: i64,
    pub(crate) held: i64,
}

/// Why a movement cannot be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LevelError {
    /// The level would pass [`MOST`].
    #[error("the level would pass {MOST} units")]
    Overflow,
    /// A count would leave less than nothing.
    #[error("{on_hand} units lie there, so {delta} is more than there is")]
    Negative {
        /// What lies there.
        on_hand: i64,
        /// What was to change.
        delta: i64,
    },
    /// More would be promised than may be, or less than nothing be kept: whoever decided this did not look.
    #[error("more would be promised than may be")]
    Oversold,
}

/// What a movement stands for: a promise, which must be covered, or something that has happened, which is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Goods came or left, or a promise was made, moved or taken back.
    Flow,
    /// A count: what it finds missing below the promises becomes shortfall.
    Count,
}

impl Level {
    /// A level at which nothing was ever booked.
    pub(crate) fn empty(now: Timestamp) -> Self {
        Self {
            on_hand: 0,
            allocated: 0,
            held: 0,
            backorder_limit: 0,
            shortfall: 0,
            version: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// What lies there and is promised to nobody; negative where a count found less than was promised.
    pub(crate) fn available(&self) -> i64 {
        self.on_hand - self.allocated - self.held
    }

    /// Units that lie there and may be promised now.
    pub(crate) fn free(&self) -> i64 {
        self.available().max(0)
    }

    /// Units that may be promised now, those included that do not lie there yet.
    pub(crate) fn promisable(&self) -> i64 {
        (self.available() + self.backorder_limit).max(0)
    }

    /// What the promises exceed the goods and the backorder limit by.
    fn uncovered(&self) -> i64 {
        (self.allocated + self.held - self.on_hand - self.backorder_limit).max(0)
    }

    /// The level after a movement. Only a count may raise the shortfall; everything else lowers it as far as goods and
    /// promises meet again.
    pub(crate) fn after(&self, delta: Delta, nature: Nature) -> Result<Self, LevelError> {
        let mut level = Self {
            on_hand: self.on_hand + delta.on_hand,
            allocated: self.allocated + delta.allocated,
            held: self.held + delta.held,
            ..self.clone()
        };
        if level.on_hand > MOST {
            return Err(LevelError::Overflow);
        }
        if nature == Nature::Count && delta.on_hand < 0 && level.on_hand < 0 {
            return Err(LevelError::Negative {
                on_hand: self.on_hand,
                delta: delta.on_hand,
            });
        }
        let uncovered = level.uncovered();
        level.shortfall = match nature {
            Nature::Count => uncovered,
            Nature::Flow => self.shortfall.min(uncovered),
        };
        if level.allocated < 0 || level.held < 0 || uncovered > level.shortfall {
            return Err(LevelError::Oversold);
        }
        Ok(level)
    }
}
