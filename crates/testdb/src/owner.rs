//! Whose a temporary database is: the topmost process of this very program, by its id and its moment of birth.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// What all names begin with.
pub(crate) const MARK: &str = "t";

/// A prefix nobody has: `t<pid>x<birth>x<number>`.
pub(crate) fn fresh() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let me = std::process::id();
    let owner = topmost(me);
    let birth = birth(owner).unwrap_or_default();
    format!("{MARK}{owner}x{birth}x{me}x{number}")
}

/// Whether the process that a name speaks of still runs; a name of another form is nobody's to drop.
pub(crate) fn is_dead(name: &str) -> bool {
    let mut parts = name.strip_prefix(MARK).unwrap_or_default().split('x');
    let mut number = || parts.next().and_then(|part| part.parse::<u64>().ok());
    let (Some(pid), Some(born)) = (number(), number()) else {
        return false;
    };
    let pid = u32::try_from(pid).unwrap_or_default();
    birth(pid) != Some(born)
}

/// The highest ancestor that runs the same program: a test whose child asks is the owner.
fn topmost(pid: u32) -> u32 {
    let program = program(pid);
    let mut top = pid;
    while let Some(parent) = stat(top).and_then(|fields| fields.get(1)?.parse().ok()) {
        if program.is_none() || self::program(parent) != program {
            break;
        }
        top = parent;
    }
    top
}

fn program(pid: u32) -> Option<PathBuf> {
    fs::read_link(Path::new("/proc").join(pid.to_string()).join("exe")).ok()
}

/// When a process was born, in ticks since the machine was: with it, an id is not mistaken for an older one's.
fn birth(pid: u32) -> Option<u64> {
    stat(pid)?.get(19)?.parse().ok()
}

/// The fields of `/proc/<pid>/stat` behind the name: state, parent, ..
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lives_is_not_dropped() {
        let mine = fresh();
        assert!(!is_dead(&format!("{mine}_catalog")));
        assert!(!is_dead("t"));
        assert!(!is_dead("template1"));
        assert!(is_dead("t4294967295x1x1x0_catalog"));
        let other = format!("{MARK}{}x1x1x0", std::process::id());
        assert!(is_dead(&other), "an id that is another's now");
    }
}
