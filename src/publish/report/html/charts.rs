//! Freshness, coverage and verdicts of a view over the period.

use maud::{Markup, html};

use super::super::model::{Report, ViewOfPeriod};
use super::super::words::share;
use super::plot::{Chart, HEIGHT, at, band, steps};
use crate::model::counts::VerdictCounts;
use crate::model::figure;
use crate::model::ratio::Ratio;
use crate::model::view::FreshnessBasis;
use crate::publish::page::verdicts::{ORDER, swatch, word};

/// Least lag that the scale tells apart, in seconds.
const LEAST_LAG: f64 = 1.0;

/// All charts of a view.
pub(super) fn charts(report: &Report, view: &ViewOfPeriod) -> Markup {
    html! {
        div.charts {
            (verdicts(report, view))
            (freshness(report, view))
            (coverage(report, view))
        }
    }
}

fn each(report: &Report) -> String {
    figure::span(Some(std::time::Duration::from_secs(report.timeline.step_seconds).as_secs_f64()))
}

fn freshness(report: &Report, view: &ViewOfPeriod) -> Markup {
    let measured = &view.freshness;
    let Some([p50, p95, p99]) = measured.quantiles_seconds else { return html! {} };
    // With basis `version` the objective is not one of ages.
    let limit = match measured.basis {
        FreshnessBasis::Row | FreshnessBasis::View => measured.objective_seconds,
        FreshnessBasis::Version => None,
    };
    let lags: Vec<Option<[f64; 3]>> =
        measured.over_time.iter().map(|lags| lags.map(|lags| lags.map(|lag| lag.max(LEAST_LAG)))).collect();
    let shown = lags.iter().flatten().flatten().copied().chain(limit);
    let (least, most) = shown.fold((f64::MAX, LEAST_LAG), |(least, most), lag| (least.min(lag), most.max(lag)));
    let (low, high) = ((least / 1.25).ln(), (most * 1.25).ln());
    let height = |lag: f64| (high - lag.ln()) / (high - low) * HEIGHT;
    let wide: Vec<Option<(f64, f64)>> =
        lags.iter().map(|lags| lags.map(|[p50, _, p99]| (height(p99), height(p50)))).collect();
    let narrow: Vec<Option<(f64, f64)>> =
        lags.iter().map(|lags| lags.map(|[p50, p95, _]| (height(p95), height(p50)))).collect();
    let median: Vec<Option<f64>> = lags.iter().map(|lags| lags.map(|[p50, _, _]| height(p50))).collect();
    let span = |seconds: f64| figure::span(Some(seconds));
    let held =
        measured.objective_seconds.map_or_else(String::new, |objective| format!("; objective {}", span(objective)));
    let quantiles = format!("median {}, 95 % {}, 99 % {}", span(p50), span(p95), span(p99));
    let words = format!("Age of rows: over the {} {quantiles}{held}", report.noun);
    let points = report.timeline.points;
    let graphic = html! {
        svg.plot viewBox={ "0 0 " (points) " 100" } preserveAspectRatio="none" role="img" aria-label=(words) {
            path.band d=(band(&wide)) {}
            path.band d=(band(&narrow)) {}
            path.line d=(steps(&median)) {}
            @if let Some(limit) = limit { line.limit x1="0" x2=(points) y1=(at(height(limit))) y2=(at(height(limit))) {} }
        }
    };
    let note = format!(
        "Age of the rows read, on a logarithmic scale, each {}; {quantiles}; n = {}. Approximate: read off counts in buckets that widen threefold.",
        each(report),
        figure::count(measured.n)
    );
    let legend = html! {
        ul.legend {
            li { span.key.line {} "median" }
            li { span.key.band {} "to 95 % and 99 %" }
            @if limit.is_some() { li { span.key.limit {} "objective" (held.replace("; objective", "")) } }
        }
    };
    Chart { title: "Freshness", note, ends: (span(most * 1.25), span(least / 1.25)), graphic, legend }
        .draw(&report.timeline)
}

