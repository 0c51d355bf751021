//! A flame graph as one SVG that needs nothing else: the wider, the more time; callers below, called functions above.
//! A click on a frame spreads it over the whole width, the search marks what it finds and adds it up.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;

use super::stacks::{Folded, OF_THE_KERNEL};
use super::summary::{per_order, share};

/// The picture's width, and the height of a frame, in pixels.
const WIDTH: u64 = 1_600;
const ROW: usize = 17;

/// Room above the frames: the title and the legend; and below: the line about the frame that is pointed at.
const HEAD: usize = 60;
const FOOT: usize = 30;

/// A frame of less than one in so many of the whole would not be seen, and is left out.
const SEEN: u64 = 4_000;

/// Positions and widths are millionths of the whole.
const MILLION: u64 = 1_000_000;

/// What moves it.
const SCRIPT: &str = include_str!("flame.js");

/// Kinds of functions, each with its colour and the beginnings of their names.
const KINDS: &[(&str, &str, &[&str])] = &[
    ("Stoa", "#8bc34a", &["stoa"]),
    (
        "SQLite and its driver",
        "#64b5f6",
        &[
            "sqlite3",
            "rusqlite",
            "sqlx",
            "sea_orm",
            "sea_query",
            "libsqlite3",
        ],
    ),
    (
        "transport and encoding",
        "#ba9bc9",
        &[
            "tonic",
            "hyper",
            "h2::",
            "http",
            "prost",
            "tower",
            "axum",
            "serde",
            "tokio::net",
        ],
    ),
    (
        "runtime",
        "#ffd54f",
        &["tokio", "futures", "mio", "std::", "core::", "alloc::"],
    ),
    (
        "memory",
        "#ff8a65",
        &[
            "malloc", "free", "cfree", "realloc", "calloc", "_int_", "mi_", "__mem", "mem",
        ],
    ),
];
const KERNEL: (&str, &str) = ("kernel", "#e6a23c");
const OTHER: (&str, &str) = ("other", "#d7ccc8");

/// A function with what it called.
#[derive(Debug, Default)]
struct Node {
    nanos: u64,
    called: BTreeMap<String, Node>,
}

impl Node {
    fn add(&mut self, stack: &[String], nanos: u64) {
        self.nanos += nanos;
        if let Some((first, rest)) = stack.split_first() {
            self.called
                .entry(first.clone())
                .or_default()
                .add(rest, nanos);
        }
    }

    /// Frames above this one that are seen.
    fn height(&self, total: u64) -> usize {
        let heights = self
            .called
            .values()
            .filter(|it| seen(it.nanos, total))
            .map(|it| 1 + it.height(total));
        heights.max().unwrap_or(0)
    }
}

fn seen(nanos: u64, total: u64) -> bool {
    nanos.saturating_mul(SEEN) >= total
}

/// The picture's text while it grows.
struct Picture {
    text: String,
    total: u64,
    orders: u64,
    height: usize,
}

/// Draws it.
pub(super) fn draw(title: &str, folded: &Folded, orders: u64) -> Result<String> {
    let mut root = Node::default();
    for (stack, nanos) in &folded.0 {
        root.add(stack, *nanos);
    }
    let total = root.nanos;
    let mut picture = Picture {
        text: String::new(),
        total,
        orders,
        height: HEAD + FOOT + ROW * (root.height(total) + 1),
    };
    picture.head(title)?;
    picture.frame("all", &root, 0, 0)?;
    picture.foot()?;
    Ok(picture.text)
}

