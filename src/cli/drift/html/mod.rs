//! The comparison as one HTML page: no script, nothing loaded from elsewhere, light and dark, fit for paper.
//!
//! Every graphic has the figures that it shows beside it or as its text alternative. Names, keys and messages come from
//! files and are escaped.

mod chart;
mod column;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::report::{Report, word};
use super::sentence::{self, amount};
use crate::drift::ColumnDrift;
use crate::model::check::DriftStatistic;
use crate::model::figure;
use crate::model::measurement::DriftVerdict;
use crate::publish::page::PALETTE;
use crate::publish::plain::{lines, one_line};

const STYLE: &str = include_str!("style.css");

/// Writes the page.
///
/// # Errors
/// When `out` does not take it.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    out.write_all(page(report).into_string().as_bytes())?;
    writeln!(out)
}

fn page(report: &Report<'_>) -> Markup {
    let comparison = report.comparison;
    let tally = report.tally();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content="skewwatch";
                title { (tally) " – drift report" }
                style { (PreEscaped(PALETTE)) (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Drift report" }
                    dl.sides {
                        div { dt { span.swatch.reference {} "Reference" } dd { (one_line(comparison.reference())) } }
                        div { dt { span.swatch.current {} "Current" } dd { (one_line(comparison.current())) } }
                    }
                    ul.tally aria-label="Verdicts" {
                        (tile(DriftVerdict::Drifted, tally.drifted))
                        (tile(DriftVerdict::Stable, tally.stable))
                        (tile(DriftVerdict::Unknown, tally.not_judged))
                    }
                }
                main {
                    (overview(report))
                    (columns("Drifted", report, DriftVerdict::Drifted))
                    (columns("Not judged", report, DriftVerdict::Unknown))
                    (columns("Stable", report, DriftVerdict::Stable))
                    (notes("Not compared", comparison.not_compared().iter().map(|noted| (&noted.column, &noted.reason))))
                    (notes("Failures", comparison.unreadable().iter().map(|failed| (&failed.column, &failed.message))))
                }
                footer { (legend(report)) }
            }
        }
    }
}

fn tile(verdict: DriftVerdict, columns: usize) -> Markup {
    html! {
        li class=(class(verdict)) {
            strong { (figure::count(columns as u64)) }
            " " span { (word(verdict)) }
        }
    }
}

/// The style class of a verdict.
const fn class(verdict: DriftVerdict) -> &'static str {
    match verdict {
        DriftVerdict::Drifted => "drifted",
        DriftVerdict::Stable => "stable",
        DriftVerdict::Unknown => "unknown",
    }
}

/// The verdict as a badge: a word, so that colour alone says nothing.
fn badge(verdict: DriftVerdict) -> Markup {
    html! { span class={ "badge " (class(verdict)) } { (word(verdict)) } }
}

/// Where the details of a column stand on the page.
fn anchor(report: &Report<'_>, name: &str) -> String {
    let place = report.comparison.columns().keys().position(|other| other == name);
    place.map_or_else(String::new, |place| format!("column-{}", place + 1))
}

fn overview(report: &Report<'_>) -> Markup {
    let columns = report.columns();
    html! {
        @if !columns.is_empty() {
            section {
                h2 { "All columns" }
                div.scroll role="region" aria-label="All columns" tabindex="0" {
                    table.overview {
                        thead {
                            tr {
                                th scope="col" { "Column" }
                                th scope="col" { "Verdict" }
                                th scope="col" { "Kind" }
                                th.number scope="col" { "n " small { "reference" } }
                                th.number scope="col" { "n " small { "current" } }
                                th.number scope="col" { "Missing " small { "reference" } }
                                th.number scope="col" { "Missing " small { "current" } }
                                th.number scope="col" { "PSI " small { "95 % interval" } }
                                th.number scope="col" { "KS " small { "95 % interval" } }
                            }
                        }
                        tbody { @for (name, column) in &columns { (row(report, name, column)) } }
                    }
                }
            }
        }
    }
}

fn row(report: &Report<'_>, name: &str, column: &ColumnDrift) -> Markup {
    let (ours, theirs) = (&column.pair.reference.counts, &column.pair.current.counts);
    html! {
        tr {
            th scope="row" { a href={ "#" (anchor(report, name)) } { (named(name)) } }
            td { (badge(column.verdict())) }
            td { (column.pair.kind.name()) }
            td.number { (figure::count(ours.valid())) }
            td.number { (figure::count(theirs.valid())) }
            td.number { (figure::percent(ours.invalid_rate())) }
            td.number { (figure::percent(theirs.invalid_rate())) }
            td.number { (effect(column, DriftStatistic::Psi)) }
            td.number { (effect(column, DriftStatistic::Ks)) }
        }
    }
}

/// A name on one line; one without a visible character says so.
fn named(name: &str) -> String {
    if name.trim().is_empty() { "(no name)".to_owned() } else { one_line(name) }
}

fn effect(column: &ColumnDrift, statistic: DriftStatistic) -> Markup {
    let measured = column.checks.get(&statistic);
    let effect = measured.and_then(|measured| measured.effect);
    let interval = measured.and_then(|measured| sentence::interval(statistic, measured));
    html! {
        (effect.map_or_else(|| figure::NOTHING.to_owned(), |effect| amount(statistic, effect)))
        @if let Some(interval) = interval { " " small { (interval) } }
    }
}

fn columns(title: &str, report: &Report<'_>, verdict: DriftVerdict) -> Markup {
    let found = report.with(verdict);
    html! {
        @if !found.is_empty() {
            section {
                h2 { (title) }
                @for (name, compared) in found { (column::details(report, name, compared)) }
            }
        }
    }
}

fn notes<'a>(title: &str, rows: impl ExactSizeIterator<Item = (&'a String, &'a String)>) -> Markup {
    html! {
        @if rows.len() > 0 {
            section {
                h2 { (title) }
                dl.notes {
                    @for (column, text) in rows {
                        dt { (named(column)) }
                        dd { (lines(text)) }
                    }
                }
            }
        }
    }
}

fn legend(report: &Report<'_>) -> Markup {
    let approximate: Vec<String> = report.approximate().into_iter().map(one_line).collect();
    html! {
        h2 { "How to read this" }
        ul {
            li {
                "An effect is a distance without what chance adds to it in samples of these sizes. A column has drifted when the \
                 whole 95 % interval of an effect lies beyond its limit and q, over all checks of the run, is below 0.05; it is \
                 stable when the whole interval lies within. In between it is not judged."
            }
            li {
                "PSI compares shares over the reference's deciles or the values themselves; KS is the largest gap between \
                 the distribution functions. Missing are nulls, NaNs and infinities."
            }
            @if !approximate.is_empty() { li { "Bounds or estimates, not exact: " (approximate.join(", ")) "." } }
        }
    }
}
