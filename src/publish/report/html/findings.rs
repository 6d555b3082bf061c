//! The findings by harm, each with all that helps its owner.

use maud::{Markup, html};

use super::super::examples::{BarsOfPeriod, ExampleCell};
use super::super::found::FindingOfPeriod;
use super::super::model::{Report, ViewVerdict};
use super::super::words::{self, also, capital, counted, course, harm, minute, split, title};
use super::bars;
use crate::model::check::CheckKind;
use crate::model::exhibit::Disclosure;
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::publish::plain::one_line;

/// Most findings on the page; the JSON form has all.
const MOST: usize = 50;

/// The section of the findings.
pub(super) fn section(report: &Report) -> Markup {
    let listed = report.findings.iter().take(MOST);
    html! {
        section {
            h2 { "Findings by harm" }
            @if report.findings.is_empty() {
                p { "None fired." }
            } @else {
                ol.findings { @for finding in listed { (item(finding, report)) } }
            }
            @if report.findings.len() > MOST {
                p.soft { "And " (counted((report.findings.len() - MOST) as u64, "finding")) " of less harm; the JSON form has them all." }
            }
            @if report.passing > 0 {
                p.soft { (counted(report.passing, "other breach").replace("breachs", "breaches")) " did not last long enough to fire." }
            }
        }
    }
}

fn item(finding: &FindingOfPeriod, report: &Report) -> Markup {
    let verdict = ViewVerdict::fired(finding.severity);
    html! {
        li {
            h3 { (super::badge(verdict)) " " (capital(&title(finding))) }
            p.told { (capital(&one_line(&finding.message))) "." }
            @if let Some(others) = also(finding) { p { (others) "." } }
            p { (course(finding, report)) ". " (harm(finding)) "." }
            @if let Some(lag) = &finding.split { p { (split(lag)) "." } }
            @if let Some(likely) = &finding.cause {
                div.likely {
                    p { strong { "Likely cause: " } (one_line(likely.clause())) "." }
                    @if !likely.evidence.is_empty() { ul { @for sentence in &likely.evidence { li { (one_line(sentence)) } } } }
                }
            }
            @if !finding.examples.is_empty() { (examples(&finding.examples, report.disclosure)) }
            @if let Some(both) = bars_of(finding, report) {
                figure.both {
                    figcaption.soft { "Share of values: " span.key.reference {} "reference, " span.key.current {} "current" }
                    (bars::plot(both))
                }
            }
            @if let Some(accepted) = &finding.accepted { p { strong { (capital(&one_line(accepted))) "." } } }
            p.soft {
                @if let Some(owner) = &finding.owner { "Owner: " (one_line(owner)) ". " }
                "Next step: " code { (one_line(&finding.next_step)) }
            }
        }
    }
}

/// What a feature that drifted was held against, beside it.
fn bars_of<'a>(finding: &FindingOfPeriod, report: &'a Report) -> Option<&'a BarsOfPeriod> {
    let view =
        report.views.iter().filter(|_| finding.check == CheckKind::Drift).find(|view| view.name == finding.view)?;
    view.features.iter().find(|feature| Some(&feature.name) == finding.feature.as_ref())?.bars.as_ref()
}

fn examples(cells: &[ExampleCell], disclosure: Disclosure) -> Markup {
    let side = |value: &Option<String>, at: Option<Timestamp>| {
        html! {
            @if let Some(value) = value { span { (one_line(value)) } " " }
            small { (at.map_or_else(|| figure::NOTHING.to_owned(), minute)) }
        }
    };
    html! {
        table.examples {
            caption { (words::examples(disclosure)) }
            thead { tr { th scope="col" { "Entity" } th scope="col" { "Offline" } th scope="col" { "Online" } th scope="col" { "How they compare" } } }
            tbody {
                @for cell in cells {
                    tr {
                        th scope="row" { (one_line(&cell.entity)) }
                        td data-label="Offline" { (side(&cell.offline_value, cell.offline_at)) }
                        td data-label="Online" { (side(&cell.online_value, cell.online_at)) }
                        td data-label="Compared" { span { (cell.difference.as_deref().map_or_else(|| figure::NOTHING.to_owned(), one_line)) } }
                    }
                }
            }
        }
    }
}