impl Picture {
    fn head(&mut self, title: &str) -> Result<()> {
        let height = self.height;
        writeln!(
            self.text,
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="12">"#
        )?;
        writeln!(
            self.text,
            r##"<rect width="100%" height="100%" fill="#fafafa"/>
<text x="10" y="20" font-size="16">{}</text>
<text id="search" x="{}" y="20" style="cursor:pointer">search</text>
<text id="reset" x="{}" y="20" style="cursor:pointer">whole</text>
<text id="found" x="{}" y="40"></text>"##,
            escaped(title),
            WIDTH - 160,
            WIDTH - 70,
            WIDTH - 160,
        )?;
        let mut x = 10;
        let kinds = KINDS.iter().map(|(name, colour, _)| (*name, *colour));
        for (name, colour) in kinds.chain([KERNEL, OTHER]) {
            writeln!(
                self.text,
                r#"<rect x="{x}" y="31" width="12" height="12" fill="{colour}"/><text x="{}" y="41">{name}</text>"#,
                x + 18
            )?;
            x += 40 + name.len() * 8;
        }
        writeln!(self.text, r#"<g id="frames">"#)?;
        Ok(())
    }

    /// A frame and those above it; `from` is nanoseconds right of the left edge.
    fn frame(&mut self, name: &str, node: &Node, from: u64, depth: usize) -> Result<()> {
        if !seen(node.nanos, self.total) {
            return Ok(());
        }
        let part = |nanos: u64| {
            let part = u128::from(nanos) * u128::from(MILLION);
            let part = part.checked_div(u128::from(self.total)).unwrap_or(0);
            u64::try_from(part).unwrap_or(MILLION)
        };
        let (x, width) = (part(from), part(node.nanos));
        let y = self.height - FOOT - ROW * (depth + 1);
        let (whole, tenth) = share(node.nanos, self.total);
        let name = escaped(name);
        writeln!(
            self.text,
            r#"<g class="f" data-x="{x}" data-w="{width}" data-n="{name}"><title>{name} ({whole}.{tenth} %, {} us/order)</title><rect x="{}" y="{y}" width="{}" height="{}" fill="{}" rx="1"/><text x="{}" y="{}"></text></g>"#,
            per_order(node.nanos, self.orders),
            pixels(x),
            pixels(width),
            ROW - 1,
            colour(&name, depth),
            pixels(x),
            y + 12,
        )?;
        let mut from = from;
        for (name, called) in &node.called {
            self.frame(name, called, from, depth + 1)?;
            from += called.nanos;
        }
        Ok(())
    }

    fn foot(&mut self) -> Result<()> {
        let y = self.height - 10;
        writeln!(
            self.text,
            r#"</g><text id="pointed" x="10" y="{y}"></text>"#
        )?;
        writeln!(self.text, "<script><![CDATA[\n{SCRIPT}]]></script>\n</svg>")?;
        Ok(())
    }
}

/// Millionths of the whole as pixels, with two decimals.
fn pixels(millionths: u64) -> String {
    let hundredths = millionths * WIDTH / (MILLION / 100);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn colour(name: &str, depth: usize) -> &'static str {
    // The whole, the process and the thread are no functions.
    if depth < 3 {
        return OTHER.1;
    }
    if name.ends_with(OF_THE_KERNEL) {
        return KERNEL.1;
    }
    let bare = name.trim_start_matches("&lt;").trim_start_matches("&amp;");
    let begins = |(_, _, beginnings): &&(&str, &str, &[&str])| {
        beginnings.iter().any(|it| bare.starts_with(it))
    };
    KINDS.iter().find(begins).map_or(OTHER.1, |(_, it, _)| it)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(stacks: &[(&str, u64)]) -> Folded {
        let stacks = stacks.iter().map(|(stack, nanos)| {
            let frames = stack.split(';').map(str::to_owned).collect();
            (frames, *nanos)
        });
        Folded(stacks.collect())
    }

    fn frame<'a>(svg: &'a str, name: &str) -> &'a str {
        let mark = format!("data-n=\"{name}\"");
        let found = svg.lines().find(|line| line.contains(&mark));
        found.unwrap_or_else(|| panic!("no {name} in {svg}"))
    }

    #[test]
    fn a_frame_is_as_wide_as_its_share_and_stands_on_its_caller() {
        let stacks = folded(&[
            ("suite;back;main;<stoa::A as B>::go;malloc", 2_000_000),
            ("suite;back;main;do_fault_[k]", 1_000_000),
            ("suite;serve;main", 1_000_000),
        ]);
        let svg = draw("orders", &stacks, 10).unwrap();
        let main = frame(&svg, "main");
        assert!(main.contains(r#"data-x="0" data-w="750000""#), "{main}");
        let go = frame(&svg, "&lt;stoa::A as B&gt;::go");
        assert!(go.contains(r#"data-w="500000""#), "{go}");
        assert!(go.contains("(50.0 %, 200.0 us/order)"), "{go}");
        assert!(go.contains("#8bc34a"), "ours are green: {go}");
        assert!(frame(&svg, "do_fault_[k]").contains(KERNEL.1));
        let y = |line: &str| -> usize {
            let (_, rest) = line.split_once(" y=\"").unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        assert_eq!(y(main) - ROW, y(go), "callers below");
        let all = frame(&svg, "all");
        assert!(all.contains(r#"width="1600.00""#), "{all}");
    }

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        let stacks = folded(&[("suite;back;long", 1_000_000), ("suite;back;short", 10)]);
        let svg = draw("orders", &stacks, 1).unwrap();
        assert!(svg.contains("long"));
        assert!(!svg.contains("short"));
    }
}
