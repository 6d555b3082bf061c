//! Graphics of the report: steps over points of time, bands between them, and effects with their intervals.
//!
//! A graphic is stretched to the room that it gets, so its texts and scales stand beside it. Paths use relative moves along
//! one axis only, because there are thousands of them.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::super::model::Timeline;
use super::super::words::minute;
use crate::history::DecisiveEffect;
use crate::model::drift::{amount, limit};
use crate::publish::page::runs;

/// Height of a graphic, in its units.
pub(super) const HEIGHT: f64 = 100.0;
/// Width of the graphic of an effect.
const WIDTH: f64 = 100.0;
/// Room left and right of it.
const MARGIN: f64 = 4.0;

/// A coordinate to a tenth.
pub(super) fn at(coordinate: f64) -> String {
    let text = format!("{coordinate:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A line in steps over each run of points; heights from the top.
pub(super) fn steps(values: &[Option<f64>]) -> String {
    let mut path = String::new();
    for (first, run) in runs(values) {
        along(&mut path, first, &run);
    }
    path
}

fn along(path: &mut String, first: usize, run: &[f64]) {
    let mut last = String::new();
    for (place, height) in run.iter().enumerate() {
        let height = at(*height);
        let _ = match place {
            0 => write!(path, "M{first} {height}"),
            _ if height == last => Ok(()),
            _ => write!(path, "H{}V{height}", first + place),
        };
        last = height;
    }
    let _ = write!(path, "H{}", first + run.len());
}

/// The area between an upper and a lower line in steps.
pub(super) fn band(values: &[Option<(f64, f64)>]) -> String {
    let mut path = String::new();
    for (first, run) in runs(values) {
        let (upper, lower): (Vec<f64>, Vec<f64>) = run.into_iter().unzip();
        along(&mut path, first, &upper);
        let mut last = String::new();
        for (place, height) in lower.iter().enumerate().rev() {
            let height = at(*height);
            if height != last {
                let end = first + place + 1;
                let _ = if last.is_empty() { write!(path, "V{height}") } else { write!(path, "H{end}V{height}") };
            }
            last = height;
        }
        let _ = write!(path, "H{first}Z");
    }
    path
}

/// A graphic over time with its title, what it shows and of how much (n), the ends of its scale (top, bottom), its legend.
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    pub(super) note: String,
    pub(super) ends: (String, String),
    pub(super) graphic: Markup,
    pub(super) legend: Markup,
}

impl Chart<'_> {
    pub(super) fn draw(&self, timeline: &Timeline) -> Markup {
        let short = |point| minute(timeline.begin(point)).chars().skip(5).take(11).collect::<String>();
        html! {
            figure.chart {
                figcaption { h4 { (self.title) } p { (self.note) } }
                div.frame {
                    div.scale aria-hidden="true" { span { (self.ends.0) } span { (self.ends.1) } }
                    (self.graphic)
                    div.times aria-hidden="true" {
                        span { (short(0)) }
                        span { (short(timeline.points / 2)) }
                        span { (short(timeline.points)) " UTC" }
                    }
                }
                (self.legend)
            }
        }
    }
}

/// Shares over time in small, with the limit as a line; nothing without a share.
pub(super) fn sparkline(shares: &[Option<f64>], (limit, words): (Option<f64>, &str)) -> Markup {
    if shares.iter().all(Option::is_none) {
        return html! {};
    }
    let top = shares.iter().flatten().copied().chain(limit).fold(f64::MIN_POSITIVE, f64::max) * 1.15;
    let height = |share: f64| 23.0 - share / top * 22.0;
    let heights: Vec<Option<f64>> = shares.iter().map(|share| share.map(height)).collect();
    html! {
        svg.spark viewBox={ "0 0 " (shares.len()) " 24" } preserveAspectRatio="none" role="img" aria-label=(words) {
            path.line d=(steps(&heights)) {}
            @if let Some(limit) = limit { line.limit x1="0" x2=(shares.len()) y1=(at(height(limit))) y2=(at(height(limit))) {} }
        }
    }
}

/// An effect with its interval on a line from no effect, and the limit across it; nothing without an effect.
pub(super) fn effect(measured: &DecisiveEffect) -> Markup {
    let statistic = measured.statistic;
    let Some(effect) = measured.effect else { return html! {} };
    let [lower, upper] = measured.interval.unwrap_or([effect, effect]);
    let bound = measured.limit.map(|limit| if effect < 0.0 { -limit } else { limit });
    let ends = [0.0, effect, lower, upper].into_iter().chain(bound);
    let (least, most) = ends.fold((0.0_f64, 0.0_f64), |(least, most), end| (least.min(end), most.max(end)));
    let scale = (WIDTH - 2.0 * MARGIN) / (most - least).max(f64::MIN_POSITIVE);
    let place = |value: f64| at(MARGIN + (value - least) * scale);
    let shown = |value| amount(statistic, value);
    let held = measured.limit.map_or_else(String::new, |bound| format!(", limit {}", limit(statistic, bound)));
    let words = format!("effect {}, from {} to {}{held}", shown(effect), shown(lower), shown(upper));
    html! {
        svg.effect viewBox="0 0 100 16" role="img" aria-label=(words) {
            line.axis x1=(place(least)) x2=(place(most)) y1="8" y2="8" {}
            line.zero x1=(place(0.0)) x2=(place(0.0)) y1="4" y2="12" {}
            line.span x1=(place(lower)) x2=(place(upper)) y1="8" y2="8" {}
            @if let Some(bound) = bound { line.limit x1=(place(bound)) x2=(place(bound)) y1="1" y2="15" {} }
            circle.dot cx=(place(effect)) cy="8" r="3" {}
        }
    }
}
