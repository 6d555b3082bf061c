//! Reference against current values of a feature: pairs of bars.
//!
//! There are thousands of these on a page, so each side is one path, and the text alternative names the bars that moved most.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::super::examples::{BarOfPeriod, BarsOfPeriod};
use crate::model::figure;
use crate::publish::plain::one_line;

/// Height of the graphic.
const HEIGHT: f64 = 36.0;
/// Width of a pair, of a bar, and room before the first and between the two, in units of the graphic.
const PAIR: u32 = 10;
const WIDTH: u32 = 4;
const BEFORE: u32 = 1;
/// Most bars that the text alternative names.
const NAMED: usize = 3;
/// Characters of a label below the graphic.
const LONGEST: usize = 18;

/// The graphic with its ends, its scale and its n.
pub(super) fn plot(bars: &BarsOfPeriod) -> Markup {
    let top = bars.bars.iter().fold(f64::MIN_POSITIVE, |top, bar| top.max(bar.reference).max(bar.current));
    let ends = bars.bars.first().zip(bars.bars.last());
    let width = u32::try_from(bars.bars.len()).unwrap_or(u32::MAX).saturating_mul(PAIR);
    html! {
        svg.pairs viewBox={ "0 0 " (width) " 36" } preserveAspectRatio="none" role="img" aria-label=(words(bars)) {
            path.reference d=(side(bars, (BEFORE, top), |bar| bar.reference)) {}
            path.current d=(side(bars, (BEFORE + WIDTH, top), |bar| bar.current)) {}
        }
        @if let Some((first, last)) = ends {
            div.ends aria-hidden="true" { span { (short(&first.label)) } @if bars.bars.len() > 1 { span { (short(&last.label)) } } }
        }
        small { "highest " (figure::bare_percent(top)) " %; n = " (figure::count(bars.reference_n)) " against " (figure::count(bars.current_n)) }
    }
}

/// The bars of a side as one path; `from` is where the first of them begins within its pair.
fn side(bars: &BarsOfPeriod, (from, top): (u32, f64), share: fn(&BarOfPeriod) -> f64) -> String {
    let mut path = String::new();
    for (pair, bar) in (0_u32..).zip(&bars.bars) {
        // Whole units are about a pixel, and what is there is seen.
        let height = (share(bar) / top * HEIGHT).ceil();
        if height > 0.0 {
            let _ = write!(path, "M{} 36v-{height}h{WIDTH}v{height}z", pair.saturating_mul(PAIR) + from);
        }
    }
    path
}

/// The graphic in words.
fn words(bars: &BarsOfPeriod) -> String {
    let moved = |bar: &&BarOfPeriod| (bar.current - bar.reference).abs();
    let mut most: Vec<&BarOfPeriod> = bars.bars.iter().collect();
    most.sort_by(|left, right| moved(right).total_cmp(&moved(left)));
    let told: Vec<String> = most
        .iter()
        .take(NAMED)
        .map(|bar| {
            let (reference, current) = (figure::bare_percent(bar.reference), figure::bare_percent(bar.current));
            format!("{}: {reference} % against {current} %", one_line(&bar.label))
        })
        .collect();
    format!("Reference against current; moved most: {}", told.join("; "))
}

fn short(label: &str) -> String {
    let label = one_line(label);
    if label.chars().count() <= LONGEST {
        return label;
    }
    let begin: String = label.chars().take(LONGEST - 1).collect();
    format!("{begin}…")
}
