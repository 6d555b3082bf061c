//! Small graphics of the page, as SVG that takes its colours from the style sheet.

use maud::{Markup, html};

use super::super::sentence::{amount, limit};
use crate::model::check::DriftStatistic;
use crate::model::measurement::DriftMeasurement;

/// Width of an interval's graphic, in units of its own.
const WIDTH: f64 = 200.0;
/// Room left and right of the scale, so that dots are not cut.
const MARGIN: f64 = 6.0;

/// The effect with its interval on a line, and the limit across it; nothing without an effect.
pub(super) fn interval(statistic: DriftStatistic, measured: &DriftMeasurement) -> Markup {
    let Some(effect) = measured.effect else { return html! {} };
    let (lower, upper) = measured.lower.zip(measured.upper).unwrap_or((effect, effect));
    let limits: Vec<f64> = match measured.threshold {
        // A share of rows may move in both directions.
        Some(threshold) if statistic == DriftStatistic::Missing && effect < 0.0 => vec![-threshold],
        Some(threshold) => vec![threshold],
        None => Vec::new(),
    };
    let ends = limits.iter().copied().chain([0.0, effect, lower, upper]);
    let (least, most) = ends.fold((0.0_f64, 0.0_f64), |(least, most), end| (least.min(end), most.max(end)));
    let scale = (WIDTH - 2.0 * MARGIN) / (most - least).max(f64::MIN_POSITIVE);
    let at = |value: f64| format!("{:.1}", MARGIN + (value - least) * scale);
    let text = match measured.threshold {
        Some(threshold) => format!(
            "effect {}, from {} to {}, limit {}",
            amount(statistic, effect),
            amount(statistic, lower),
            amount(statistic, upper),
            limit(statistic, threshold)
        ),
        None => format!("effect {}", amount(statistic, effect)),
    };
    html! {
        svg.interval viewBox="0 0 200 20" role="img" aria-label=(text) {
            line.axis x1=(at(least)) x2=(at(most)) y1="10" y2="10" {}
            line.zero x1=(at(0.0)) x2=(at(0.0)) y1="6" y2="14" {}
            line.span x1=(at(lower)) x2=(at(upper)) y1="10" y2="10" {}
            @for limit in limits { line.limit x1=(at(limit)) x2=(at(limit)) y1="1" y2="19" {} }
            circle.effect cx=(at(effect)) cy="10" r="4" {}
        }
    }
}

/// Two bars, reference above current, whose lengths are shares of `top`; the figures stand beside them.
pub(super) fn pair((reference, current): (f64, f64), top: f64) -> Markup {
    let length = |share: f64| format!("{:.2}", if top > 0.0 { share / top * 100.0 } else { 0.0 });
    html! {
        svg.bar viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.reference x="0" y="0.5" height="4" width=(length(reference)) {}
            rect.current x="0" y="5.5" height="4" width=(length(current)) {}
        }
    }
}
