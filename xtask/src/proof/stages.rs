//! What a proof consists of. Some stages take what they take, a few minutes each; the rest of the time is shared by those that
//! only prove more the longer they run.

use std::time::Duration;

/// One run of nextest.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) title: &'static str,
    pub(crate) engine: &'static str,
    /// A filter expression.
    pub(crate) tests: &'static str,
    pub(crate) environment: Vec<(&'static str, String)>,
}

const SQLITE: &str = "sqlite";
const POSTGRES: &str = "postgres";

const MATRIX: &str = "package(stoa-tests) & binary(crash) & test(/^matrix::/)";
/// Some boundaries are come to on a file alone, and their tests say so in their names.
const MATRIX_ON_A_SERVER: &str =
    "package(stoa-tests) & binary(crash) & test(/^matrix::/) & not test(/sqlite_/)";
const POINTS: &str = "test(/crash_points/)";
const FAULTS: &str = "package(stoa-tests) & binary(crash) & test(/^faults::/)";
const POWER: &str = "package(stoa-tests) & binary(crash) & test(/^power::/)";
const KILLS: &str = "package(stoa-tests) & binary(crash) & test(/^kill_loop::/)";
const LONG: &str =
    "(package(stoa-tests) & binary(history)) | (package(stoa-inventory) & test(/hot_skus/))";

/// What the stages need that take what they take.
const FIXED: Duration = Duration::from_mins(12);

/// The longest of the long runs: more of one shows nothing new.
const LONGEST: u64 = 600;

/// A night kills at least so often.
const NIGHT: Duration = Duration::from_hours(8);
const KILLS_OF_A_NIGHT: u64 = 1_000;

/// Power is cut so often.
const CUTS: u64 = 25;

/// Tests that kill, of which two run at the same time.
const KILLING_TESTS: u64 = 3;

/// The stages of a proof that has so much time.
pub(crate) fn all(time: Duration) -> Vec<Stage> {
    let rest = time.saturating_sub(FIXED).as_secs().max(60);
    // Two engines have long runs and kills: a quarter of the rest for each.
    let share = rest / 4;
    let long = share.clamp(30, LONGEST);
    let spared = share.saturating_sub(long);
    let kill_seconds = share.saturating_add(spared) / 2;
    let night = u32::from(time >= NIGHT);
    let kills = 34_u64.max(u64::from(night) * KILLS_OF_A_NIGHT.div_ceil(KILLING_TESTS));
    let kill = |name| (name, kills.to_string());
    let seconds = ("STOA_KILL_SECONDS", kill_seconds.to_string());
    let long = ("STOA_LONG_SECONDS", long.to_string());
    let stage = |title, engine, tests, environment| Stage {
        title,
        engine,
        tests,
        environment,
    };
    let mut stages = Vec::new();
    for engine in [SQLITE, POSTGRES] {
        let matrix = if engine == SQLITE {
            MATRIX
        } else {
            MATRIX_ON_A_SERVER
        };
        stages.push(stage("every boundary", engine, matrix, vec![]));
        stages.push(stage(
            "every boundary of a service alone",
            engine,
            POINTS,
            vec![],
        ));
        stages.push(stage("random faults", engine, FAULTS, vec![]));
    }
    let cuts = ("STOA_POWER_CUTS", CUTS.to_string());
    stages.push(stage("power cuts", SQLITE, POWER, vec![cuts]));
    for engine in [SQLITE, POSTGRES] {
        let of_kills = vec![kill("STOA_KILLS"), seconds.clone()];
        stages.push(stage("kills", engine, KILLS, of_kills));
        stages.push(stage("long runs", engine, LONG, vec![long.clone()]));
    }
    stages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(stages: &[Stage], name: &str) -> u64 {
        let all = stages.iter().flat_map(|stage| &stage.environment);
        let found = all.filter(|(variable, _)| *variable == name);
        found
            .filter_map(|(_, value)| value.parse::<u64>().ok())
            .sum()
    }

    #[test]
    fn a_night_kills_a_thousand_times_on_each_engine() {
        let night = all(NIGHT);
        assert!(wanted(&night, "STOA_KILLS") * KILLING_TESTS >= 2 * KILLS_OF_A_NIGHT);
        assert_eq!(wanted(&night, "STOA_LONG_SECONDS"), 2 * LONGEST);
        assert_eq!(wanted(&night, "STOA_POWER_CUTS"), CUTS);
    }

    #[test]
    fn a_short_one_has_all_stages_too() {
        let short = all(Duration::from_mins(15));
        assert_eq!(short.len(), all(NIGHT).len());
        assert!(wanted(&short, "STOA_LONG_SECONDS") < 2 * LONGEST);
    }
}
