//! One column of the page: why, its checks, both distributions, its figures and its segments.

use maud::{Markup, html};

use super::super::report::{self, Report};
use super::super::segments::{contribution, decisive, telling};
use super::super::sentence::{self, amount, limit, probability, title};
use super::{anchor, badge, chart, named};
use crate::drift::ColumnDrift;
use crate::model::bars::Bars;
use crate::model::check::DriftStatistic;
use crate::model::figure;
use crate::model::measurement::{DriftMeasurement, DriftVerdict};
use crate::publish::plain::one_line;
use crate::stats::divergence;
use crate::stats::drift::{SideDigest, bars, value};
use crate::stats::summary::Summary;

/// Everything about one column, open where it drifted.
pub(super) fn details(report: &Report<'_>, name: &str, column: &ColumnDrift) -> Markup {
    let verdict = column.verdict();
    html! {
        details open[verdict == DriftVerdict::Drifted] {
            summary { h3 { (named(name)) } " " (badge(verdict)) " " span.kind { (column.pair.kind.name()) } }
            p.why id=(anchor(report, name)) { (one_line(&sentence::why(column))) }
            (checks(column))
            (distances(column))
            div.pair {
                (distribution(column))
                (figures(column))
            }
            (segments(report, column))
        }
    }
}

fn checks(column: &ColumnDrift) -> Markup {
    html! {
        @if !column.checks.is_empty() {
            div.scroll role="region" aria-label="Checks" tabindex="0" {
                table.checks {
                    caption { "Checks: effect and 95 % interval against the limit" }
                    thead {
                        tr {
                            th scope="col" { "Check" }
                            th scope="col" { "Verdict" }
                            th.number scope="col" { "Effect" }
                            th.number scope="col" { "Interval" }
                            th.number scope="col" { "Limit" }
                            th.graphic scope="col" { "Effect against limit" }
                            th.number scope="col" { "q" }
                        }
                    }
                    tbody { @for (statistic, measured) in &column.checks { (check(*statistic, measured)) } }
                }
            }
        }
    }
}

fn check(statistic: DriftStatistic, measured: &DriftMeasurement) -> Markup {
    let shown =
        |figure: Option<f64>| figure.map_or_else(|| figure::NOTHING.to_owned(), |effect| amount(statistic, effect));
    let interval = sentence::interval(statistic, measured).unwrap_or_else(|| figure::NOTHING.to_owned());
    let threshold =
        measured.threshold.map_or_else(|| figure::NOTHING.to_owned(), |threshold| limit(statistic, threshold));
    html! {
        tr {
            th scope="row" { (title(statistic)) }
            td { (badge(measured.verdict)) }
            td.number { (shown(measured.effect)) }
            td.number { (interval) }
            td.number { (threshold) }
            td.graphic { (chart::interval(statistic, measured)) }
            td.number { (probability(measured.q_value)) }
        }
    }
}

/// The distances as their definitions have them, chance included.
fn distances(column: &ColumnDrift) -> Markup {
    let Some(distances) = &column.pair.distances else { return html! {} };
    let mut found = Vec::new();
    for (name, statistic) in [("PSI", DriftStatistic::Psi), ("KS", DriftStatistic::Ks)] {
        if let Some(measured) = column.checks.get(&statistic).filter(|measured| measured.distance.is_some()) {
            let (distance, floor) = (figure::distance(measured.distance), figure::distance(measured.noise_floor));
            found.push(format!("{name} {distance} (equal distributions: up to {floor})"));
        }
    }
    if let Some(gaps) = distances.gaps {
        found.push(format!("Wasserstein {}", figure::number(gaps.wasserstein)));
    }
    found.push(format!(
        "Jensen–Shannon {}",
        figure::distance(Some(divergence::jensen_shannon_distance(&distances.bins)))
    ));
    html! { p.distances { "Distances with chance: " (found.join(", ")) "." } }
}

