//! Where the units of a line are. Each unit is in exactly one bucket, so two pieces of work never take the same one.

use stoa_api::order::v1::OrderLine;

/// Units can only move out of a bucket that holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{wanted} units are wanted and {there} are there")]
pub(crate) struct NotThere {
    /// Units that were to move.
    pub wanted: i64,
    /// Units in the bucket.
    pub there: i64,
}

/// The units of an order line, moved one way at a time.
pub(crate) trait Buckets {
    /// Whether every unit is in one bucket and none is negative.
    fn adds_up(&self) -> bool;
    /// Units that left and neither came back nor are on their way.
    fn returnable(&self) -> i64;
    /// open -> fulfilling.
    ///
    /// # Errors
    /// [`NotThere`], as each of these.
    fn start_fulfilling(&mut self, units: i64) -> Result<(), NotThere>;
    /// fulfilling -> fulfilled.
    ///
    /// # Errors
    /// [`NotThere`].
    fn fulfill(&mut self, units: i64) -> Result<(), NotThere>;
    /// open -> canceling.
    ///
    /// # Errors
    /// [`NotThere`].
    fn start_canceling(&mut self, units: i64) -> Result<(), NotThere>;
    /// canceling -> canceled.
    ///
    /// # Errors
    /// [`NotThere`].
    fn cancel(&mut self, units: i64) -> Result<(), NotThere>;
    /// Of the fulfilled: -> returning.
    ///
    /// # Errors
    /// [`NotThere`].
    fn start_returning(&mut self, units: i64) -> Result<(), NotThere>;
    /// returning -> returned.
    ///
    /// # Errors
    /// [`NotThere`].
    fn take_back(&mut self, units: i64) -> Result<(), NotThere>;
    /// returning -> with the customer again.
    ///
    /// # Errors
    /// [`NotThere`].
    fn stop_returning(&mut self, units: i64) -> Result<(), NotThere>;
}

impl Buckets for OrderLine {
    fn adds_up(&self) -> bool {
        let parts = [
            self.open,
            self.fulfilling,
            self.fulfilled,
            self.canceling,
            self.canceled,
        ];
        parts.iter().all(|units| *units >= 0)
            && parts.iter().sum::<i64>() == self.ordered
            && self.returning >= 0
            && self.returned >= 0
            && self.returning + self.returned <= self.fulfilled
    }

    fn returnable(&self) -> i64 {
        self.fulfilled - self.returning - self.returned
    }

    fn start_fulfilling(&mut self, units: i64) -> Result<(), NotThere> {
        shift(&mut self.open, &mut self.fulfilling, units)
    }

    fn fulfill(&mut self, units: i64) -> Result<(), NotThere> {
        shift(&mut self.fulfilling, &mut self.fulfilled, units)
    }

    fn start_canceling(&mut self, units: i64) -> Result<(), NotThere> {
        shift(&mut self.open, &mut self.canceling, units)
    }

    fn cancel(&mut self, units: i64) -> Result<(), NotThere> {
        shift(&mut self.canceling, &mut self.canceled, units)
    }

    fn start_returning(&mut self, units: i64) -> Result<(), NotThere> {
        let mut there = self.returnable();
        shift(&mut there, &mut self.returning, units)
    }

    fn take_back(&mut self, units: i64) -> Result<(), NotThere> {
        shift(&mut self.returning, &mut self.returned, units)
    }

    fn stop_returning(&mut self, units: i64) -> Result<(), NotThere> {
        let mut gone = 0;
        shift(&mut self.returning, &mut gone, units)
    }
}

fn shift(from: &mut i64, to: &mut i64, units: i64) -> Result<(), NotThere> {
    if units < 0 || *from < units {
        return Err(NotThere {
            wanted: units,
            there: *from,
        });
    }
    *from -= units;
    *to += units;
    Ok(())
}