fn coverage(report: &Report, view: &ViewOfPeriod) -> Markup {
    let (coverage, comparable) = (&view.coverage, &view.comparable);
    if coverage.share.n == 0 && comparable.share.n == 0 {
        return html! {};
    }
    let shown = coverage.over_time.iter().chain(&comparable.over_time).flatten().copied().chain(coverage.objective);
    let least = shown.fold(1.0_f64, f64::min);
    let low = (least - (1.0 - least) * 0.25 - 0.002).max(0.0);
    let height = |share: f64| (1.0 - share) / (1.0 - low) * HEIGHT;
    let heights =
        |shares: &[Option<f64>]| -> Vec<Option<f64>> { shares.iter().map(|share| share.map(height)).collect() };
    let objective =
        coverage.objective.map_or_else(String::new, |least| format!(", objective {}", figure::limit_percent(least)));
    let words = format!("Coverage {}{objective}; comparable {}", share(coverage.share), share(comparable.share));
    let points = report.timeline.points;
    let graphic = html! {
        svg.plot viewBox={ "0 0 " (points) " 100" } preserveAspectRatio="none" role="img" aria-label=(words) {
            path.line.second d=(steps(&heights(&comparable.over_time))) {}
            path.line d=(steps(&heights(&coverage.over_time))) {}
            @if let Some(limit) = coverage.objective { line.limit x1="0" x2=(points) y1=(at(height(limit))) y2=(at(height(limit))) {} }
        }
    };
    let note = format!(
        "Keys with every feature usable, and cells that could be compared, each {}; n = {} keys and {} cells over all rounds.",
        each(report),
        figure::count(coverage.share.n),
        figure::count(comparable.share.n)
    );
    let legend = html! {
        ul.legend {
            li { span.key.line {} "coverage " small { (figure::percent(coverage.share.ratio)) } }
            li { span.key.second {} "comparable " small { (figure::percent(comparable.share.ratio)) } }
            @if coverage.objective.is_some() { li { span.key.limit {} "objective of coverage" } }
        }
    };
    let ends = ("100 %".to_owned(), format!("{} %", figure::bare_percent(low)));
    Chart { title: "Coverage", note, ends, graphic, legend }.draw(&report.timeline)
}

fn verdicts(report: &Report, view: &ViewOfPeriod) -> Markup {
    let all = &view.verdicts;
    if all.total() == 0 {
        return html! {};
    }
    let of = |verdict| figure::percent(Ratio::of(all.count(verdict), all.total()));
    let held: Vec<_> = ORDER.into_iter().filter(|verdict| all.count(*verdict) > 0).collect();
    let parts: Vec<String> = held.iter().map(|verdict| format!("{} {}", of(*verdict), word(*verdict))).collect();
    let words = format!("Verdicts over the {}: {}", report.noun, parts.join(", "));
    let points = report.timeline.points;
    let layer = |place: usize| -> Vec<Option<(f64, f64)>> {
        let below = |counts: &VerdictCounts, layers: usize| {
            let cells: u64 = held.iter().take(layers).map(|verdict| counts.count(*verdict)).sum();
            HEIGHT - Ratio::of(cells, counts.total()).map_or(0.0, Ratio::get) * HEIGHT
        };
        let of_point = |counts: &VerdictCounts| (below(counts, place + 1), below(counts, place));
        view.verdicts_over_time
            .iter()
            .map(|counts| counts.as_ref().filter(|counts| counts.total() > 0).map(of_point))
            .collect()
    };
    let graphic = html! {
        svg.plot.verdicts viewBox={ "0 0 " (points) " 100" } preserveAspectRatio="none" role="img" aria-label=(words) {
            @for (place, verdict) in held.iter().enumerate() { path class={ "v " (verdict.name()) } d=(band(&layer(place))) {} }
        }
    };
    let legend = html! {
        ul.legend.verdicts { @for verdict in &held { li { (swatch(*verdict)) (word(*verdict)) " " small { (of(*verdict)) } } } }
    };
    let note = format!(
        "Cells of all features by verdict, each {}; n = {} cells over all rounds. A gap is a time without figures.",
        each(report),
        figure::count(all.total())
    );
    Chart { title: "Verdicts", note, ends: ("100 %".to_owned(), "0 %".to_owned()), graphic, legend }
        .draw(&report.timeline)
}
