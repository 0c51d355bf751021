//! Calls over REST, just enough to prepare a world: a connection each, HTTP/1.0, so that the answer ends where it closes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// How long one answer may take.
const SLOW: Duration = Duration::from_secs(30);

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(super) enum As<'a> {
    /// The operator, by his token.
    Staff(&'a str),
    /// A guest, by his secret.
    Guest(&'a str),
    /// Nobody in particular.
    Nobody,
}

/// Sends one request with a JSON body, or none, and reads the JSON answer. `key` makes a write repeatable.
///
/// # Errors
/// Nobody answers, or the answer is no success.
pub(super) fn send(
    to: SocketAddr,
    who: As<'_>,
    method: &str,
    path: &str,
    write: Option<(&str, &Value)>,
) -> Result<Value> {
    let mut head = format!("{method} {path} HTTP/1.0\r\nhost: {to}\r\n");
    match who {
        As::Staff(token) => head.push_str(&format!("authorization: Bearer {token}\r\n")),
        As::Guest(secret) => head.push_str(&format!("stoa-guest-secret: {secret}\r\n")),
        As::Nobody => {}
    }
    let mut body = String::new();
    if let Some((key, message)) = write {
        body = message.to_string();
        head.push_str(&format!(
            "content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: {}\r\n",
            body.len()
        ));
    }
    let answer = exchange(to, &format!("{head}\r\n{body}"))
        .with_context(|| format!("{method} {path} was not answered"))?;
    let (status, body) = parted(&answer).with_context(|| format!("{method} {path}: {answer}"))?;
    if !(200..300).contains(&status) {
        bail!("{method} {path} was answered with {status}: {body}");
    }
    serde_json::from_str(body).with_context(|| format!("{method} {path} answers no JSON: {body}"))
}

fn exchange(to: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SLOW))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// The status and the body of an answer.
fn parted(answer: &str) -> Option<(u16, &str)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    Some((status, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_status_and_a_body() {
        let answer = "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(parted(answer), Some((200, "{}")));
        assert_eq!(parted("HTTP/1.0 200 OK\r\n"), None);
        assert_eq!(parted("hello\r\n\r\n"), None);
    }
}