fn distribution(column: &ColumnDrift) -> Markup {
    let bars = bars(&column.pair);
    html! {
        @if let Some(bars) = bars {
            @let (n, m) = bars.totals();
            table.bars {
                caption {
                    "Share of values: reference (n = " (figure::count(n)) ") against current (n = " (figure::count(m)) ")"
                }
                thead {
                    tr {
                        th scope="col" { "Values" }
                        th.graphic scope="col" { span.hidden { "Graphic" } }
                        th.number scope="col" { span.swatch.reference {} "Ref." }
                        th.number scope="col" { span.swatch.current {} "Cur." }
                    }
                }
                tbody {
                    @for ((bar, (before, after)), top) in bars.bars().iter().zip(bars.shares()).zip(std::iter::repeat(top(&bars))) {
                        tr {
                            th scope="row" { (one_line(&bar.label)) }
                            td.graphic { (chart::pair((before, after), top)) }
                            td.number { (share(before)) }
                            td.number { (share(after)) }
                        }
                    }
                }
            }
        } @else {
            p.empty { "No distribution: a side has no valid value." }
        }
    }
}

fn share(share: f64) -> String {
    format!("{} %", figure::bare_percent(share))
}

fn top(bars: &Bars) -> f64 {
    bars.shares().iter().fold(0.0_f64, |top, (before, after)| top.max(*before).max(*after))
}

fn figures(column: &ColumnDrift) -> Markup {
    let pair = &column.pair;
    let count = |of: fn(&SideDigest) -> u64| [of(&pair.reference), of(&pair.current)].map(figure::count);
    let rate = |of: fn(&SideDigest) -> Option<crate::model::ratio::Ratio>| {
        [of(&pair.reference), of(&pair.current)].map(figure::percent)
    };
    let mut rows = vec![
        ("Rows", count(|side| side.counts.rows)),
        ("Values", count(|side| side.counts.valid())),
        ("Distinct", count(|side| side.distinct)),
        ("Nulls", rate(|side| side.counts.null_rate())),
    ];
    if [&pair.reference, &pair.current].iter().any(|side| side.counts.nans > 0) {
        rows.push(("NaNs", rate(|side| side.counts.nan_rate())));
    }
    if [&pair.reference, &pair.current].iter().any(|side| side.counts.pos_inf + side.counts.neg_inf > 0) {
        rows.push(("Infinities", rate(|side| side.counts.infinity_rate())));
    }
    if pair.reference.summary.is_some() || pair.current.summary.is_some() {
        let of = |pick: fn(&Summary) -> f64| {
            [&pair.reference, &pair.current].map(|side| {
                side.summary.map_or_else(|| figure::NOTHING.to_owned(), |summary| value(pick(&summary), pair.kind))
            })
        };
        rows.extend([
            ("Mean", of(|summary| summary.mean)),
            ("Smallest", of(|summary| summary.min)),
            ("5 % quantile", of(|summary| summary.quantiles[1])),
            ("Median", of(|summary| summary.quantiles[4])),
            ("95 % quantile", of(|summary| summary.quantiles[7])),
            ("Largest", of(|summary| summary.max)),
        ]);
    }
    html! {
        table.figures {
            caption { "Figures" }
            thead {
                tr {
                    td {}
                    th.number scope="col" { span.swatch.reference {} "Reference" }
                    th.number scope="col" { span.swatch.current {} "Current" }
                }
            }
            tbody {
                @for (name, [before, after]) in rows {
                    tr { th scope="row" { (name) } td.number { (before) } td.number { (after) } }
                }
            }
        }
    }
}

fn segments(report: &Report<'_>, column: &ColumnDrift) -> Markup {
    let told = telling(column);
    html! {
        @if !told.is_empty() {
            div.scroll role="region" aria-label="Segments" tabindex="0" {
                table.segments {
                    caption {
                        "Segments that drifted, or without whose drift the column's psi would fall: " (figure::count(told.len() as u64)) " of "
                        (figure::count(column.segments.len() as u64))
                    }
                    thead {
                        tr {
                            th scope="col" { "Segment" }
                            th.number scope="col" { "psi falls by" }
                            th scope="col" { "Decisive check" }
                            th.number scope="col" { "n " small { "reference" } }
                            th.number scope="col" { "n " small { "current" } }
                            th scope="col" { "Verdict" }
                        }
                    }
                    tbody {
                        @for segment in told {
                            tr {
                                th scope="row" { (one_line(&report.segment(&segment.segment))) }
                                td.number { (contribution(column, segment)) }
                                td { (decisive(segment)) }
                                td.number { (figure::count(segment.pair.reference.counts.valid())) }
                                td.number { (figure::count(segment.pair.current.counts.valid())) }
                                td { (badge(report::verdict(segment))) }
                            }
                        }
                    }
                }
            }
        }
    }
}
