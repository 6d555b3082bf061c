//! What graphics share: scales, lines, axes.
//!
//! A graphic is a square of 100 × 100 units that is stretched to the page; its labels stand beside it as texts, at places in
//! percent, so that they stay readable on a phone.

use std::time::Duration;

use maud::{Markup, html};

use crate::bench::report::text::time;

/// Height and width of a graphic, in its units.
pub(super) const SIZE: f64 = 100.0;
/// Nearest that two points of a line are drawn.
const NEAR: f64 = 0.2;

/// A scale from values to places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// From `low` to `high`, of which the second is larger.
    pub(super) fn new(low: f64, high: f64) -> Self {
        Self { low, high: if high > low { high } else { low + 1.0 } }
    }

    /// Whole decades of nanoseconds around times that occur.
    pub(super) fn times(times: impl Iterator<Item = Duration> + Clone) -> Self {
        let logarithms = times.map(|time| (time.as_secs_f64() * 1e9).max(1.0).log10());
        let low = logarithms.clone().reduce(f64::min).unwrap_or(3.0).floor();
        let high = logarithms.reduce(f64::max).unwrap_or(6.0).ceil();
        Self::new(low, high.max(low + 1.0))
    }

    /// Its upper end.
    pub(super) const fn high(self) -> f64 {
        self.high
    }

    /// The place of a value, from the low end, in percent; at the end where it lies beyond.
    pub(super) fn place(self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0) * SIZE
    }

    /// The height of a time on a scale of times, from the top.
    pub(super) fn height(self, time: Duration) -> f64 {
        SIZE - self.place((time.as_secs_f64() * 1e9).max(1.0).log10())
    }

    /// The decades of a scale of times: where, and what stands there.
    pub(super) fn decades(self) -> Vec<(f64, String)> {
        let mut labels = Vec::new();
        let mut decade = self.low;
        while decade <= self.high {
            labels.push((SIZE - self.place(decade), unit(decade)));
            decade += 1.0;
        }
        labels
    }
}

/// `1 µs`, `10 µs`.
fn unit(decade: f64) -> String {
    let whole = time(Duration::try_from_secs_f64(10_f64.powf(decade) / 1e9).ok());
    whole.replace(".00", "").replace(".0 ", " ")
}

/// A coordinate to a hundredth.
pub(super) fn at(coordinate: f64) -> String {
    let text = format!("{coordinate:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A line through points (from the left, from the top); points that lie on each other are left out, and `None` is a gap.
pub(super) fn line(points: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    let mut path = String::new();
    let mut last: Option<(f64, f64)> = None;
    let mut left_out = None;
    for point in points {
        let Some((x, y)) = point else {
            last = None;
            continue;
        };
        let is_near =
            last.is_some_and(|(before, height): (f64, f64)| (x - before).abs() < NEAR && (y - height).abs() < NEAR);
        if is_near {
            left_out = Some((x, y));
            continue;
        }
        path.push_str(if last.is_none() { "M" } else { "L" });
        path.push_str(&format!("{} {}", at(x), at(y)));
        (last, left_out) = (Some((x, y)), None);
    }
    if let (Some((x, y)), Some(_)) = (left_out, last) {
        path.push_str(&format!("L{} {}", at(x), at(y)));
    }
    path
}

/// A graphic with its title, its labels (place in percent from the top, or from the left) and its legend.
pub(super) struct Chart<'a> {
    /// What stands above it.
    pub(super) title: &'a str,
    /// And below the title.
    pub(super) note: &'a str,
    /// Labels of the left side.
    pub(super) left: Vec<(f64, String)>,
    /// Labels of the lower side.
    pub(super) below: Vec<(f64, String)>,
    /// The graphic.
    pub(super) drawing: Markup,
    /// Classes and names of its lines.
    pub(super) legend: Vec<(&'static str, String)>,
}

impl Chart<'_> {
    /// The chart.
    pub(super) fn draw(&self) -> Markup {
        html! {
            figure.chart {
                figcaption { h3 { (self.title) } p { (self.note) } }
                div.frame {
                    div.left aria-hidden="true" {
                        @for (place, label) in &self.left { span style={ "top:" (at(*place)) "%" } { (label) } }
                    }
                    svg.plot viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=(self.title) {
                        @for (place, _) in &self.left { line.grid x1="0" x2="100" y1=(at(*place)) y2=(at(*place)) {} }
                        @for (place, _) in &self.below { line.grid y1="0" y2="100" x1=(at(*place)) x2=(at(*place)) {} }
                        (self.drawing)
                    }
                    div.below aria-hidden="true" {
                        @for (place, label) in &self.below { span style={ "left:" (at(*place)) "%" } { (label) } }
                    }
                }
                ul.legend { @for (class, name) in &self.legend { li { span.key.(class) {} (name) } } }
            }
        }
    }
}
