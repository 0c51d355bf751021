//! The figures of a watch as a page in Prometheus' text format.

use std::fmt::{Display, Write as _};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use stoa_types::{Clock, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::client::Failure;

use super::diagnosis::Diagnosis;

/// How long somebody may take to ask, or to hear the answer.
const SLOW: Duration = Duration::from_secs(5);

/// The longest request that is read.
const LONGEST: usize = 8 * 1024;

/// What the visits so far came to.
#[derive(Debug, Default)]
pub(super) struct Figures(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    up: bool,
    healthy: u64,
    broken: u64,
    gone: u64,
    /// Seconds since 1970.
    last: f64,
    last_ok: f64,
    took: f64,
    checks: Vec<Line>,
}

/// The figures of a check.
#[derive(Debug)]
struct Line {
    name: String,
    violations: i64,
    examined: i64,
    in_flight: i64,
}

impl Figures {
    /// Counts a visit.
    pub(super) fn note(&self, diagnosis: &Diagnosis, took: Duration) {
        let now = seconds();
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.up = true;
        state.last = now;
        state.took = took.as_secs_f64();
        if diagnosis.is_healthy() {
            state.healthy += 1;
            state.last_ok = now;
        } else {
            state.broken += 1;
        }
        let checks = diagnosis.checks.iter();
        state.checks = checks
            .map(|check| Line {
                name: check.name.clone(),
                violations: check.violation_count,
                examined: check.examined,
                in_flight: check.in_flight,
            })
            .collect();
    }

    /// Counts a visit to which nobody answered.
    pub(super) fn gone(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.up = false;
        state.gone += 1;
    }

    /// The page.
    fn page(&self) -> String {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut page = Text::default();
        page.family(
            "stoa_doctor_visits_total",
            "counter",
            "Visits by what they came to.",
        );
        for (outcome, count) in [
            ("healthy", state.healthy),
            ("broken", state.broken),
            ("gone", state.gone),
        ] {
            page.sample("stoa_doctor_visits_total", &[("outcome", outcome)], count);
        }
        let up = i32::from(state.up);
        page.gauge(
            "stoa_doctor_up",
            "Whether the suite answered the last visit.",
            up,
        );
        let last = "When the last visit that was answered ended.";
        page.gauge("stoa_doctor_last_visit_timestamp_seconds", last, state.last);
        let ok = "When all checks held last; 0: never.";
        page.gauge("stoa_doctor_last_ok_timestamp_seconds", ok, state.last_ok);
        let took = "How long the last visit took.";
        page.gauge("stoa_doctor_visit_duration_seconds", took, state.took);
        let checks = state.checks.len();
        page.gauge("stoa_doctor_checks", "Checks of the last visit.", checks);
        for (name, help, figure) in OF_A_CHECK {
            page.family(name, "gauge", help);
            for line in &state.checks {
                page.sample(name, &[("check", &line.name)], figure(line));
            }
        }
        page.0
    }
}

/// A figure of a check.
type Figure = fn(&Line) -> i64;

/// The figures that each check has.
const OF_A_CHECK: [(&str, &str, Figure); 3] = [
    (
        "stoa_doctor_violations",
        "What the last visit found broken.",
        |line| line.violations,
    ),
    (
        "stoa_doctor_examined",
        "What the last visit looked at.",
        |line| line.examined,
    ),
    (
        "stoa_doctor_in_flight",
        "What the last visit did not judge, since it moves.",
        |line| line.in_flight,
    ),
];

/// A page on its way.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _never_fails = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels = labels
            .iter()
            .map(|(label, of)| format!("{{{label}=\"{of}\"}}"));
        let _never_fails = writeln!(self.0, "{name}{} {value}", labels.collect::<String>());
    }

    /// A family of one.
    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }
}

fn seconds() -> f64 {
    let micros = u64::try_from(SystemClock.now().micros()).unwrap_or(0);
    Duration::from_micros(micros).as_secs_f64()
}

/// Where the page is asked for.
#[derive(Debug)]
pub(super) struct Page(TcpListener);

impl Page {
    /// Listens, and says where.
    pub(super) async fn bind(address: SocketAddr) -> Result<Self, Failure> {
        let broken = |error| Failure::Usage(format!("cannot listen on {address}: {error}"));
        let listener = TcpListener::bind(address).await.map_err(broken)?;
        let address = listener.local_addr().map_err(broken)?;
        eprintln!("metrics at http://{address}/metrics");
        Ok(Self(listener))
    }

    /// Answers one after the other, for ever.
    pub(super) async fn serve(&self, figures: &Figures) -> Result<(), Failure> {
        loop {
            let Ok((stream, _)) = self.0.accept().await else {
                continue;
            };
            // Who is slow or gone gets no page; there is nobody else to tell.
            let _gone = timeout(SLOW, answer(stream, figures)).await;
        }
    }
}

/// Answers one request, and closes.
async fn answer(mut stream: TcpStream, figures: &Figures) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut chunk = [0_u8; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < LONGEST {
        let length = stream.read(&mut chunk).await?;
        if length == 0 {
            break;
        }
        request.extend(chunk.iter().take(length));
    }
    let (status, body) = if request.starts_with(b"GET /metrics ") {
        ("200 OK", figures.page())
    } else {
        ("404 Not Found", "ask for /metrics\n".to_owned())
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::super::diagnosis::{Check, Violation};
    use super::*;

    #[test]
    fn the_page_says_what_was_found() {
        let mut check = Check::new("ledger_zero");
        check.examined = 7;
        check.add(Violation {
            subject: "op_1".to_owned(),
            detail: "is wrong".to_owned(),
            repair: String::new(),
        });
        let figures = Figures::default();
        figures.note(
            &Diagnosis::new(vec![check], true, 0),
            Duration::from_millis(250),
        );
        figures.gone();
        let page = figures.page();
        for line in [
            "stoa_doctor_up 0",
            "stoa_doctor_checks 1",
            "stoa_doctor_visits_total{outcome=\"broken\"} 1",
            "stoa_doctor_visits_total{outcome=\"gone\"} 1",
            "stoa_doctor_last_ok_timestamp_seconds 0",
            "stoa_doctor_visit_duration_seconds 0.25",
            "stoa_doctor_violations{check=\"ledger_zero\"} 1",
            "stoa_doctor_examined{check=\"ledger_zero\"} 7",
        ] {
            assert!(page.lines().any(|it| it == line), "{line} in {page}");
        }
    }
}
