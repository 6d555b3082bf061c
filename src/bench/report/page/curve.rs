//! The saturation curve: what became of the response time as the rate rose.

use std::time::Duration;

use maud::{Markup, html};

use super::super::conditions::Point;
use super::super::text::{share, time};
use super::plot::{Chart, SIZE, Scale, at, line};
use crate::bench::objective::Objective;
use crate::model::figure;
use crate::publish::plain::one_line;
use crate::stats::real;

/// Classes of lines, by the order of the percentiles.
const LINES: [&str; 3] = ["p50", "p99", "largest"];

/// The curve; nothing where none was measured.
pub(super) fn section(points: &[Point], objective: &Objective) -> Markup {
    let Some(names) =
        points.first().map(|point| point.percentiles.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())
    else {
        return html! {};
    };
    html! {
        section aria-label="Saturation" {
            h2 { "Saturation" }
            (chart(points, &names, objective))
            div.scroll role="region" aria-label="Rates" tabindex="0" {
                table.rates {
                    thead {
                        tr {
                            th.number scope="col" { "Offered/s" }
                            th.number scope="col" { "Seconds" }
                            th.number scope="col" { "Answered/s" }
                            th.number scope="col" { "L1 hits" }
                            @for name in &names { th.number scope="col" { (one_line(name)) } }
                            th scope="col" { "Promise" }
                        }
                    }
                    tbody {
                        @for point in points {
                            tr {
                                th.number scope="row" { (figure::count(point.rate)) }
                                td.number { (point.seconds) }
                                td.number { (figure::number(point.answered_per_second)) }
                                td.number { (share(point.hit_rate)) }
                                @for (_, nanos) in &point.percentiles { td.number { (time(nanos.map(Duration::from_nanos))) } }
                                td { (point.outcome()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn chart(points: &[Point], names: &[String], objective: &Objective) -> Markup {
    let rates = || points.iter().map(|point| real(point.rate));
    let most = rates().reduce(f64::max).unwrap_or(1.0);
    let across = Scale::new(0.0, most);
    let times = points
        .iter()
        .flat_map(|point| point.percentiles.iter().filter_map(|(_, nanos)| nanos.map(Duration::from_nanos)));
    let promised = objective.percentiles.iter().map(|(_, most)| *most);
    let up = Scale::times(times.chain(promised).collect::<Vec<_>>().into_iter());
    let path = |place: usize| {
        line(points.iter().map(|point| {
            let nanos = point.percentiles.get(place).and_then(|(_, nanos)| *nanos)?;
            Some((across.place(real(point.rate)), up.height(Duration::from_nanos(nanos))))
        }))
    };
    let lines: Vec<(usize, &'static str)> = LINES.into_iter().enumerate().take(names.len()).collect();
    let label = |share: f64| (share * SIZE, format!("{}/s", figure::number((most * share).round())));
    let mut legend: Vec<(&'static str, String)> =
        lines.iter().zip(names).map(|((_, class), name)| (*class, one_line(name))).collect();
    if !objective.percentiles.is_empty() {
        legend.push(("limit", "promised".to_owned()));
    }
    Chart {
        title: "Response time by offered rate",
        note: "A line ends where too many requests had no answer.",
        left: up.decades(),
        below: [0.0, 0.5, 1.0].map(label).to_vec(),
        drawing: html! {
            @for (_, most) in &objective.percentiles { line.limit x1="0" x2="100" y1=(at(up.height(*most))) y2=(at(up.height(*most))) {} }
            @for (place, class) in &lines { path.line.(class) d=(path(*place)) {} }
        },
        legend,
    }
    .draw()
}
