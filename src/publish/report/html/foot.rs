//! What could not be judged, error budgets, how it was measured, and what the words mean.

use maud::{Markup, html};

use super::super::model::{Budget, Report, Sampled};
use super::super::words::{GLOSSARY, capital, check, counted, features, minute, share};
use crate::model::figure;
use crate::model::view::Pairing;
use crate::publish::plain::one_line;

/// Most entries of a list.
const MOST: usize = 100;

/// What could not be judged.
pub(super) fn not_judged(report: &Report) -> Markup {
    html! {
        section {
            h2 { "What could not be judged" }
            @if report.not_judged.is_empty() && report.not_watched.is_empty() {
                p { "Nothing: every check of every view was judged." }
            } @else {
                table.cards {
                    thead { tr { th scope="col" { "View" } th scope="col" { "What" } th scope="col" { "Why" } } }
                    tbody {
                        @for entry in report.not_judged.iter().take(MOST) {
                            tr {
                                th scope="row" { (one_line(&entry.view)) }
                                td data-label="What" { span { (entry.what) @if !entry.features.is_empty() { " of " (features(entry)) } } }
                                td data-label="Why" { span { (capital(&entry.why)) "." } }
                            }
                        }
                        @for view in report.not_watched.iter().take(MOST) {
                            tr {
                                th scope="row" { (one_line(&view.feature_view)) }
                                td data-label="What" { span { "everything" } }
                                td data-label="Why" { span { (capital(&one_line(&view.reason))) "." } }
                            }
                        }
                    }
                }
                @let more = report.not_judged.len().saturating_sub(MOST) + report.not_watched.len().saturating_sub(MOST);
                @if more > 0 { p.soft { "And " (figure::count(more as u64)) " more; the JSON form has them all." } }
            }
        }
    }
}

/// Error budgets.
pub(super) fn budgets(report: &Report) -> Markup {
    html! {
        @if !report.budgets.is_empty() {
            section {
                h2 { "Error budgets" }
                table.cards {
                    caption { "A burn of 1 spends the whole budget of the " (report.noun) "; of a shorter time, it would if it went on." }
                    thead {
                        tr {
                            th scope="col" { "View" }
                            th scope="col" { "Objective" }
                            th scope="col" { "Allowed" }
                            th scope="col" { "Spent" }
                            th scope="col" { "Left" }
                            th scope="col" { "Burn" }
                        }
                    }
                    tbody { @for budget in report.budgets.iter().take(4 * MOST) { (row(budget)) } }
                }
            }
        }
    }
}

fn row(budget: &Budget) -> Markup {
    let left = budget.burn.map(|burn| format!("{:.0} %", (1.0 - burn).max(-9.99) * 100.0).replace('-', "−"));
    let is_over = budget.burn.is_some_and(|burn| burn > 1.0) || (budget.burn.is_none() && budget.spent.part() > 0);
    html! {
        tr class=[is_over.then_some("over")] {
            th scope="row" { (one_line(&budget.view)) }
            td data-label="Objective" { span { (check(budget.check)) } }
            td data-label="Allowed" { span { (figure::limit_percent(tidy(budget.allowed))) } }
            td data-label="Spent" { span { (share(budget.spent)) " " (budget.unit) } }
            td data-label="Left" { span { (left.unwrap_or_else(|| figure::NOTHING.to_owned())) @if is_over { " " span.badge.critical { "overspent" } } } }
            td data-label="Burn" {
                span {
                    (budget.burn.map_or_else(|| figure::NOTHING.to_owned(), figure::number))
                    @if let Some((burn, at)) = budget.worst.filter(|(burn, _)| *burn > 1.0) { " " small { "at worst " (figure::number(burn)) ", from " (minute(at)) } }
                }
            }
        }
    }
}

/// What is left of a share, without the digits that subtraction adds.
fn tidy(share: f64) -> f64 {
    (share * 1e9).round() / 1e9
}

/// How it was measured.
pub(super) fn measured(report: &Report) -> Markup {
    let sampled = report.views.iter().filter_map(|view| Some((view, view.sampled.as_ref()?)));
    let forgotten = report.views.iter().filter(|view| view.sampled.is_none() && view.rounds.measured() > 0).count();
    html! {
        section {
            h2 { "How it was measured" }
            p {
                "Rounds read the same entity keys from the online store and from the training snapshots, and settle each cell. "
                "This report was made by skewwatch " (report.version) " from hourly sums of all rounds of the " (report.noun)
                ", without reading a store. Below is the newest round of each view with figures."
            }
            table.cards {
                thead { tr { th scope="col" { "View" } th scope="col" { "Round" } th scope="col" { "Keys" } th scope="col" { "Seed" } th scope="col" { "Paired by" } th scope="col" { "Snapshot" } } }
                tbody { @for (view, sampled) in sampled { (round(&view.name, sampled)) } }
            }
            @if forgotten > 0 { p.soft { "Of " (counted(forgotten as u64, "view")) " no round is kept any more, only hours." } }
        }
    }
}

fn round(name: &str, sampled: &Sampled) -> Markup {
    let pairing = match sampled.pairing {
        Pairing::Version => "event timestamp",
        Pairing::AsOf => "time in force",
        Pairing::Value => "value",
    };
    html! {
        tr {
            th scope="row" { (one_line(name)) }
            td data-label="Round" { span { (minute(sampled.at)) } }
            td data-label="Keys" { span { (figure::count(sampled.keys)) } }
            td data-label="Seed" { span { (sampled.seed) } }
            td data-label="Paired by" { span { (pairing) } }
            td data-label="Snapshot" {
                span {
                    (one_line(&sampled.snapshot))
                    @if let Some(watermark) = sampled.watermark { " " small { "complete up to " (minute(watermark)) } }
                    @if let Some(reference) = &sampled.reference { " " small { "reference " (one_line(reference)) } }
                }
            }
        }
    }
}

/// What the words mean.
pub(super) fn glossary() -> Markup {
    html! {
        section.glossary {
            h2 { "Glossary" }
            dl.notes { @for (word, meaning) in GLOSSARY { dt { (word) } dd { (meaning) } } }
        }
    }
}
