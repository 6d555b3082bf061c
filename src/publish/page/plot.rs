//! What served values of a feature are held against, beside them: a small plot.

use maud::{Markup, html};

use super::drawing::at;
use crate::model::bars::Bars;
use crate::model::figure;
use crate::publish::plain::one_line;

/// Width of a pair of bars, in units of the graphic.
const PAIR: f64 = 10.0;
/// Height of the graphic.
const HEIGHT: f64 = 36.0;

/// Pairs of bars, reference beside current; the figures are its text, and appear where one points.
pub(super) fn pairs(bars: &Bars) -> Markup {
    let shares = bars.shares();
    let top = shares.iter().fold(f64::MIN_POSITIVE, |top, (reference, current)| top.max(*reference).max(*current));
    let texts: Vec<String> = bars
        .bars()
        .iter()
        .zip(&shares)
        .map(|(bar, (reference, current))| {
            let label = one_line(&bar.label);
            format!("{label}: {} % against {} %", figure::bare_percent(*reference), figure::bare_percent(*current))
        })
        .collect();
    let (n, m) = bars.totals();
    let words = format!(
        "Share of values, reference (n = {}) against current (n = {}). {}",
        figure::count(n),
        figure::count(m),
        texts.join("; ")
    );
    let places = (0_u32..).map(|place| f64::from(place) * PAIR);
    let width = f64::from(u32::try_from(shares.len()).unwrap_or(u32::MAX)) * PAIR;
    html! {
        svg.pairs viewBox={ "0 0 " (at(width)) " 36" } preserveAspectRatio="none" role="img" aria-label=(words) {
            @for ((place, text), (reference, current)) in places.zip(&texts).zip(&shares) {
                g {
                    title { (text) }
                    rect.hit x=(at(place)) width="10" y="0" height="36" {}
                    rect.reference x=(at(place + 0.8)) width="4" y=(at(HEIGHT - reference / top * HEIGHT)) height=(at(reference / top * HEIGHT)) {}
                    rect.current x=(at(place + 5.2)) width="4" y=(at(HEIGHT - current / top * HEIGHT)) height=(at(current / top * HEIGHT)) {}
                }
            }
        }
    }
}
