//! Charts as inline SVG: a line over a number, bars by name.

use std::fmt::Write;

use crate::figures::round;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
/// Room for labels: left, right, above, below.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const ABOVE: f64 = 20.0;
const BELOW: f64 = 45.0;
/// Room for the name of a bar, and its height with the gap.
const NAME: f64 = 190.0;
const BAR: f64 = 24.0;
/// Divisions of an axis.
const DIVISIONS: u32 = 5;

/// A chart.
#[derive(Clone, Debug)]
pub(crate) enum Chart {
    /// A number over another, such as p99 over the rate.
    Line {
        title: String,
        x: String,
        y: String,
        points: Vec<(f64, f64)>,
    },
    /// A number by name, such as processor time by service.
    Bars {
        title: String,
        unit: String,
        bars: Vec<(String, f64)>,
    },
}

impl Chart {
    /// What it shows.
    pub(super) fn title(&self) -> &str {
        match self {
            Self::Line { title, .. } | Self::Bars { title, .. } => title,
        }
    }

    /// The picture.
    pub(super) fn svg(&self) -> String {
        match self {
            Self::Line { x, y, points, .. } => line(x, y, points),
            Self::Bars { unit, bars, .. } => self::bars(unit, bars),
        }
    }
}

fn line(x: &str, y: &str, points: &[(f64, f64)]) -> String {
    let mut points = points.to_vec();
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    let most = |of: fn(&(f64, f64)) -> f64| ceiling(points.iter().map(of).fold(0.0, f64::max));
    let (most_x, most_y) = (most(|point| point.0), most(|point| point.1));
    let place = |(at_x, at_y): (f64, f64)| {
        (
            round(LEFT + (WIDTH - LEFT - RIGHT) * at_x / most_x),
            round(HEIGHT - BELOW - (HEIGHT - ABOVE - BELOW) * at_y / most_y),
        )
    };
    let mut svg = open(WIDTH, HEIGHT);
    for step in 0..=DIVISIONS {
        let share = f64::from(step) / f64::from(DIVISIONS);
        let (left, level) = place((0.0, most_y * share));
        let (column, bottom) = place((most_x * share, 0.0));
        svg += &format!(
            "<line class=grid x1={left} y1={level} x2={} y2={level} />",
            WIDTH - RIGHT
        );
        svg += &text(left - 6.0, level + 4.0, "end", &number(most_y * share));
        svg += &text(column, bottom + 16.0, "middle", &number(most_x * share));
    }
    svg += &text(f64::midpoint(LEFT, WIDTH), HEIGHT - 8.0, "middle", x);
    svg += &text(6.0, ABOVE - 6.0, "start", y);
    let mut path = String::new();
    for point in &points {
        let (column, level) = place(*point);
        // Writing to a text cannot fail.
        let _written = write!(path, "{column},{level} ");
        svg += &format!("<circle cx={column} cy={level} r=3 />");
    }
    svg + &format!("<polyline points=\"{}\" /></svg>", path.trim_end())
}

fn bars(unit: &str, bars: &[(String, f64)]) -> String {
    let most = ceiling(bars.iter().map(|(_, value)| *value).fold(0.0, f64::max));
    let mut level = ABOVE;
    let mut drawn = String::new();
    for (name, value) in bars {
        let width = round((WIDTH - NAME - 110.0) * value.max(0.0) / most);
        drawn += &text(NAME - 6.0, level + 15.0, "end", name);
        drawn += &format!(
            "<rect x={NAME} y={level} width={width} height={} />",
            BAR - 6.0
        );
        let label = format!("{} {unit}", number(*value));
        drawn += &text(NAME + width + 6.0, level + 15.0, "start", &label);
        level += BAR;
    }
    open(WIDTH, level + 10.0) + &drawn + "</svg>"
}

fn open(width: f64, height: f64) -> String {
    format!("<svg viewBox=\"0 0 {width} {height}\" width={width} role=img>")
}

fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    let (x, y) = (round(x), round(y));
    format!(
        "<text x={x} y={y} text-anchor={anchor}>{}</text>",
        super::page::escaped(text)
    )
}

/// The end of an axis: 1, 2 or 5 and noughts, at least as high.
fn ceiling(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|step| step * power);
    let high = steps.into_iter().find(|step| *step >= most);
    high.unwrap_or(10.0 * power)
}

/// With as many places as make sense at its size.
fn number(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{}", round(value))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_that_is_high_enough() {
        for (most, end) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (1.1, 2.0),
            (37.0, 50.0),
            (999.0, 1_000.0),
        ] {
            assert!((ceiling(most) - end).abs() < 1e-9, "{most}");
        }
    }

    #[test]
    fn a_line_has_a_point_for_each_trial_from_left_to_right() {
        let svg = line("orders/s", "ms", &[(200.0, 50.0), (100.0, 10.0)]);
        assert_eq!(svg.matches("<circle").count(), 2);
        let (_, points) = svg.split_once("points=\"").unwrap();
        let (points, _) = points.split_once('"').unwrap();
        // 100 of 200 is the middle of the width, 10 of 50 a fifth of the height; 200 is the right edge at the top.
        assert_eq!(points, "345,208 620,20");
    }
}
