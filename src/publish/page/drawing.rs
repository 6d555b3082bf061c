//! What graphics share: coordinates, runs of slots without a gap, the frame with its scales.
//!
//! A graphic is stretched to the width of the page, so that its texts stand outside of it.

use maud::{Markup, html};

use super::document::clock;
use super::timeline::Timeline;

/// Width of a slot, in units of the graphic.
pub(super) const SLOT: usize = 10;
/// Height of a graphic, in its units.
pub(super) const HEIGHT: f64 = 100.0;

/// Width of a graphic over a timeline, in its units.
pub(super) const fn width(timeline: Timeline) -> usize {
    timeline.slots() * SLOT
}

/// A coordinate to a hundredth.
pub(super) fn at(coordinate: f64) -> String {
    let text = format!("{coordinate:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Runs of slots that have a value, each with its first slot.
pub(in crate::publish) fn runs<T: Copy>(values: &[Option<T>]) -> Vec<(usize, Vec<T>)> {
    let mut runs: Vec<(usize, Vec<T>)> = Vec::new();
    let mut open = false;
    for (slot, value) in values.iter().enumerate() {
        match (value, runs.last_mut()) {
            (Some(value), Some((_, run))) if open => run.push(*value),
            (Some(value), _) => runs.push((slot, vec![*value])),
            (None, _) => {}
        }
        open = value.is_some();
    }
    runs
}

/// A line in steps over each run; heights are in units of the graphic, from the top.
pub(super) fn steps(values: &[Option<f64>]) -> String {
    let mut path = String::new();
    for (first, run) in runs(values) {
        for (place, height) in run.iter().enumerate() {
            let (begin, end) = ((first + place) * SLOT, (first + place + 1) * SLOT);
            let command = if place == 0 { "M" } else { "L" };
            path.push_str(&format!("{command}{begin} {height}L{end} {height}", height = at(*height)));
        }
    }
    path
}

/// The area between an upper and a lower line in steps over each run.
pub(super) fn band(values: &[Option<(f64, f64)>]) -> String {
    let mut path = String::new();
    for (first, run) in runs(values) {
        let mut back = String::new();
        for (place, (upper, lower)) in run.iter().enumerate() {
            let (begin, end) = ((first + place) * SLOT, (first + place + 1) * SLOT);
            let command = if place == 0 { "M" } else { "L" };
            path.push_str(&format!("{command}{begin} {upper}L{end} {upper}", upper = at(*upper)));
            back.insert_str(0, &format!("L{end} {lower}L{begin} {lower}", lower = at(*lower)));
        }
        path.push_str(&back);
        path.push('Z');
    }
    path
}

/// A graphic with its title, the ends of its scale (top, bottom) and its legend.
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    pub(super) note: Markup,
    pub(super) ends: (String, String),
    pub(super) graphic: Markup,
    pub(super) legend: Markup,
}

impl Chart<'_> {
    /// The chart over a timeline.
    pub(super) fn draw(&self, timeline: Timeline) -> Markup {
        let short = |slot| clock(timeline.begin(slot)).chars().skip(5).take(11).collect::<String>();
        html! {
            figure.chart {
                figcaption { h3 { (self.title) } p { (self.note) } }
                div.frame {
                    div.scale aria-hidden="true" { span { (self.ends.0) } span { (self.ends.1) } }
                    (self.graphic)
                    div.times aria-hidden="true" {
                        span { (short(0)) }
                        span { (short(timeline.slots() / 2)) }
                        span { (short(timeline.slots())) " UTC" }
                    }
                }
                (self.legend)
            }
        }
    }
}
