//! How much is read: everything, or what stands behind no closing row.

use stoa_api::ops::v1::GetLogStateRequest;

use crate::client::{Connection, Failure};

use super::closing::ORDER;

/// A shop of which no more is closed is read whole each time: that takes no longer than a few seconds, and also finds what was
/// edited below the closing rows.
const SMALL: i64 = 10_000;

/// What a round reads, and what must be so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    /// Nothing may be on its way.
    pub(super) quiesced: bool,
    /// Everything is read, and closing rows are compared with what they stand for.
    pub(super) full: bool,
}

/// How much is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everything.
    Full,
    /// What stands behind no closing row.
    Open,
    /// Everything of a small shop.
    Fitting,
}

impl Reach {
    /// Whether everything is read in a shop of which so many orders and credits are closed.
    const fn is_full(self, closed: i64) -> bool {
        match self {
            Self::Full => true,
            Self::Open => false,
            Self::Fitting => closed < SMALL,
        }
    }

    /// Looks how much of the shop is closed; whether everything is read, and how much is closed.
    pub(super) async fn look(self, suite: &Connection) -> Result<(bool, i64), Failure> {
        let request = GetLogStateRequest {
            service: ORDER.to_owned(),
        };
        let closed = suite.call(request).await?.closed;
        Ok((self.is_full(closed), closed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_shop_is_read_whole() {
        assert!(Reach::Fitting.is_full(0));
        assert!(Reach::Fitting.is_full(SMALL - 1));
        assert!(!Reach::Fitting.is_full(SMALL));
        assert!(Reach::Full.is_full(SMALL) && !Reach::Open.is_full(0));
    }
}
