//! What a long run wants to know of its tests: what was done to the suite, how often, and the seed that repeats it. A test notes
//! it when it has held; `cargo xtask proof` names the file and adds it up.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

/// Which engine the suite of these tests runs on.
pub(crate) fn engine() -> String {
    std::env::var("STOA_TEST_ENGINE").unwrap_or_else(|_| "sqlite".to_owned())
}

pub(crate) fn is_on_postgres() -> bool {
    engine() == "postgres"
}

/// Notes that this was done `count` times, and held.
pub(crate) fn note(what: &str, count: u64, detail: &str) {
    let Some(file) = std::env::var_os("STOA_PROOF_NOTES") else {
        return;
    };
    let engine = engine();
    let line = json!({ "what": what, "count": count, "detail": detail, "engine": engine });
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .unwrap();
    // One write: several processes append to it.
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// A number from the environment, or this one.
pub(crate) fn wanted(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is no number")),
        Err(_) => otherwise,
    }
}

/// Numbers that a seed repeats (xorshift64*).
pub(crate) struct Luck {
    pub(crate) seed: u64,
    state: u64,
}

impl Luck {
    /// Of `STOA_SEED`, else of the time; says which.
    pub(crate) fn new() -> Self {
        let named = std::env::var("STOA_SEED").ok();
        let seed = named.map_or_else(
            || {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
                u64::from(now.subsec_nanos()) ^ now.as_secs() << 20
            },
            |seed| seed.parse().unwrap(),
        );
        eprintln!("seed {seed}");
        Self {
            seed,
            state: seed.max(1),
        }
    }

    /// 1 to `most`.
    pub(crate) fn up_to(&mut self, most: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        1 + (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % most
    }
}
