//! ghz itself: built by Go into `.tools` when it is first needed, at the version that `loadtest/ghz/go.mod` pins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{self, say, timed};
use crate::tools::Tools;

use super::profile::FOLDER;

/// The files that pin it; their text is kept beside what was built from them.
const PINS: [&str; 2] = ["go.mod", "go.sum"];

/// Where ghz stands; it is built when it is not there, or when the pin has changed.
pub(super) fn ghz(root: &Path) -> Result<PathBuf> {
    let tools = Tools::new(root);
    let pins = root.join(FOLDER);
    let mut wanted = String::new();
    for pin in PINS {
        let text = fs::read_to_string(pins.join(pin));
        wanted.push_str(&text.with_context(|| format!("cannot read {FOLDER}/{pin}"))?);
    }
    let program = tools.go_bin().join("ghz");
    let stamps = tools.dir().join("stamps");
    let stamp = stamps.join("ghz");
    if program.exists() && fs::read_to_string(&stamp).is_ok_and(|built| built == wanted) {
        return Ok(program);
    }
    if !process::exists("go") {
        bail!("`go` is not on PATH, needed for ghz: install Go 1.26 or newer from go.dev/dl");
    }
    say("[xtask] building ghz into .tools, once; this takes about a minute ..");
    timed("ghz (go)", || {
        process::capture(
            Command::new("go")
                .args(["install", "-mod=readonly", "tool"])
                .current_dir(&pins)
                .env("GOBIN", tools.go_bin()),
        )
    })?;
    fs::create_dir_all(&stamps)?;
    fs::write(&stamp, wanted)?;
    Ok(program)
}
