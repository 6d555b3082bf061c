//! The report as one page: no script, nothing loaded from elsewhere, for a screen of any width, light or dark, and for A4.

mod bars;
mod charts;
mod features;
mod findings;
mod foot;
mod plot;
mod view;

use maud::{DOCTYPE, Markup, html};

use super::model::{Change, Report, ViewOfPeriod, ViewVerdict};
use super::words::{counted, headline, minute};
use crate::model::figure;
use crate::publish::page::verdicts::patterns;
use crate::publish::page::{STYLE, head};
use crate::publish::plain::one_line;

/// What pages do not have.
const OWN_STYLE: &str = include_str!("../../../../reports/report.css");
/// Most changes of one kind of list.
const CHANGES: usize = 40;

/// The report as HTML.
#[must_use]
pub fn html(report: &Report) -> String {
    let of_team = report.team.as_ref().map_or_else(String::new, |team| format!(" of team {}", one_line(team)));
    let title = format!("Skew report {}{of_team}", report.period);
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&title, &[STYLE, OWN_STYLE]))
            body.report {
                a.skip href="#main" { "Skip to the content" }
                svg.defs aria-hidden="true" { (patterns()) }
                main id="main" tabindex="-1" {
                    (first(report, &title))
                    (findings::section(report))
                    (foot::not_judged(report))
                    (foot::budgets(report))
                    @for (number, view) in report.views.iter().enumerate() { (view::section(report, (number, view))) }
                    (foot::measured(report))
                    (foot::glossary())
                }
            }
        }
    }
    .into_string()
}

/// The fragment that a view's section has.
fn anchor(number: usize) -> String {
    format!("view-{}", number + 1)
}

fn badge(verdict: ViewVerdict) -> Markup {
    html! { span class={ "badge " (class(verdict)) } { (verdict.word()) } }
}

const fn class(verdict: ViewVerdict) -> &'static str {
    match verdict {
        ViewVerdict::Sound => "ok",
        ViewVerdict::NotJudged => "not_judged",
        ViewVerdict::Warning => "warning",
        ViewVerdict::Critical => "critical",
    }
}

fn first(report: &Report, title: &str) -> Markup {
    let count = |verdict| report.views.iter().filter(|view| view.verdict == verdict).count() as u64;
    html! {
        h1 { (title) }
        p.asof { (report.days) ". Made " (minute(report.made_at)) "; times are UTC." }
        p.headline { (headline(report)) "." }
        ul.tally aria-label="Views by verdict" {
            @for verdict in ViewVerdict::ALL {
                li { span class={ "tile " (class(verdict)) } { strong { (figure::count(count(verdict))) } (verdict.word()) } }
            }
        }
        @if !report.views.is_empty() {
            section {
                h2 { "Verdict of the " (report.noun) }
                table.cards {
                    thead { tr { th scope="col" { "View" } th scope="col" { "Verdict" } th scope="col" { "Why" } th scope="col" { "Whose" } } }
                    tbody { @for (number, view) in report.views.iter().enumerate() { (row(number, view)) } }
                }
            }
        }
        section {
            h2 { "What changed since the " (report.noun) " before" }
            (changes(&report.changes))
        }
    }
}

fn row(number: usize, view: &ViewOfPeriod) -> Markup {
    let whose: Vec<String> = [&view.team, &view.owner].into_iter().flatten().map(|name| one_line(name)).collect();
    html! {
        tr {
            th scope="row" { a href={ "#" (anchor(number)) } { (one_line(&view.name)) } }
            td data-label="Verdict" { (badge(view.verdict)) }
            td data-label="Why" { span { (super::words::capital(&view.why)) "." } }
            td data-label="Whose" { span { @if whose.is_empty() { (figure::NOTHING) } @else { (whose.join(", ")) } } }
        }
    }
}

fn changes(changes: &[Change]) -> Markup {
    html! {
        @if changes.is_empty() {
            p { "Nothing." }
        } @else {
            ul.changes { @for change in changes.iter().take(CHANGES) { li { (change.text) "." } } }
            @if changes.len() > CHANGES { p.soft { "And " (counted((changes.len() - CHANGES) as u64, "other change")) "; the JSON form has them all." } }
        }
    }
}
