//! What `stoa up` says when it is ready: where it is, and the next two lines to type.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use stoa_chassis::{Addresses, OPERATOR_TOKEN, Running};

use crate::client::line;

/// Says it on stdout.
pub(super) fn ready(running: &Running, took: Duration) {
    let text = text(running.data(), &running.addresses(), took);
    if let Err(failure) = line(&text) {
        tracing::warn!(%failure, "the addresses cannot be shown");
    }
}

fn text(data: &Path, at: &Addresses, took: Duration) -> String {
    let mut text = format!("Stoa is ready ({} ms)\n", took.as_millis());
    let token = data.join(OPERATOR_TOKEN);
    for (what, value) in [
        ("gRPC", at.grpc.to_string()),
        ("REST", format!("http://{}", at.http)),
        ("admin", format!("http://{}/readyz", at.admin)),
        ("data", data.display().to_string()),
        ("token", token.display().to_string()),
    ] {
        // Writing to a String cannot fail.
        let _ok = writeln!(text, "  {what:6} {value}");
    }
    let stoa = std::env::current_exe().map_or_else(
        |_| "stoa".to_owned(),
        |path| relative(&path).display().to_string(),
    );
    let _ok = write!(
        text,
        "Next, in a second terminal:\n  {stoa} seed --data {data}\n  curl -s 'http://{http}/v1/products?page_size=3'",
        data = data.display(),
        http = at.http,
    );
    text
}

/// A path as it is typed from here.
fn relative(path: &Path) -> &Path {
    std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_last_two_lines_can_be_typed() {
        let at = Addresses {
            grpc: "127.0.0.1:1".parse().unwrap(),
            http: "127.0.0.1:2".parse().unwrap(),
            admin: "127.0.0.1:3".parse().unwrap(),
            peers: None,
        };
        let text = text(Path::new("./stoa-data"), &at, Duration::from_millis(412));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.first(), Some(&"Stoa is ready (412 ms)"));
        let last = lines.get(lines.len() - 2..).unwrap();
        assert!(
            last.iter()
                .any(|line| line.ends_with("seed --data ./stoa-data"))
        );
        assert!(
            last.iter()
                .any(|line| line.contains("curl -s 'http://127.0.0.1:2/v1/products"))
        );
    }
}
