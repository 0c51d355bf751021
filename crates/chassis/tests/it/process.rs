//! A process of its own: signals and exit statuses.
//!
//! The child is this test binary, told by the environment to run one ignored test which is `main` of a suite; its settings
//! come by the environment too, as an operator's would.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use stoa_config::Sources;

use crate::up::suite;

#[test]
#[ignore = "the child of the other tests here"]
fn child() {
    let sources = Sources::default().with_environment();
    let status = suite().run(&sources, |running| {
        eprintln!("READY {}", running.addresses().admin);
    });
    std::process::exit(i32::from(status));
}

fn spawn(data: &Path, more: &[(&str, &str)]) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "process::child", "--nocapture"])
        .env("STOA_SERVER__DATA", data)
        .env("STOA_TELEMETRY__FORMAT", "json")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    for port in ["GRPC", "HTTP", "ADMIN"] {
        command.env(format!("STOA_SERVER__{port}"), "127.0.0.1:0");
    }
    command.envs(more.iter().copied());
    command.spawn().unwrap()
}

/// The lines of stderr up to the one that begins so, that one last.
fn until(child: &mut BufReader<std::process::ChildStderr>, begin: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in child.by_ref().lines() {
        let line = line.unwrap();
        let found = line.starts_with(begin);
        lines.push(line);
        if found {
            return lines;
        }
    }
    panic!("no line begins with {begin}: {lines:#?}");
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

fn ended(mut child: Child, stderr: BufReader<std::process::ChildStderr>) -> (ExitStatus, String) {
    let rest: Vec<String> = stderr.lines().map(Result::unwrap).collect();
    (child.wait().unwrap(), rest.join("\n"))
}

#[test]
fn a_signal_ends_it_in_order() {
    for name in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = spawn(folder.path(), &[]);
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        until(&mut stderr, "READY");
        signal(&child, name);
        let (status, rest) = ended(child, stderr);
        assert_eq!(status.code(), Some(0), "{rest}");
        let lines: Vec<serde_json::Value> = rest
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let said: Vec<&str> = lines
            .iter()
            .map(|l| l["message"].as_str().unwrap())
            .collect();
        assert!(
            said.contains(&"draining") && said.last() == Some(&"stopped"),
            "{said:?}"
        );
    }
}

#[test]
fn mistakes_in_the_settings_end_it_with_64_and_are_all_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = spawn(
        folder.path(),
        &[
            ("STOA_SERVER__DRAIN", "soon"),
            ("STOA_CATALOG__GREETING", "rude"),
        ],
    );
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let (status, text) = ended(child, stderr);
    assert_eq!(status.code(), Some(64), "{text}");
    assert!(text.contains("2 mistakes"), "{text}");
    assert!(text.contains("from STOA_SERVER__DRAIN"), "{text}");
    assert!(text.contains("must be polite"), "{text}");
}

#[test]
fn a_folder_in_use_ends_it_with_75() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = spawn(folder.path(), &[]);
    let mut stderr = BufReader::new(first.stderr.take().unwrap());
    until(&mut stderr, "READY");
    let mut second = spawn(folder.path(), &[]);
    let others = BufReader::new(second.stderr.take().unwrap());
    let (status, text) = ended(second, others);
    assert_eq!(status.code(), Some(75), "{text}");
    signal(&first, "KILL");
    let (status, _) = ended(first, stderr);
    assert_eq!(status.code(), None);
    // Nobody cleans up after a kill; the next one starts all the same.
    let mut third = spawn(folder.path(), &[]);
    let mut stderr = BufReader::new(third.stderr.take().unwrap());
    until(&mut stderr, "READY");
    signal(&third, "TERM");
    assert_eq!(ended(third, stderr).0.code(), Some(0));
}
