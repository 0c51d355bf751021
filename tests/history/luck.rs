//! Numbers that a seed repeats (xorshift64*).

use std::time::{SystemTime, UNIX_EPOCH};

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Luck(u64);

impl From<u64> for Luck {
    fn from(seed: u64) -> Self {
        Self(seed.max(1))
    }
}

impl Luck {
    /// 1 to `most`.
    pub(crate) fn up_to(&mut self, most: i64) -> i64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        1 + i64::try_from(drawn).unwrap() % most
    }

    /// One of them.
    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let place = self.up_to(i64::try_from(all.len()).unwrap()) - 1;
        &all[usize::try_from(place).unwrap()]
    }

    /// A stream of its own for the caller of this number.
    pub(crate) fn of(seed: u64, caller: u64) -> Self {
        let mut luck = Self::from(seed ^ (caller + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        luck.up_to(2);
        luck
    }
}

/// `STOA_SEED`, or a new one.
pub(crate) fn seed() -> u64 {
    let named = std::env::var("STOA_SEED").ok();
    named.map_or_else(
        || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            u64::from(now.subsec_nanos()) ^ (now.as_secs() << 20)
        },
        |seed| seed.parse().unwrap(),
    )
}
