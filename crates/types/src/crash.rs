//! Where a test build may die (`boundary!`) or forget a rule (`mutant!`). Without the feature
//! `crash-points` both vanish, names included.

/// Marks a durable boundary: a commit, or a call to somebody else. It is its expression, and in a build
/// with the feature `crash-points` the process dies before or after it (exit status 86) when
/// `STOA_CRASH_AT=<name>:<before|after>[:<nth>]` says so; `nth` counts from 1, the default.
///
/// The expression may hold `.await`, `?` or `return`; then "after" is what follows its normal end.
#[cfg(not(feature = "crash-points"))]
#[macro_export]
macro_rules! boundary {
    ($name:literal, $expr:expr $(,)?) => {
        $expr
    };
}

/// Marks a durable boundary: a commit, or a call to somebody else. It is its expression, and in a build
/// with the feature `crash-points` the process dies before or after it (exit status 86) when
/// `STOA_CRASH_AT=<name>:<before|after>[:<nth>]` says so; `nth` counts from 1, the default.
///
/// The expression may hold `.await`, `?` or `return`; then "after" is what follows its normal end.
#[cfg(feature = "crash-points")]
#[macro_export]
macro_rules! boundary {
    ($name:literal, $expr:expr $(,)?) => {{
        $crate::crash::reached($name, $crate::crash::Side::Before);
        let outcome = $expr;
        $crate::crash::reached($name, $crate::crash::Side::After);
        outcome
    }};
}

/// Whether this build shall forget the rule `name`: always `false` without the feature `crash-points`,
/// with it true when the comma-separated `STOA_MUTANT` lists the name.
#[cfg(not(feature = "crash-points"))]
#[macro_export]
macro_rules! mutant {
    ($name:literal) => {
        false
    };
}

/// Whether this build shall forget the rule `name`: always `false` without the feature `crash-points`,
/// with it true when the comma-separated `STOA_MUTANT` lists the name.
#[cfg(feature = "crash-points")]
#[macro_export]
macro_rules! mutant {
    ($name:literal) => {
        $crate::crash::is_mutant($name)
    };
}

#[cfg(feature = "crash-points")]
pub use armed::{EXIT_STATUS, Side, is_mutant, reached};

#[cfg(feature = "crash-points")]
mod armed {
    #![expect(
        clippy::disallowed_methods,
        reason = "a test says where to die before any configuration is read"
    )]

    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// How a process ends at a boundary, so that a test can tell it from every other end.
    pub const EXIT_STATUS: i32 = 86;

    /// Which side of a boundary.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Side {
        /// Nothing of it has happened.
        Before,
        /// All of it has happened, and nobody has been told.
        After,
    }

    #[derive(Debug)]
    struct Plan {
        name: String,
        side: Side,
        nth: u64,
        seen: AtomicU64,
    }

    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    static MUTANTS: OnceLock<Vec<String>> = OnceLock::new();

    fn parse(text: &str) -> Option<Plan> {
        let mut parts = text.split(':');
        let name = parts.next().filter(|name| !name.is_empty())?.to_owned();
        let side = match parts.next()? {
            "before" => Side::Before,
            "after" => Side::After,
            _ => return None,
        };
        let nth = match parts.next() {
            Some(nth) => nth.parse().ok().filter(|nth| *nth > 0)?,
            None => 1,
        };
        parts.next().is_none().then_some(Plan {
            name,
            side,
            nth,
            seen: AtomicU64::new(0),
        })
    }

    /// A plan that cannot be read ends the process with status 64: a crash test that never crashes
    /// would otherwise pass.
    fn plan() -> Option<&'static Plan> {
        PLAN.get_or_init(|| {
            let text = std::env::var("STOA_CRASH_AT").ok()?;
            let plan = parse(&text);
            if plan.is_none() {
                std::process::exit(64);
            }
            plan
        })
        .as_ref()
    }

    /// Dies when the plan names this side of this boundary and it was reached that many times.
    pub fn reached(name: &str, side: Side) {
        let Some(plan) = plan() else { return };
        if plan.name == name
            && plan.side == side
            && plan.seen.fetch_add(1, Ordering::SeqCst) + 1 == plan.nth
        {
            std::process::exit(EXIT_STATUS);
        }
    }

    /// Whether `STOA_MUTANT` lists the name.
    #[must_use]
    pub fn is_mutant(name: &str) -> bool {
        MUTANTS
            .get_or_init(|| {
                std::env::var("STOA_MUTANT")
                    .unwrap_or_default()
                    .split(',')
                    .map(|name| name.trim().to_owned())
                    .collect()
            })
            .iter()
            .any(|listed| listed == name)
    }

    #[cfg(test)]
    mod tests {
        #![expect(clippy::unwrap_used, reason = "tests")]

        use super::*;

        #[test]
        fn a_plan_reads_name_side_and_count() {
            let plan = parse("order.decided.committed:after:3").unwrap();
            assert_eq!(plan.name, "order.decided.committed");
            assert_eq!((plan.side, plan.nth), (Side::After, 3));
            assert_eq!(parse("a.b:before").unwrap().nth, 1);
            for wrong in [
                "",
                "a.b",
                "a.b:during",
                "a.b:after:0",
                "a.b:after:x",
                ":after",
                "a:after:1:2",
            ] {
                assert!(parse(wrong).is_none(), "{wrong}");
            }
        }
    }
}
