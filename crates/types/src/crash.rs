//! Where a test build may die, lose an answer, do something twice (`boundary!`) or forget a rule (`mutant!`). Without
//! the feature `crash-points` all of it vanishes, names included.
//!
//! | file | question it answers |
//! |---|---|
//! | `plan` | what shall go wrong, and where |
//! | `clock` | how far the clock is from the truth |
//! | `gate` | how a test in the same process lets work stand still at a boundary |
//! | `crossing` | how the way through a boundary finds out that it is its turn |

/// Marks a durable boundary: a commit, or a call to somebody else. It is its expression. In a build with the feature
/// `crash-points`, `STOA_CRASH_AT=<name>:<side>[:<nth>]` says what happens there, `nth` counting from 1, the default:
///
/// | side | what happens |
/// |---|---|
/// | `before`, `after` | the process dies (exit status 86) |
/// | `lost` | it is done, and its answer does not arrive: a call fails, a commit is reported lost |
/// | `twice` | a call is delivered twice; a commit stands, and its caller, who does not know, has to do it again |
///
/// It stands in async code, without `?` or `return` in it.
#[cfg(not(feature = "crash-points"))]
#[macro_export]
macro_rules! boundary {
    ($name:literal, $expr:expr $(,)?) => {
        // As strict as in a test build.
        async { $expr }.await
    };
}

/// Marks a durable boundary: a commit, or a call to somebody else. It is its expression. In a build with the feature
/// `crash-points`, `STOA_CRASH_AT=<name>:<side>[:<nth>]` says what happens there, `nth` counting from 1, the default:
///
/// | side | what happens |
/// |---|---|
/// | `before`, `after` | the process dies (exit status 86) |
/// | `lost` | it is done, and its answer does not arrive: a call fails, a commit is reported lost |
/// | `twice` | a call is delivered twice; a commit stands, and its caller, who does not know, has to do it again |
///
/// It stands in async code, without `?` or `return` in it.
#[cfg(feature = "crash-points")]
#[macro_export]
macro_rules! boundary {
    ($name:literal, $expr:expr $(,)?) => {
        $crate::crash::cross($name, async { $expr }).await
    };
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
mod clock;
#[cfg(feature = "crash-points")]
mod crossing;
#[cfg(feature = "crash-points")]
mod gate;
#[cfg(feature = "crash-points")]
mod plan;

#[cfg(feature = "crash-points")]
pub(crate) use clock::as_the_clock_says;
#[cfg(feature = "crash-points")]
pub use crossing::{Fault, cross, fault};
#[cfg(feature = "crash-points")]
pub use gate::Gate;
#[cfg(feature = "crash-points")]
pub use plan::{EXIT_STATUS, is_mutant};
