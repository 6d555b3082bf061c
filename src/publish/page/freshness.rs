//! Freshness and coverage of a view over time.

use maud::{Markup, html};

use super::drawing::{Chart, HEIGHT, at, band, steps, width};
use super::view::Past;
use crate::history::ViewFigures;
use crate::model::figure;
use crate::model::view::FreshnessBasis;

/// Least lag that the scale tells apart, in seconds.
const LEAST_LAG: f64 = 1.0;

/// Ages of rows from the median to the 99th percentile, on a logarithmic scale; nothing without a lag.
pub(super) fn lags(past: &Past) -> Markup {
    let slots = past.figures();
    let freshness = |figures: &ViewFigures| {
        let measured = &figures.freshness;
        Some((
            measured.p99_seconds?.max(LEAST_LAG),
            measured.p50_seconds?.max(LEAST_LAG),
            measured.min_seconds?.max(LEAST_LAG),
        ))
    };
    let lags: Vec<Option<(f64, f64, f64)>> = slots.iter().map(|figures| freshness((*figures)?)).collect();
    let Some(newest) = slots.iter().rev().find_map(|figures| *figures) else { return html! {} };
    let Some((last_p99, last_p50, _)) = lags.iter().rev().find_map(|lags| *lags) else { return html! {} };
    let (basis, objective) = (newest.freshness.basis, newest.freshness.objective_seconds);
    // Of `version` the objective is not a lag of rows.
    let limit = match basis {
        FreshnessBasis::Row | FreshnessBasis::View => objective.map(|objective| objective.max(LEAST_LAG)),
        FreshnessBasis::Version => None,
    };
    let shown = lags.iter().flatten().flat_map(|(p99, p50, min)| match basis {
        FreshnessBasis::View => [*p99, *p50, *min],
        FreshnessBasis::Row | FreshnessBasis::Version => [*p99, *p50, *p50],
    });
    let (least, most) =
        shown.chain(limit).fold((f64::MAX, 0.0_f64), |(least, most), lag| (least.min(lag), most.max(lag)));
    let (low, high) = ((least / 1.25).ln(), (most * 1.25).ln());
    let height = |lag: f64| (high - lag.ln()) / (high - low) * HEIGHT;
    let spread: Vec<Option<(f64, f64)>> =
        lags.iter().map(|lags| lags.map(|(p99, p50, _)| (height(p99), height(p50)))).collect();
    let median: Vec<Option<f64>> = lags.iter().map(|lags| lags.map(|(_, p50, _)| height(p50))).collect();
    let youngest: Vec<Option<f64>> = lags.iter().map(|lags| lags.map(|(_, _, min)| height(min))).collect();
    let span = |seconds: f64| figure::span(Some(seconds));
    let held = objective.map_or_else(String::new, |objective| format!(", objective {}", span(objective)));
    let words = format!(
        "Age of rows over {}: last median {}, 99th percentile {}{held}",
        past.timeline.stretch().words(),
        span(last_p50),
        span(last_p99)
    );
    let graphic = html! {
        svg.plot viewBox={ "0 0 " (width(past.timeline)) " 100" } preserveAspectRatio="none" role="img" aria-label=(words) {
            path.band d=(band(&spread)) {}
            path.line d=(steps(&median)) {}
            @if basis == FreshnessBasis::View { path.line.second d=(steps(&youngest)) {} }
            @if let Some(limit) = limit { line.limit x1="0" x2=(width(past.timeline)) y1=(at(height(limit))) y2=(at(height(limit))) {} }
        }
    };
    let note = match basis {
        FreshnessBasis::Row => html! { "Age of the rows read, on a logarithmic scale." },
        FreshnessBasis::View => {
            html! { "Age of the rows read, on a logarithmic scale; the newest row counts against the objective." }
        }
        FreshnessBasis::Version => html! {
            "Age of the rows read, on a logarithmic scale. Against the objective counts how long a newer version has been "
            "waiting to be served, which is not drawn."
        },
    };
    let legend = html! {
        ul.legend {
            li { span.key.band {} "median to 99th percentile" }
            @if basis == FreshnessBasis::View { li { span.key.second {} "newest row" } }
            @if let Some(limit) = limit { li { span.key.limit {} "objective " (span(limit)) } }
        }
    };
    Chart { title: "Freshness", note, ends: (span(most * 1.25), span(least / 1.25)), graphic, legend }
        .draw(past.timeline)
}

/// Share of keys with every feature; nothing where none was measured.
pub(super) fn coverage(past: &Past, objective: Option<f64>) -> Markup {
    let shares: Vec<Option<f64>> =
        past.figures().iter().map(|figures| figures.and_then(|figures| Some(figures.coverage.ratio?.get()))).collect();
    let Some(last) = shares.iter().rev().find_map(|share| *share) else { return html! {} };
    let least = shares.iter().flatten().copied().chain(objective).fold(1.0_f64, f64::min);
    // A tenth of room below, and never so little that noise looks like a fall.
    let low = (least - (1.0 - least) / 10.0).clamp(0.0, 0.99);
    let height = |share: f64| (1.0 - share) / (1.0 - low) * (HEIGHT - 4.0) + 2.0;
    let line: Vec<Option<f64>> = shares.iter().map(|share| share.map(height)).collect();
    let percent = |share: f64| format!("{} %", figure::bare_percent(share));
    let held = objective.map_or_else(String::new, |least| format!(", objective {}", figure::limit_percent(least)));
    let words = format!("Coverage over {}: last {}{held}", past.timeline.stretch().words(), percent(last));
    let graphic = html! {
        svg.plot viewBox={ "0 0 " (width(past.timeline)) " 100" } preserveAspectRatio="none" role="img" aria-label=(words) {
            path.line d=(steps(&line)) {}
            @if let Some(least) = objective { line.limit x1="0" x2=(width(past.timeline)) y1=(at(height(least))) y2=(at(height(least))) {} }
        }
    };
    let note = html! { "Share of keys with a usable value of every feature." };
    let legend = html! {
        ul.legend {
            li { span.key.line {} "coverage" }
            @if let Some(least) = objective { li { span.key.limit {} "objective " (figure::limit_percent(least)) } }
        }
    };
    Chart { title: "Coverage", note, ends: ("100 %".to_owned(), percent(low)), graphic, legend }.draw(past.timeline)
}
