//! Server streams: lines, events, and an error in the middle of either.

use serde_json::{Value, json};

use crate::support::{Answer, ask, get};

fn lines(answer: &Answer) -> Vec<Value> {
    let text = std::str::from_utf8(&answer.body).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn a_stream_is_lines_of_json() {
    let answer = get("/v1/things/t:watch?int32Value=3").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert_eq!(
        lines(&answer),
        vec![json!({"text": "t", "int32Value": 3}); 3]
    );
    let empty = get("/v1/things/t:watch").await;
    assert_eq!((empty.status.as_u16(), empty.body.len()), (200, 0));
}

#[tokio::test]
async fn an_error_in_the_middle_is_the_last_line() {
    let answer = get("/v1/things/break:watch?int32Value=1").await;
    let lines = lines(&answer);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["error"]["reason"], "OUT_OF_STOCK");
    assert_eq!(lines[1]["error"]["status"], 400);
}

#[tokio::test]
async fn an_error_before_the_first_message_is_a_problem() {
    let answer = get("/v1/things/refuse:watch").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn who_accepts_events_gets_events() {
    let events = [("accept", "text/event-stream")];
    let answer = ask("GET", "/v1/things/t:watch?int32Value=2", &events, "").await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let one = "data: {\"text\":\"t\",\"int32Value\":2}\n\n";
    assert_eq!(answer.body, format!("{one}{one}event: end\ndata: {{}}\n\n"));
    let answer = ask("GET", "/v1/things/break:watch?int32Value=0", &events, "").await;
    let text = std::str::from_utf8(&answer.body).unwrap();
    assert!(
        text.starts_with("event: error\ndata: {\"type\":\"/docs/errors/OUT_OF_STOCK\""),
        "{text}"
    );
}
