//! The README's first order: its lines are run exactly as they stand there, against a suite on the default ports.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use stoa_testkit::{binary, eventually_blocking};

/// The section whose `sh` blocks are run.
const SECTION: &str = "## Your first order";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The `sh` blocks of the section.
fn blocks() -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, section) = readme.split_once(SECTION).expect("the section");
    let section = section.split("\n## ").next().unwrap();
    let mut blocks = Vec::new();
    for part in section.split("```sh\n").skip(1) {
        blocks.push(part.split("```").next().unwrap().to_owned());
    }
    blocks
}

/// `stoa up` as the README's first command starts it: default ports, ./stoa-data.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

fn up(folder: &Path) -> Up {
    let log = fs::File::create(folder.join("up.log")).unwrap();
    let child = Command::new(binary())
        .arg("up")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut up = Up(child);
    eventually_blocking("the suite on its default ports", || {
        let said = fs::read_to_string(folder.join("up.log")).unwrap();
        if let Some(status) = up.0.try_wait().unwrap() {
            panic!("it ended with {status}: {said}");
        }
        said.contains("Next, in a second terminal").then_some(())
    });
    up
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "PATH is the shell's, not a setting of the suite"
)]
fn the_first_order_runs_as_it_stands() {
    let tools = root().join(".tools/bin");
    if !tools.join("grpcurl").is_file() {
        assert!(env::var_os("CI").is_none(), "grpcurl is missing");
        eprintln!("skipped: there is no grpcurl; `cargo xtask setup` gets it");
        return;
    }
    let mut path = tools.into_os_string();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    let folder = tempfile::tempdir().unwrap();
    let _up = up(folder.path());
    let blocks = blocks();
    assert_eq!(blocks.len(), 2, "one by grpcurl, one by curl");
    assert!(blocks[0].contains("grpcurl ") && blocks[1].contains("curl -sS"));
    for block in blocks {
        let ran = Command::new("sh")
            .arg("-euc")
            .arg(&block)
            .current_dir(folder.path())
            .env("PATH", &path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        let wrong = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{block}\n{said}\n{wrong}");
        assert_eq!(wrong, "", "{block}");
        assert!(said.contains("ORDER_STATE_CONFIRMED"), "{said}");
        assert!(said.contains("AXIS_STATE_FULL"), "{said}");
    }
}
