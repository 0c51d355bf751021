//! Which misfortunes there are, and how often each comes.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

/// What happens to one call on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnTheWay {
    /// Nothing.
    Arrives,
    /// It is sent twice at the same time, under one key.
    Twice,
    /// The caller hangs up after this time, and asks again under the same key.
    HungUp(Duration),
}

impl OnTheWay {
    /// Out of ten calls seven arrive, one comes twice, two are hung up on.
    pub(super) fn draw(random: &mut StdRng) -> Self {
        match random.random_range(0..10) {
            0..=6 => Self::Arrives,
            7 => Self::Twice,
            _ => Self::HungUp(Duration::from_millis(random.random_range(1..40))),
        }
    }
}

/// Tokens at which the sandbox does what a bad day at a provider does, with their weights.
const TOKENS: [(&str, u32); 12] = [
    ("tok_approve", 60),
    ("tok_decline", 6),
    ("tok_slow", 6),
    ("tok_timeout_then_succeed", 5),
    ("tok_timeout_then_fail", 4),
    ("tok_not_found_then_succeed", 4),
    ("tok_capture_timeout_then_succeed", 4),
    ("tok_capture_slow", 3),
    ("tok_void_timeout_then_succeed", 3),
    ("tok_void_slow", 2),
    ("tok_refund_timeout_then_succeed", 2),
    ("tok_capture_not_found_then_succeed", 1),
];

/// What a customer pays with.
pub(super) fn token(random: &mut StdRng) -> &'static str {
    let all: u32 = TOKENS.iter().map(|(_, weight)| weight).sum();
    let mut drawn = random.random_range(0..all);
    for (token, weight) in TOKENS {
        if drawn < weight {
            return token;
        }
        drawn -= weight;
    }
    "tok_approve"
}

/// What is done with an order that was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Afterwards {
    /// It stays.
    Stays,
    /// Its customer cancels it.
    Canceled,
    /// It is packed and shipped, and so captured.
    Shipped,
    /// Shipped and canceled at the same time: one of them comes first.
    Both,
}

impl Afterwards {
    pub(super) fn draw(random: &mut StdRng) -> Self {
        match random.random_range(0..20) {
            0..=9 => Self::Shipped,
            10..=13 => Self::Canceled,
            14 => Self::Both,
            _ => Self::Stays,
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_everything_comes() {
        let draw = || {
            let mut random = StdRng::seed_from_u64(7);
            (0..2_000)
                .map(|_| (OnTheWay::draw(&mut random), token(&mut random)))
                .collect::<Vec<_>>()
        };
        let drawn = draw();
        assert_eq!(drawn, draw());
        for (token, _) in TOKENS {
            assert!(drawn.iter().any(|(_, it)| *it == token), "{token}");
        }
    }
}
