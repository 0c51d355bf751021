//! By how many callers most is taken: each number is tried for a moment.

use std::time::Duration;

use anyhow::{Context, Result};

/// How long one setting is tried.
pub(crate) const TRY: Duration = Duration::from_secs(1);

/// The setting of `candidates` with the highest rate; the first of equals.
pub(crate) fn best<T: Copy>(
    candidates: &[T],
    mut rate: impl FnMut(T) -> Result<f64>,
) -> Result<(T, f64)> {
    let mut found: Option<(T, f64)> = None;
    for candidate in candidates {
        let seen = rate(*candidate)?;
        if found.is_none_or(|(_, before)| seen > before) {
            found = Some((*candidate, seen));
        }
    }
    found.context("nothing to choose from")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_rate_wins_and_the_first_of_equals() {
        let found = best(&[1, 8, 32, 64], |clients| {
            Ok(match clients {
                1 => 900.0,
                8 => 3_168.0,
                32 => 1_703.0,
                _ => 3_168.0,
            })
        });
        assert_eq!(found.unwrap(), (8, 3_168.0));
        assert!(best(&[] as &[u64], |_| Ok(0.0)).is_err());
    }
}
