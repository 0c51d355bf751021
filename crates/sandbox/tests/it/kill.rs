//! The provider as a process that is killed: what was answered stands.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::{Client, StatusCode};
use serde_json::Value;
use stoa_sandbox::{Config, run_until_stdin_closes};

use crate::harness::authorization;

/// The sandbox as a process: this test binary, run again for the one test below.
fn child(data: &Path) -> (Child, SocketAddr) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::serve_from_the_current_folder",
            "--ignored",
        ])
        .arg("--nocapture")
        .current_dir(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let address = lines
        .by_ref()
        .find_map(|line| {
            let line: Value = serde_json::from_str(line.get(line.find('{')?..)?).ok()?;
            line["address"].as_str()?.parse().ok()
        })
        .expect("the child prints its address");
    // Somebody reads on, or the child could not print how its test ended.
    std::thread::spawn(move || lines.count());
    (child, address)
}

#[tokio::test]
#[ignore = "the other side of the test that kills it"]
async fn serve_from_the_current_folder() {
    let config = Config::new("books");
    run_until_stdin_closes(config, "127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn what_was_answered_survives_a_kill_and_the_end_of_stdin_ends_it() {
    let data = tempfile::tempdir().unwrap();
    let client = Client::new();
    let (mut first, address) = child(data.path());
    let mut answers = Vec::new();
    for n in 0..20 {
        let name = format!("a{n}");
        let answer = client
            .post(format!("http://{address}/v1/authorizations"))
            .header("idempotency-key", &name)
            .json(&authorization(&name, "tok_approve", n + 1))
            .send()
            .await
            .unwrap();
        answers.push((name, answer.json::<Value>().await.unwrap()));
    }
    first.kill().unwrap();
    first.wait().unwrap();

    let (mut second, address) = child(data.path());
    for (n, (name, answered)) in answers.iter().enumerate() {
        let amount = i64::try_from(n).unwrap() + 1;
        let again = client
            .post(format!("http://{address}/v1/authorizations"))
            .header("idempotency-key", name)
            .json(&authorization(name, "tok_approve", amount))
            .send()
            .await
            .unwrap();
        assert_eq!(again.status(), StatusCode::OK);
        assert_eq!(&again.json::<Value>().await.unwrap(), answered);
    }
    drop(second.stdin.take());
    assert!(second.wait().unwrap().success());
}
