//! The report as one page: what was injected, what was answered, how the suite did meanwhile, what held. Nothing is loaded.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::tally::{Second, Tally};
use super::verdict::Verdict;

/// The size of a chart.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 180.0;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#1c2330}\
h1{font-size:1.6rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}\
td,th{padding:.2rem .6rem;border-bottom:1px solid #dde2ea;text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}\
.ok{color:#17703c}.bad{color:#b3261e;font-weight:600}svg{width:100%;height:auto;background:#f6f8fb}\
.bar{fill:#4c78c8}.kill{stroke:#b3261e;stroke-width:1.5}.p50{fill:none;stroke:#4c78c8;stroke-width:1.5}\
.p99{fill:none;stroke:#d9822b;stroke-width:1.5}text{font:11px system-ui,sans-serif;fill:#566}";

/// Writes it.
pub(super) fn write(file: &Path, verdict: &Verdict, tally: &Tally) -> io::Result<()> {
    std::fs::write(file, page(verdict, &tally.seconds()))
}

fn page(verdict: &Verdict, seconds: &BTreeMap<u64, Second>) -> String {
    let (class, word) = if verdict.ok {
        ("ok", "Everything held")
    } else {
        ("bad", "Something broke")
    };
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Stoa chaos: {word}</title><style>{STYLE}</style>\
         <h1>Stoa chaos: <span class=\"{class}\">{word}</span></h1>\
         <p>{} answered orders were asked for again; {} were not as they were answered. Seed {}.</p>",
        verdict.promises,
        verdict.broken_promises.len(),
        verdict.seed
    );
    if !verdict.broken_promises.is_empty() {
        page.push_str("<h2 class=\"bad\">Broken promises</h2><ul>");
        for broken in &verdict.broken_promises {
            add(&mut page, format_args!("<li>{}</li>", escaped(broken)));
        }
        page.push_str("</ul>");
    }
    page.push_str("<h2>Orders answered per second (red: the suite was killed)</h2>");
    page.push_str(&rates(seconds));
    page.push_str(
        "<h2>Milliseconds from the quote to the answered order (blue p50, orange p99)</h2>",
    );
    page.push_str(&latencies(seconds));
    for (title, counts) in [
        ("Injected", &verdict.injected),
        ("Answered", &verdict.answered),
    ] {
        add(&mut page, format_args!("<h2>{title}</h2>"));
        page.push_str(&bars(counts));
    }
    page.push_str("<h2>The doctor</h2>");
    page.push_str(&checks(&verdict.doctor));
    page.push_str("</html>\n");
    page
}

fn add(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ok = page.write_fmt(text);
}

#[expect(clippy::as_conversions, reason = "figures for a chart")]
fn float(count: u64) -> f64 {
    count as f64
}

/// Where a second stands in a chart.
fn across(second: u64, last: u64) -> f64 {
    float(second) * WIDTH / float(last.max(1) + 1)
}

fn last(seconds: &BTreeMap<u64, Second>) -> u64 {
    seconds.keys().next_back().copied().unwrap_or(0)
}

fn rates(seconds: &BTreeMap<u64, Second>) -> String {
    let last = last(seconds);
    let most = seconds
        .values()
        .map(|it| it.orders)
        .max()
        .unwrap_or(0)
        .max(1);
    let mut chart = open(&format!("{most}/s"));
    let wide = (across(1, last) - 0.5).max(0.5);
    for (second, it) in seconds {
        let (x, high) = (
            across(*second, last),
            float(it.orders) / float(most) * HEIGHT,
        );
        let y = HEIGHT - high;
        add(
            &mut chart,
            format_args!(
                "<rect class=\"bar\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\"/>"
            ),
        );
        if it.killed {
            add(
                &mut chart,
                format_args!(
                    "<line class=\"kill\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{HEIGHT}\"/>"
                ),
            );
        }
    }
    chart + "</svg>"
}

fn latencies(seconds: &BTreeMap<u64, Second>) -> String {
    let last = last(seconds);
    let mut lines = [Vec::new(), Vec::new()];
    let mut most = 1;
    for (second, it) in seconds {
        let mut sorted = it.latencies.clone();
        sorted.sort_unstable();
        for (line, share) in lines.iter_mut().zip([50, 99]) {
            let place = (sorted.len() * share / 100).min(sorted.len().saturating_sub(1));
            if let Some(latency) = sorted.get(place) {
                most = most.max(*latency);
                line.push((*second, *latency));
            }
        }
    }
    let mut chart = open(&format!("{most} ms"));
    for (line, class) in lines.iter().zip(["p50", "p99"]) {
        let points: Vec<String> = line
            .iter()
            .map(|(second, latency)| {
                let y = HEIGHT - float(*latency) / float(most) * HEIGHT;
                format!("{:.1},{y:.1}", across(*second, last))
            })
            .collect();
        add(
            &mut chart,
            format_args!(
                "<polyline class=\"{class}\" points=\"{}\"/>",
                points.join(" ")
            ),
        );
    }
    chart + "</svg>"
}

fn open(top: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\"><text x=\"4\" y=\"12\">{top}</text>"
    )
}

fn bars(counts: &BTreeMap<String, u64>) -> String {
    let most = counts.values().max().copied().unwrap_or(1).max(1);
    let mut table = String::from("<table>");
    for (what, count) in counts {
        let wide = float(*count) / float(most) * 400.0;
        add(
            &mut table,
            format_args!(
                "<tr><td>{}</td><td class=\"n\">{count}</td><td><svg viewBox=\"0 0 400 12\" style=\"height:12px\">\
                 <rect class=\"bar\" width=\"{wide:.1}\" height=\"12\"/></svg></td></tr>",
                escaped(what)
            ),
        );
    }
    table + "</table>"
}

fn checks(doctor: &serde_json::Value) -> String {
    let mut table = String::from("<table><tr><th>Check</th><th>Holds</th><th>Examined</th></tr>");
    let checks = doctor.get("checks").and_then(serde_json::Value::as_array);
    for check in checks.into_iter().flatten() {
        let text = |key: &str| check.get(key).map(ToString::to_string).unwrap_or_default();
        let holds = check.get("ok").and_then(serde_json::Value::as_bool) == Some(true);
        let (class, word) = if holds { ("ok", "yes") } else { ("bad", "no") };
        add(
            &mut table,
            format_args!(
                "<tr><td>{}</td><td class=\"{class}\">{word}</td><td class=\"n\">{}</td></tr>",
                escaped(text("name").trim_matches('"')),
                escaped(&text("examined"))
            ),
        );
    }
    table + "</table>"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_page_shows_every_figure_and_is_no_markup_of_others() {
        let verdict = Verdict {
            ok: false,
            seed: 7,
            injected: BTreeMap::from([("suite killed".to_owned(), 3)]),
            answered: BTreeMap::from([("order <b>".to_owned(), 41)]),
            promises: 41,
            broken_promises: vec!["ord_x is lost".to_owned()],
            doctor: json!({"ok": true, "checks": [{"name": "no_oversell", "ok": true, "examined": 6}]}),
        };
        let mut second = Second {
            orders: 41,
            latencies: vec![5, 9, 80],
            killed: true,
        };
        let mut seconds = BTreeMap::from([(0, second.clone())]);
        second.killed = false;
        seconds.insert(4, second);
        let page = page(&verdict, &seconds);
        for text in [
            "Something broke",
            "ord_x is lost",
            "41/s",
            "80 ms",
            "class=\"kill\"",
            "no_oversell",
            "order &lt;b&gt;",
        ] {
            assert!(page.contains(text), "{text}");
        }
        assert!(!page.contains("<b>"));
    }
}
