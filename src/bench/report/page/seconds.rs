//! The run over time: latency and hit rate of each second.

use std::time::Duration;

use maud::{Markup, html};

use super::super::Judged;
use super::super::text::{share, time};
use super::plot::{Chart, SIZE, Scale, at, line};
use crate::bench::block::Block;
use crate::model::figure;
use crate::stats::real;

/// Most seconds in the table; of more the graphics must do.
const MOST_ROWS: usize = 600;
/// Labels below a graphic.
const LABELS: usize = 4;

/// Both graphics and their table.
pub(super) fn section(judged: &Judged<'_>) -> Markup {
    let blocks: Vec<&Block> = judged.report.seconds.values().collect();
    html! {
        section aria-label="Over time" {
            h2 { "Over time" }
            div.charts {
                (latency(judged, &blocks))
                @if judged.report.conditions.has_l1() { (hits(judged, &blocks)) }
            }
            @if blocks.len() <= MOST_ROWS { (table(&blocks)) }
        }
    }
}

/// The middle of a second, from the left.
fn middle(second: usize, of: usize) -> f64 {
    (real(second as u64) + 0.5) / real(of.max(1) as u64) * SIZE
}

fn labels(of: usize) -> Vec<(f64, String)> {
    let step = of.div_ceil(LABELS).max(1);
    let every = (0..=of).step_by(step).filter(|second| second + step / 2 <= of || *second == of || of < LABELS);
    every.map(|second| (real(second as u64) / real(of.max(1) as u64) * SIZE, format!("{second} s"))).collect()
}

fn latency(judged: &Judged<'_>, blocks: &[&Block]) -> Markup {
    let of = blocks.len();
    type Line = (&'static str, fn(&Block) -> Option<Duration>);
    let lines: [Line; 3] = [
        ("largest", |block| block.response.largest()),
        ("p99", |block| block.response.quantile(0.99)),
        ("p50", |block| block.response.quantile(0.5)),
    ];
    let promised = &judged.report.objective.percentiles;
    let times = lines.iter().flat_map(|(_, of_block)| blocks.iter().filter_map(|block| of_block(block)));
    let up = Scale::times(times.chain(promised.iter().map(|(_, most)| *most)).collect::<Vec<_>>().into_iter());
    let path = |of_block: fn(&Block) -> Option<Duration>| {
        line(blocks.iter().enumerate().map(|(second, block)| Some((middle(second, of), up.height(of_block(block)?)))))
    };
    let unanswered = || blocks.iter().enumerate().filter(|(_, block)| block.response.without_answer() > 0);
    let mut legend: Vec<(&'static str, String)> =
        lines.iter().rev().map(|(name, _)| (*name, (*name).to_owned())).collect();
    if !promised.is_empty() {
        legend.push(("limit", "promised".to_owned()));
    }
    if unanswered().next().is_some() {
        legend.push(("unanswered", "seconds with requests without answer".to_owned()));
    }
    let width = SIZE / real(of.max(1) as u64);
    Chart {
        title: "Response time",
        note: "Of each second. Where too many requests had no answer a line has a gap.",
        left: up.decades(),
        below: labels(of),
        drawing: html! {
            @for (second, _) in unanswered() {
                rect.unanswered x=(at(middle(second, of) - width / 2.0)) width=(at(width)) y="0" height="100" {}
            }
            @for (_, most) in promised { line.limit x1="0" x2="100" y1=(at(up.height(*most))) y2=(at(up.height(*most))) {} }
            @for (name, of_block) in lines { path.line.(name) d=(path(of_block)) {} }
        },
        legend,
    }
    .draw()
}

fn hits(judged: &Judged<'_>, blocks: &[&Block]) -> Markup {
    let of = blocks.len();
    let band = judged.report.objective.hit_rate.clone();
    let predicted =
        judged.report.parts.first().and_then(|part| part.measured.prediction).map(|prediction| prediction.replayed);
    let rates = || blocks.iter().filter_map(|block| block.hit_rate());
    let ends = || rates().chain(band.iter().flat_map(|range| [*range.start(), *range.end()])).chain(predicted);
    // Whole percents, with one to spare.
    let low = (ends().reduce(f64::min).unwrap_or(0.0) * 100.0 - 1.0).floor().max(0.0);
    let high = (ends().reduce(f64::max).unwrap_or(1.0) * 100.0 + 1.0).ceil().min(100.0);
    let up = Scale::new(low, high);
    let height = |share: f64| SIZE - up.place(share * 100.0);
    let path =
        line(blocks.iter().enumerate().map(|(second, block)| Some((middle(second, of), height(block.hit_rate()?)))));
    let mut legend = vec![("hits", "hit rate".to_owned())];
    if let Some(range) = &band {
        legend.push((
            "band",
            format!("promised: {} to {}", figure::limit_percent(*range.start()), figure::limit_percent(*range.end())),
        ));
    }
    if let Some(predicted) = predicted {
        legend.push(("prediction", format!("predicted by replay: {}", share(Some(predicted)))));
    }
    Chart {
        title: "L1 hit rate",
        note: "Of each second, of the lookups that were answered in whole.",
        left: [low, f64::midpoint(low, high), high].map(|percent| (SIZE - up.place(percent), format!("{percent} %"))).to_vec(),
        below: labels(of),
        drawing: html! {
            @if let Some(range) = &band {
                rect.band x="0" width="100" y=(at(height(*range.end()))) height=(at(height(*range.start()) - height(*range.end()))) {}
            }
            @if let Some(predicted) = predicted {
                line.prediction x1="0" x2="100" y1=(at(height(predicted))) y2=(at(height(predicted))) {}
            }
            path.line.hits d=(path) {}
        },
        legend,
    }
    .draw()
}

fn table(blocks: &[&Block]) -> Markup {
    html! {
        details {
            summary { "Figures of every second" }
            div.scroll role="region" aria-label="Figures of every second" tabindex="0" {
                table.seconds {
                    thead {
                        tr {
                            @for name in ["Second", "Due", "L1 hits", "p50", "p99", "p99.9", "Largest", "No answer", "Wrong"] {
                                th.number scope="col" { (name) }
                            }
                        }
                    }
                    tbody {
                        @for (second, block) in blocks.iter().enumerate() {
                            tr {
                                th.number scope="row" { (second) }
                                td.number { (figure::count(block.due())) }
                                td.number { (share(block.hit_rate())) }
                                @for quantile in [0.5, 0.99, 0.999] { td.number { (time(block.response.quantile(quantile))) } }
                                td.number { (time(block.response.largest())) }
                                td.number { (figure::count(block.response.without_answer())) }
                                td.number { (figure::count(block.faults.all())) }
                            }
                        }
                    }
                }
            }
        }
    }
}
