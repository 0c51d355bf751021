//! How long a failed step waits: doubling, capped, and jittered so that what failed together does not come back together.

use std::time::Duration;

use stoa_types::Uuid;

/// The pause after the `attempt`-th failure in a row (from 1): between half of and the whole `base * 2^(attempt - 1)`, at
/// most `cap`. `random` is a fresh id; its last eight bytes are random in every version of UUID that we make.
pub(crate) fn pause(attempt: u32, base: Duration, cap: Duration, random: Uuid) -> Duration {
    let doublings = attempt.saturating_sub(1).min(20);
    let whole = base.saturating_mul(1_u32 << doublings).min(cap);
    let (_, low) = random.as_u64_pair();
    let [a, b, c, d, ..] = low.to_le_bytes();
    let share = f64::from(u32::from_le_bytes([a, b, c, d])) / f64::from(u32::MAX);
    whole.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_cap_and_jitters_in_the_upper_half() {
        let base = Duration::from_millis(100);
        let cap = Duration::from_secs(60);
        for attempt in 1..40 {
            let whole = base
                .saturating_mul(2_u32.saturating_pow(attempt - 1))
                .min(cap);
            let least = pause(attempt, base, cap, Uuid::from_u128(0));
            let most = pause(attempt, base, cap, Uuid::from_u128(u128::MAX));
            assert_eq!((least, most), (whole / 2, whole), "{attempt}");
        }
    }
}
