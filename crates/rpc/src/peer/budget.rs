//! How much of the traffic may be retries. Attempts per call limit one caller; a budget limits them all,
//! so that retries do not keep down what is trying to get up (the reasoning of `tower::retry::budget`).

use std::sync::atomic::{AtomicI64, Ordering};

/// What one retry costs; a call brings 1, so a tenth of the calls may be tried again.
const PRICE: i64 = 10;
/// What a channel has at the beginning: ten retries.
const AT_START: i64 = 10 * PRICE;
/// What it can save up: a hundred.
const MOST: i64 = 100 * PRICE;

/// Tokens: each call puts one in, each retry takes ten out.
#[derive(Debug)]
pub(super) struct Budget(AtomicI64);

impl Budget {
    pub(super) fn new() -> Self {
        Self(AtomicI64::new(AT_START))
    }

    /// A call was made.
    pub(super) fn deposit(&self) {
        if self.0.load(Ordering::Relaxed) < MOST {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// May a call be tried again?
    pub(super) fn withdraw(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| {
                (tokens >= PRICE).then(|| tokens - PRICE)
            })
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_calls_and_a_few_at_the_beginning() {
        let budget = Budget::new();
        let mut retries = 0;
        for _ in 0..1_000 {
            budget.deposit();
            if budget.withdraw() {
                retries += 1;
            }
        }
        assert_eq!(retries, 110);
    }

    #[test]
    fn quiet_times_save_up_only_so_much() {
        let budget = Budget::new();
        for _ in 0..100_000 {
            budget.deposit();
        }
        let retries = (0..1_000).filter(|_| budget.withdraw()).count();
        assert_eq!(retries, 100);
    }
}
