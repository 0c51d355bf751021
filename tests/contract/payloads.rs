//! What was ever written into a log can be read for ever: a payload of each event type stands in `tests/payloads`, as it was
//! recorded, and is never recorded again.
//!
//! A file holds events of one service, a line each: kind, id and version of the aggregate, when it happened (microseconds),
//! the type, the payload in hexadecimal digits. Order events stand in whole streams, which the order service folds in a
//! test of its own. A new event type: run `record` (it is ignored otherwise), which adds what is missing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row};
use stoa_api::event::EVENT_TYPES;
use stoa_api::pool;

use crate::life::Life;
use crate::samples::good;
use crate::world::World;

/// The union of an order's events: what a caller reads, never what is stored.
const NEVER_STORED: &str = "stoa.order.v1.OrderEvent";

fn file(service: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("payloads/{service}.events"))
}

fn text(service: &str) -> String {
    std::fs::read_to_string(file(service)).unwrap_or_default()
}

const SERVICES: [&str; 5] = ["catalog", "inventory", "order", "payment", "pricing"];

/// The type and the payload of each line of all files.
fn recorded() -> Vec<(String, Vec<u8>)> {
    let lines: Vec<String> = SERVICES.iter().map(|service| text(service)).collect();
    let lines = lines.iter().flat_map(|text| text.lines());
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(' ').collect();
            let [_, _, _, _, event_type, payload] = fields.as_slice() else {
                panic!("no six fields: {line}");
            };
            ((*event_type).to_owned(), hex::decode(payload).unwrap())
        })
        .collect()
}

#[test]
fn a_payload_of_every_event_type_is_kept() {
    let kept: BTreeSet<String> = recorded().into_iter().map(|(kind, _)| kind).collect();
    let missing: Vec<&&str> = EVENT_TYPES
        .iter()
        .filter(|kind| **kind != NEVER_STORED && !kept.contains(**kind))
        .collect();
    assert!(
        missing.is_empty(),
        "no payload in tests/payloads of {missing:?}: run `cargo test -p stoa-tests --test contract -- payloads::record --ignored`"
    );
}

#[test]
fn every_payload_that_is_kept_is_still_read_whole() {
    for (event_type, payload) in recorded() {
        let message = pool().get_message_by_name(&event_type);
        let message = message.unwrap_or_else(|| panic!("{event_type} is gone"));
        let read = DynamicMessage::decode(message, payload.as_slice());
        let read = read.unwrap_or_else(|error| panic!("{event_type}: {error}"));
        assert_eq!(
            read.unknown_fields().count(),
            0,
            "{event_type}: a field is gone"
        );
        let again = DynamicMessage::decode(read.descriptor(), read.encode_to_vec().as_slice());
        assert_eq!(again.unwrap(), read, "{event_type}");
    }
}

/// One event of a log.
struct Line {
    aggregate: (String, String),
    event_type: String,
    line: String,
}

async fn log(folder: &Path, service: &str) -> Vec<Line> {
    let path = folder.join(format!("{service}.db"));
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut db = options.connect().await.unwrap();
    let sql = "SELECT aggregate_kind, aggregate_id, aggregate_version, occurred_at, event_type, lower(hex(payload)) AS payload
               FROM event_log ORDER BY aggregate_kind, aggregate_id, aggregate_version";
    let rows = sqlx::query(sql).fetch_all(&mut db).await.unwrap();
    db.close().await.unwrap();
    rows.iter()
        .map(|row| {
            let (kind, id): (String, String) = (row.get(0), row.get(1));
            let (version, at): (i64, i64) = (row.get(2), row.get(3));
            let (event_type, payload): (String, String) = (row.get(4), row.get(5));
            Line {
                line: format!("{kind} {id} {version} {at} {event_type} {payload}\n"),
                aggregate: (kind, id),
                event_type,
            }
        })
        .collect()
}

/// Adds the streams of a shop that lived, as far as they hold types of which nothing is kept; the rest is made up.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes to tests/payloads: for a new event type"]
async fn record() {
    let world = World::start().await;
    Life::live(&world, false).await;
    world.books().await;
    let folder = world.suite.data().to_owned();
    let mut kept: BTreeSet<String> = recorded().into_iter().map(|(kind, _)| kind).collect();
    std::fs::create_dir_all(file("order").parent().unwrap()).unwrap();
    for service in SERVICES {
        let mut text = text(service);
        let lines = log(&folder, service).await;
        for stream in lines.chunk_by(|one, next| one.aggregate == next.aggregate) {
            let news = |line: &Line| !kept.contains(&line.event_type);
            if !stream.iter().any(news) {
                continue;
            }
            for line in stream {
                kept.insert(line.event_type.clone());
                text.push_str(&line.line);
            }
        }
        let package = format!("stoa.{service}.v1.");
        for event_type in EVENT_TYPES {
            let of_us = event_type.starts_with(&package) && *event_type != NEVER_STORED;
            if of_us && kept.insert((*event_type).to_owned()) {
                let made = good(&pool().get_message_by_name(event_type).unwrap());
                let payload = hex::encode(made.encode_to_vec());
                writeln!(text, "made-up none 1 0 {event_type} {payload}").unwrap();
            }
        }
        std::fs::write(file(service), text).unwrap();
    }
    world.stop().await;
}
