//! What shall go wrong: one place, one way, one time.
//!
//! `STOA_CRASH_AT` says it for the whole life of a process. A test that keeps the process says it, and says it anew, in
//! the file that `STOA_CRASH_PLAN` names: a line each of the same text, one to happen after the other. What has happened is
//! taken out of it, and when all has, the file is gone.

#![expect(
    clippy::disallowed_methods,
    reason = "a test says what goes wrong before any configuration is read"
)]

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::Fault;

/// How a process ends at a boundary, so that a test can tell it from every other end.
pub const EXIT_STATUS: i32 = 86;

/// How a process ends whose plan cannot be read: a test that means a fault and gets none would pass.
const UNREADABLE: i32 = 64;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// It dies; nothing of it has happened.
    Before,
    /// It dies; all of it has happened, and nobody has been told.
    After,
    /// It lives, and what is behind the boundary goes wrong.
    With(Fault),
}

/// A plan, and how often its place was reached.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    name: String,
    side: Side,
    nth: u64,
}

#[derive(Debug, Default)]
struct Progress {
    text: String,
    seen: u64,
}

static PROGRESS: Mutex<Progress> = Mutex::new(Progress {
    text: String::new(),
    seen: 0,
});

/// Where the plan stands.
enum Source {
    Nowhere,
    Variable(String),
    File(PathBuf),
}

fn source() -> &'static Source {
    static SOURCE: OnceLock<Source> = OnceLock::new();
    SOURCE.get_or_init(|| {
        if let Some(file) = std::env::var_os("STOA_CRASH_PLAN") {
            return Source::File(file.into());
        }
        match std::env::var("STOA_CRASH_AT") {
            Ok(text) if parse(&text).is_none() => std::process::exit(UNREADABLE),
            Ok(text) => Source::Variable(text),
            Err(_) => Source::Nowhere,
        }
    })
}

fn parse(text: &str) -> Option<Plan> {
    let mut parts = text.trim().split(':');
    let name = parts.next().filter(|name| !name.is_empty())?.to_owned();
    let side = match parts.next()? {
        "before" => Side::Before,
        "after" => Side::After,
        "lost" => Side::With(Fault::Lost),
        "twice" => Side::With(Fault::Twice),
        _ => return None,
    };
    let nth = match parts.next() {
        Some(nth) => nth.parse().ok().filter(|nth| *nth > 0)?,
        None => 1,
    };
    let plan = Plan { name, side, nth };
    parts.next().is_none().then_some(plan)
}

/// What is planned now, and its text.
fn current() -> Option<(String, Plan)> {
    let text = match source() {
        Source::Nowhere => return None,
        Source::Variable(text) => text.clone(),
        // No file: nothing is planned, or it has happened.
        Source::File(path) => {
            let all = std::fs::read_to_string(path).ok()?;
            all.lines().next()?.to_owned()
        }
    };
    let Some(plan) = parse(&text) else {
        std::process::exit(UNREADABLE)
    };
    Some((text, plan))
}

/// Whether this side of this boundary is reached the planned time; says so once.
pub(super) fn is_due(name: &str, wanted: impl Fn(Side) -> bool) -> Option<Side> {
    let (text, plan) = current()?;
    if plan.name != name || !wanted(plan.side) {
        return None;
    }
    let mut progress = PROGRESS.lock().unwrap_or_else(PoisonError::into_inner);
    if progress.text != text {
        *progress = Progress { text, seen: 0 };
    }
    progress.seen += 1;
    (progress.seen == plan.nth).then_some(plan.side)
}

/// It was due, and could not happen: the next time will do.
pub(super) fn postpone() {
    let mut progress = PROGRESS.lock().unwrap_or_else(PoisonError::into_inner);
    progress.seen = progress.seen.saturating_sub(1);
}

/// It has happened: the next one may.
pub(super) fn happened() {
    let Source::File(path) = source() else { return };
    let all = std::fs::read_to_string(path).unwrap_or_default();
    let rest: Vec<&str> = all.lines().skip(1).collect();
    // A test reads there what has happened, so it is whole at every moment.
    let _written = if rest.is_empty() {
        std::fs::remove_file(path)
    } else {
        let fresh = path.with_extension("fresh");
        std::fs::write(&fresh, rest.join("\n")).and_then(|()| std::fs::rename(&fresh, path))
    };
    *PROGRESS.lock().unwrap_or_else(PoisonError::into_inner) = Progress::default();
}

/// Whether `STOA_MUTANT` lists the name.
#[must_use]
pub fn is_mutant(name: &str) -> bool {
    static MUTANTS: OnceLock<Vec<String>> = OnceLock::new();
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
        assert_eq!(parse("a.b:before\n").unwrap().nth, 1);
        assert_eq!(parse("a.b:lost").unwrap().side, Side::With(Fault::Lost));
        assert_eq!(parse("a.b:twice").unwrap().side, Side::With(Fault::Twice));
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
