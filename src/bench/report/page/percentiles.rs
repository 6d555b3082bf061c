//! Latency by percentile: how many requests took how long.

use std::time::Duration;

use maud::{Markup, html};

use super::super::Judged;
use super::plot::{Chart, SIZE, Scale, at, line};
use crate::bench::latency::Latencies;
use crate::stats::real;

/// Percentiles below the graphic, with their shares beyond.
const LABELS: [(&str, f64); 7] = [
    ("0", 1.0),
    ("p90", 0.1),
    ("p99", 0.01),
    ("p99.9", 0.001),
    ("p99.99", 1e-4),
    ("p99.999", 1e-5),
    ("p99.9999", 1e-6),
];

/// The graphic.
pub(super) fn section(judged: &Judged<'_>) -> Markup {
    let whole = &judged.whole;
    let rows: Vec<(&'static str, &Latencies)> =
        [("response", &whole.response), ("service", &whole.service), ("hits", &whole.hits), ("misses", &whole.misses)]
            .into_iter()
            .filter(|(name, latencies)| latencies.count() > 0 && (*name != "hits" || judged.report.conditions.has_l1()))
            .filter(|(name, _)| *name != "misses" || whole.hits.count() > 0)
            .collect();
    if rows.is_empty() {
        return html! { p.empty { "No request was due." } };
    }
    let most = rows.iter().map(|(_, latencies)| latencies.count()).max().unwrap_or(1);
    // By shares of requests beyond, tenfold at each step.
    let across = Scale::new(0.0, real(most).log10().ceil().clamp(2.0, 6.0));
    let promised = || judged.report.objective.percentiles.iter().map(|(_, most)| *most);
    let ends =
        rows.iter().filter_map(|(_, latencies)| latencies.ends()).flat_map(|(shortest, longest)| [shortest, longest]);
    let ends = ends.chain(promised());
    let up = Scale::times(ends.collect::<Vec<_>>().into_iter());
    let below = LABELS.into_iter().filter(|(_, beyond)| -beyond.log10() <= across.high() + 1e-9);
    let promise = |share: f64, most: Duration| {
        let (x, y) = (across.place(beyond(1.0 - share)), up.height(most));
        // What is promised lies below and to the left.
        format!("M0 {y}H{x}V{SIZE}", x = at(x), y = at(y))
    };
    let mut legend: Vec<(&'static str, String)> = rows.iter().map(|(name, _)| (*name, (*name).to_owned())).collect();
    if promised().next().is_some() {
        let told =
            judged.report.objective.percentiles.iter().map(|(percentile, most)| format!("{percentile} ≤ {most:?}"));
        legend.push(("limit", format!("promised: {}", told.collect::<Vec<_>>().join(", "))));
    }
    let chart = Chart {
        title: "Latency by percentile",
        note: "Both scales grow tenfold from line to line: to the right the slowest tenth, hundredth, thousandth of the requests.",
        left: up.decades(),
        below: below.map(|(name, beyond)| (across.place(-beyond.log10()), name.to_owned())).collect(),
        drawing: html! {
            @for (percentile, most) in &judged.report.objective.percentiles { path.limit d=(promise(percentile.share(), *most)) {} }
            @for (name, latencies) in rows.iter().rev() { path.line.(name) d=(curve(latencies, (across, up))) {} }
        },
        legend,
    };
    html! { section aria-label="Latency by percentile" { (chart.draw()) } }
}

/// Tenfold steps of a share of requests beyond.
fn beyond(share: f64) -> f64 {
    -share.max(1e-9).log10()
}

fn curve(latencies: &Latencies, (across, up): (Scale, Scale)) -> String {
    let count = latencies.count();
    let mut seen = 0;
    let points = latencies.recorded().map(|(nanos, times)| {
        // Of those that are as slow or slower.
        let slower = count - seen;
        seen += times;
        Some((across.place(beyond(real(slower) / real(count))), up.height(Duration::from_nanos(nanos))))
    });
    line(points)
}
