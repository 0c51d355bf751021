//! The stock of one sku as whoever calls sees it: what a call may have found, and what it left.
//!
//! This is the sequential object of the check. It knows nothing of rows, locks or levels: two numbers, and for each answer whether
//! it can have been given by them.

use std::fmt;

/// How much lies there, and how much of it is promised to nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Stock {
    pub(crate) on_hand: i64,
    /// Negative where a count found less than was promised.
    pub(crate) free: i64,
}

/// What a call's answer says about one sku. All units are of that sku alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// So many units are kept for an order now.
    Taken(i64),
    /// So many were wanted and only this many were free.
    Lacked {
        /// Units that were wanted.
        wanted: i64,
        /// Units that are said to have been free, when the answer says so.
        free: Option<i64>,
    },
    /// So many kept or promised units are free again.
    Freed(i64),
    /// So many promised units left.
    Left(i64),
    /// So many units came in, came back, or were counted (signed).
    Booked(i64),
    /// A count of so many (negative) was refused: less than that lay there.
    TooFew(i64),
    /// The level was read.
    Read(Stock),
}

impl Answer {
    /// The stock after the call, if it can have been answered so by this stock.
    pub(crate) fn after(self, stock: Stock) -> Option<Stock> {
        let Stock { on_hand, free } = stock;
        let possible = match self {
            Self::Taken(units) => free >= units,
            Self::Lacked { wanted, free: said } => {
                free < wanted && said.is_none_or(|said| said == free.max(0))
            }
            Self::Booked(units) => units >= 0 || on_hand + units >= 0,
            Self::TooFew(units) => on_hand + units < 0,
            Self::Read(read) => read == stock,
            Self::Freed(_) | Self::Left(_) => true,
        };
        let (on_hand, free) = match self {
            Self::Taken(units) => (on_hand, free - units),
            Self::Freed(units) => (on_hand, free + units),
            Self::Left(units) => (on_hand - units, free),
            Self::Booked(units) => (on_hand + units, free + units),
            Self::Lacked { .. } | Self::TooFew(_) | Self::Read(_) => (on_hand, free),
        };
        possible.then_some(Stock { on_hand, free })
    }

    /// Whether the call leaves the stock as it found it.
    pub(crate) fn only_looks(self) -> bool {
        matches!(self, Self::Lacked { .. } | Self::TooFew(_) | Self::Read(_))
    }

    /// What it means that no order of the calls explains this answer.
    pub(crate) fn charge(self) -> &'static str {
        match self {
            Self::Taken(_) => "units were sold that nobody had",
            Self::Lacked { .. } => "it was refused while stock was free for the whole call",
            Self::Booked(_) | Self::TooFew(_) => "a count does not agree with what lay there",
            Self::Read(_) => "a level was read that never stood there",
            Self::Freed(_) | Self::Left(_) => "it cannot have happened",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(units) => write!(f, "takes {units}"),
            Self::Lacked { wanted, free } => match free {
                Some(free) => write!(f, "wants {wanted}, is refused: {free} are free"),
                None => write!(f, "wants {wanted}, is refused"),
            },
            Self::Freed(units) => write!(f, "gives {units} back"),
            Self::Left(units) => write!(f, "ships {units}"),
            Self::Booked(units) => write!(f, "books {units:+}"),
            Self::TooFew(units) => write!(f, "counts {units:+}, is refused"),
            Self::Read(stock) => write!(f, "reads {stock}"),
        }
    }
}

impl fmt::Display for Stock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on hand, {} free", self.on_hand, self.free)
    }
}
