//! The sums of a payment, and the inequalities that the database holds too.

/// All in minor units of the payment's currency. What is pending counts as spent.
///
/// The `*_excess` sums stand for what the provider reports beyond what we would have allowed: a fact
/// is recorded even when it breaks a sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) authorize_pending: i64,
    pub(crate) authorized: i64,
    pub(crate) authorized_excess: i64,
    pub(crate) capture_pending: i64,
    pub(crate) captured: i64,
    pub(crate) void_pending: i64,
    pub(crate) voided: i64,
    pub(crate) captured_excess: i64,
    pub(crate) refund_pending: i64,
    pub(crate) refunded: i64,
    pub(crate) refunded_excess: i64,
    pub(crate) credit_pending: i64,
    pub(crate) credited: i64,
    pub(crate) credited_excess: i64,
}

impl Sums {
    /// Reserved at the provider, neither taken nor given up, nor about to be.
    pub(crate) const fn open(&self) -> i64 {
        self.authorized + self.captured_excess
            - self.captured
            - self.capture_pending
            - self.voided
            - self.void_pending
    }

    /// Taken, not given back nor about to be.
    pub(crate) const fn refundable(&self) -> i64 {
        self.captured + self.refunded_excess - self.refunded - self.refund_pending
    }

    /// Raises the excess sums so far that the inequalities hold for `amount`; says whether it had to.
    pub(crate) fn absorb(&mut self, amount: i64) -> bool {
        let before = *self;
        self.authorized_excess = self
            .authorized_excess
            .max(self.authorized + self.authorize_pending - amount);
        self.captured_excess += (-self.open()).max(0);
        self.refunded_excess += (-self.refundable()).max(0);
        self.credited_excess = self
            .credited_excess
            .max(self.credited + self.credit_pending - amount);
        *self != before
    }

    /// What the database checks.
    #[cfg(test)]
    pub(crate) fn hold(&self, amount: i64) -> bool {
        let all = [
            self.authorize_pending,
            self.authorized,
            self.authorized_excess,
            self.capture_pending,
            self.captured,
            self.void_pending,
            self.voided,
            self.captured_excess,
            self.refund_pending,
            self.refunded,
            self.refunded_excess,
            self.credit_pending,
            self.credited,
            self.credited_excess,
        ];
        all.iter().all(|sum| *sum >= 0)
            && self.authorized + self.authorize_pending <= amount + self.authorized_excess
            && self.open() >= 0
            && self.refundable() >= 0
            && self.credited + self.credit_pending <= amount + self.credited_excess
    }
}
