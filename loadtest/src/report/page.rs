//! Reports as one page: no script, no file beside it, nothing loaded.

use super::chart::Chart;
use super::{Report, text};
use crate::figures::{Figure, Figures, float, round};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2733}\
 table{border-collapse:collapse;margin:.5rem 0}td,th{padding:.1rem .8rem .1rem 0;text-align:left;vertical-align:top}\
 td.n{text-align:right;font-variant-numeric:tabular-nums}td.s{color:#66788a}figure{margin:1.5rem 0}figcaption{font-weight:600}\
 svg{max-width:100%;height:auto;font-size:12px}svg text{fill:#44525f}line.grid{stroke:#dfe5ea}polyline{fill:none;stroke:#1f6f8b;stroke-width:2}\
 circle,rect{fill:#1f6f8b}";

/// The page of all reports.
pub(crate) fn page(reports: &[Report]) -> String {
    let sections: String = reports.iter().map(section).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Stoa, measured</title>\
         <style>{STYLE}</style></head><body><h1>Stoa, measured</h1>\n{sections}</body></html>\n"
    )
}

fn section(report: &Report) -> String {
    let latencies = report.latencies.iter().map(|(title, latency)| {
        let bars = text::steps(latency).into_iter();
        let bars = bars.map(|(below, count)| {
            let below = round(float(below) / 1_000.0);
            (format!("< {below} ms"), float(count))
        });
        Chart::Bars {
            title: format!("Latency of {title}"),
            unit: "calls".to_owned(),
            bars: bars.collect(),
        }
    });
    let charts = report.charts.iter().cloned().chain(latencies);
    let charts: String = charts
        .map(|chart| {
            let title = escaped(chart.title());
            format!(
                "<figure><figcaption>{title}</figcaption>{}</figure>\n",
                chart.svg()
            )
        })
        .collect();
    format!(
        "<h2>{}</h2>\n{}\n{charts}",
        escaped(report.work),
        table(&report.figures)
    )
}

fn table(figures: &Figures) -> String {
    let rows: String = figures
        .iter()
        .map(|(name, figure)| {
            let (value, spread) = cells(figure);
            format!(
                "<tr><th>{}</th><td class=\"n\">{value}</td><td class=\"s\">{spread}</td></tr>",
                escaped(name)
            )
        })
        .collect();
    format!("<table>{rows}</table>")
}

/// A figure, and its spread where it has one.
fn cells(figure: &Figure) -> (String, String) {
    let value = match figure {
        Figure::Count(count) => count.to_string(),
        Figure::Number(number) => round(*number).to_string(),
        Figure::Text(text) => escaped(text),
        Figure::Spread(spread) => {
            let range = format!("{} .. {}", round(spread.min), round(spread.max));
            return (round(spread.median).to_string(), range);
        }
        Figure::Group(group) => table(group),
        Figure::Rows(rows) => below_one_another(rows),
    };
    (value, String::new())
}

/// Rows of the same figures: their names stand once, and the rows are hidden until somebody asks for them.
fn below_one_another(rows: &[Figures]) -> String {
    let names = rows.iter().take(1).flat_map(Figures::iter);
    let names: String = names
        .map(|(name, _)| format!("<th>{}</th>", escaped(name)))
        .collect();
    let lines: String = rows
        .iter()
        .map(|row| {
            let cells = row.iter().map(|(_, figure)| cells(figure).0);
            let cells: String = cells
                .map(|value| format!("<td class=\"n\">{value}</td>"))
                .collect();
            format!("<tr>{cells}</tr>")
        })
        .collect();
    let count = rows.len();
    format!(
        "<details><summary>{count} rows</summary><table><tr>{names}</tr>{lines}</table></details>"
    )
}

/// Text that no browser takes for markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_figures_and_charts_and_loads_nothing() {
        let figures = Figures::new()
            .with("rate_per_s", 12.5)
            .with("note", "a < b")
            .with("rounds", vec![Figures::new().with("p99_ms", 7.5)]);
        let report = Report::new("orders", figures).chart(Chart::Bars {
            title: "Processor time".to_owned(),
            unit: "µs".to_owned(),
            bars: vec![("order".to_owned(), 3.0)],
        });
        let page = page(&[report]);
        for part in [
            "<th>rate_per_s</th><td class=\"n\">12.5</td>",
            "a &lt; b",
            "<tr><th>p99_ms</th></tr><tr><td class=\"n\">7.5</td></tr>",
            "<svg",
            "Processor time",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        for loaded in ["http", "src=", "<script", "<link"] {
            assert!(!page.contains(loaded), "{loaded} is in {page}");
        }
    }
}
