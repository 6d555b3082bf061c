//! A benchmark as one HTML page: no script, nothing loaded from elsewhere, light and dark, fit for a phone and for paper.
//!
//! Every graphic has its figures in a table. Names come from machines and command lines and are escaped.

mod curve;
mod facts;
mod percentiles;
mod plot;
mod seconds;
mod tables;

use maud::{DOCTYPE, Markup, html};

use super::Judged;
use super::text::{share, time};
use crate::bench::objective::{MOST_WITHOUT_ANSWER, Objective, Percentile, Verdict};
use crate::model::figure;
use crate::publish::page::{PALETTE, head};
use crate::publish::plain::one_line;

const STYLE: &str = include_str!("style.css");

/// The page.
#[must_use]
pub fn page(judged: &Judged<'_>) -> String {
    let report = judged.report;
    let title = format!("{} – lookup benchmark", headline(judged));
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            (head(&title, &[PALETTE, STYLE]))
            body {
                header {
                    h1 { "Lookup benchmark " (badge(judged.verdict.as_ref())) }
                    p.soft { (sentence(judged)) }
                    (reasons(judged))
                    (tiles(judged))
                }
                main {
                    (tables::objectives(judged))
                    (percentiles::section(judged))
                    (tables::tiers(judged))
                    (seconds::section(judged))
                    (curve::section(&report.curve, &report.objective))
                    (tables::counts(judged))
                    (facts::section(judged))
                }
                footer { (method(&report.objective)) }
            }
        }
    };
    let mut text = markup.into_string();
    text.push('\n');
    text
}

/// Verdict and rate.
fn headline(judged: &Judged<'_>) -> String {
    let rate = figure::count(judged.report.offered().rate);
    let what = if judged.report.conditions.batch == 1 { "lookups" } else { "requests" };
    match word(judged.verdict.as_ref()) {
        Some(word) => format!("{word}: {rate} {what}/s"),
        None => format!("{rate} {what}/s"),
    }
}

const fn word(verdict: Option<&Verdict>) -> Option<&'static str> {
    match verdict {
        None => None,
        Some(Verdict::Proven) => Some("PROVEN"),
        Some(Verdict::Missed(_)) => Some("MISSED"),
        Some(Verdict::Invalid(_)) => Some("INVALID"),
    }
}

fn badge(verdict: Option<&Verdict>) -> Markup {
    let class = match verdict {
        None => "silent",
        Some(Verdict::Proven) => "stable",
        Some(Verdict::Missed(_)) => "drifted",
        Some(Verdict::Invalid(_)) => "unknown",
    };
    html! { span.badge.(class) { (word(verdict).unwrap_or("nothing promised")) } }
}

fn sentence(judged: &Judged<'_>) -> String {
    let report = judged.report;
    let conditions = &report.conditions;
    format!(
        "{} {} a second offered for {} s through {}: {} entities × {} features, Zipf {}, {} arrivals, {}",
        figure::count(report.offered().rate),
        one_line(&conditions.requests),
        figure::count(report.seconds.len() as u64),
        one_line(&conditions.target),
        figure::count(u64::from(conditions.entities)),
        conditions.features,
        conditions.zipf,
        one_line(&conditions.arrivals),
        report.timing()
    )
}

fn reasons(judged: &Judged<'_>) -> Markup {
    let reasons: &[String] = match &judged.verdict {
        Some(Verdict::Missed(reasons) | Verdict::Invalid(reasons)) => reasons,
        Some(Verdict::Proven) | None => &[],
    };
    let notes = judged.report.notes();
    html! {
        @if !reasons.is_empty() {
            ul.reasons aria-label="Reasons" { @for reason in reasons { li { (one_line(reason)) } } }
        }
        @if !notes.is_empty() {
            ul.remarks aria-label="Notes" { @for note in &notes { li { (one_line(note)) } } }
        }
    }
}

fn tiles(judged: &Judged<'_>) -> Markup {
    let whole = &judged.whole;
    let quantile =
        |name| time(Percentile::parse(name).and_then(|percentile| whole.response.quantile(percentile.share())));
    let mut tiles = vec![
        ("p50 response", quantile("p50")),
        ("p99 response", quantile("p99")),
        ("p99.9 response", quantile("p99.9")),
    ];
    if judged.report.conditions.has_l1() {
        tiles.push(("L1 hits", share(judged.report.hit_rate(whole))));
    }
    tiles.push(("without answer", figure::count(whole.response.without_answer())));
    tiles.push(("wrong answers", figure::count(judged.report.faults().all())));
    html! {
        dl.tiles { @for (name, value) in tiles { div { dt { (name) } dd { (value) } } } }
    }
}

fn method(objective: &Objective) -> Markup {
    let most = figure::limit_percent(MOST_WITHOUT_ANSWER);
    html! {
        h2 { "How to read this" }
        ul {
            li {
                "Requests were due at times fixed before the run, whatever became of those before. Response time counts from \
                 when a request was due, service time from when it was sent; slip is the difference of both starts."
            }
            li {
                "Percentiles are over all requests that were due. One without a whole answer (failed, late, incomplete or never \
                 sent) took longer than any other; more than " (most) " of them miss any objective."
            }
            li {
                "A hit was answered from L1 alone; a lookup that joined the read of another is a miss. Every answer was checked \
                 against what was written."
            }
            @if objective != &Objective::default() {
                li {
                    "PROVEN: the upper 95 % limit of every percentile, by a moving-block bootstrap over seconds, meets its \
                     objective. MISSED: one does not. INVALID: the generator itself is to blame, and the run tells nothing."
                }
            }
        }
    }
}
