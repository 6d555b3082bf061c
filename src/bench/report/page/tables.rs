//! The tables of the page: promises against what came of them, times by tier, counts.

use maud::{Markup, html};

use super::super::Judged;
use super::super::text::{margin, share, time};
use crate::bench::block::Block;
use crate::bench::latency::Latencies;
use crate::bench::objective::{Objective, Percentile};
use crate::model::figure;
use crate::publish::plain::one_line;
use crate::stats::real;

/// Percentiles of the table by tier.
const SHOWN: [&str; 5] = ["p50", "p90", "p99", "p99.9", "p99.99"];

/// Each promise with what was achieved; nothing where nothing was promised.
pub(super) fn objectives(judged: &Judged<'_>) -> Markup {
    let objective = &judged.report.objective;
    if *objective == Objective::default() {
        return html! {};
    }
    let rate = judged.report.hit_rate(&judged.whole);
    let column = |name: &str| html! { th.number scope="col" { (name) } };
    html! {
        section aria-label="Objectives" {
            h2 { "Objectives" }
            div.scroll role="region" aria-label="Objectives" tabindex="0" {
                table.objectives {
                    thead {
                        tr {
                            th scope="col" { "Promise" }
                            (column("At most")) (column("Achieved")) (column("Upper 95 % limit")) (column("Limit against promise"))
                        }
                    }
                    tbody {
                        @for ((percentile, most), achieved) in objective.percentiles.iter().zip(&judged.evidence.achieved) {
                            tr {
                                th scope="row" { (percentile) " response" }
                                td.number { (time(Some(*most))) }
                                td.number { (time(achieved.response)) }
                                td.number { (time(achieved.limit)) }
                                td.number { (achieved.limit.map_or_else(|| figure::NOTHING.to_owned(), |limit| margin(*most, limit))) }
                            }
                        }
                        @if let Some(range) = &objective.hit_rate {
                            tr {
                                th scope="row" { "L1 hits" }
                                td.number { (figure::limit_percent(*range.start())) " to " (figure::limit_percent(*range.end())) }
                                td.number { (share(rate)) }
                                td.number { (figure::NOTHING) }
                                td.number { (rate.map_or(figure::NOTHING, |rate| if range.contains(&rate) { "within" } else { "outside" })) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Times by tier, response first.
pub(super) fn tiers(judged: &Judged<'_>) -> Markup {
    let whole = &judged.whole;
    let row = |name: &'static str, latencies: &Latencies| {
        html! {
            tr {
                th scope="row" { (name) }
                @for percentile in SHOWN.iter().filter_map(|name| Percentile::parse(name)) {
                    td.number { (time(latencies.quantile(percentile.share()))) }
                }
                td.number { (time(latencies.largest())) }
                td.number { (figure::count(latencies.count())) }
            }
        }
    };
    html! {
        section aria-label="Times" {
            h2 { (one_line(&judged.report.conditions.requests)) }
            div.scroll role="region" aria-label="Times" tabindex="0" {
                table.tiers {
                    thead {
                        tr {
                            th scope="col" { "Time" }
                            @for name in SHOWN { th.number scope="col" { (name) } }
                            th.number scope="col" { "Largest" }
                            th.number scope="col" { "n" }
                        }
                    }
                    tbody {
                        (row("Response", &whole.response))
                        @if judged.report.conditions.has_l1() { (row("– hits", &whole.hits)) (row("– misses", &whole.misses)) }
                        (row("Service", &whole.service))
                        (row("Slip", &whole.slip))
                        @if whole.keys.response.count() > 0 {
                            (row("Key lookups", &whole.keys.response))
                            (row("– hits", &whole.keys.hits))
                            (row("– misses", &whole.keys.misses))
                        }
                    }
                }
            }
        }
    }
}

/// How requests ended, and what they cost.
pub(super) fn counts(judged: &Judged<'_>) -> Markup {
    let Block { incomplete, failed, unsent, .. } = &judged.whole;
    let faults = judged.report.faults();
    let due = judged.whole.due();
    let (generator, store) = judged.cpu_per_million();
    let of_due = |count: u64| match count {
        0 => "0".to_owned(),
        _ => format!("{} ({} %)", figure::count(count), figure::bare_percent(real(count) / real(due.max(1)))),
    };
    let not_measured = || "not measured".to_owned();
    let seconds = |seconds: Option<f64>| seconds.map_or_else(not_measured, |seconds| format!("{seconds:.2} s"));
    let checking: f64 = judged.report.parts.iter().map(|part| part.checking_cpu_seconds).sum();
    let rows = [
        ("Due", figure::count(due)),
        ("Answered in whole", of_due(judged.answered())),
        ("Incomplete: the store has no value", of_due(*incomplete)),
        ("Failed or late", of_due(*failed)),
        ("Never sent", of_due(*unsent)),
        ("Wrong values", of_due(faults.wrong)),
        ("Torn rows", of_due(faults.torn)),
        ("Older than allowed", of_due(faults.stale)),
        ("Of versions never written", of_due(faults.unwritten)),
        ("CPU per million lookups, generator with the lookup path in it", seconds(generator)),
        ("CPU per million lookups, store", seconds(store)),
        ("CPU of checking answers, in all", seconds(Some(checking))),
        (
            "Answered/s, as a multiple of redis-benchmark's commands/s",
            judged.against_redis_benchmark().map_or_else(not_measured, figure::number),
        ),
    ];
    html! {
        section aria-label="Counts" {
            h2 { "Counts" }
            table.counts { tbody { @for (name, value) in rows { tr { th scope="row" { (name) } td.number { (value) } } } } }
        }
    }
}
