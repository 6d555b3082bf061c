//! Findings with their sentence, since when, and what was decided about them.

use maud::{Markup, html};

use super::document::{ago, instant};
use super::known::{class, word};
use super::link;
use crate::model::check::CheckKind;
use crate::model::time::Timestamp;
use crate::publish::api::{FindingStanding, FindingState, ToldFinding};
use crate::publish::plain::one_line;

/// Whether findings name their view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// On a page of many views.
    WithView,
    /// On the page of the view.
    WithoutView,
}

/// Findings listed on the page of many views: more are no overview.
pub(super) const MOST: usize = 30;

/// The findings: what fires first, critical before warnings, then by age; of many views at most [`MOST`].
pub(super) fn list(findings: &[&ToldFinding], now: Timestamp, naming: Naming) -> Markup {
    let mut findings = findings.to_vec();
    findings.sort_by_key(|finding| (finding.state, std::cmp::Reverse(finding.severity), finding.first_seen));
    match naming {
        Naming::WithView => findings.truncate(MOST),
        Naming::WithoutView => {}
    }
    html! { ul.findings { @for finding in findings { (item(finding, now, naming)) } } }
}

fn item(finding: &ToldFinding, now: Timestamp, naming: Naming) -> Markup {
    html! {
        li {
            p.head {
                span class={ "badge " (class(finding)) } { (word(finding)) } " "
                strong { (title(finding.check)) } " "
                @match naming {
                    Naming::WithView => {
                        "of " a href=(link::view(&finding.feature_view)) { (one_line(&finding.feature_view)) }
                        @if let Some(feature) = &finding.feature { "." (one_line(feature)) }
                    }
                    Naming::WithoutView => {
                        @if let Some(feature) = &finding.feature { "of " (one_line(feature)) }
                    }
                }
                @for also in &finding.also { ", " (one_line(&also.feature)) }
            }
            p.told { (one_line(&finding.message)) }
            p.soft {
                @match (finding.fired_at, finding.state) {
                    (Some(fired_at), FindingState::Firing) => { "Firing since " (instant(fired_at)) "; first seen " (ago(finding.first_seen, now)) },
                    (Some(_), _) => { "First seen " (instant(finding.first_seen)) },
                    (None, _) => { "Not yet seen in enough rounds; first seen " (instant(finding.first_seen)) },
                }
                ", last seen " (ago(finding.last_seen, now)) "."
                @if let Some(clause) = finding.standing.as_ref().and_then(FindingStanding::clause) { " " strong { (capital(&one_line(&clause))) "." } }
            }
        }
    }
}

/// A clause as the beginning of a sentence.
pub(super) fn capital(clause: &str) -> String {
    let mut characters = clause.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// A check in words.
const fn title(check: CheckKind) -> &'static str {
    match check {
        CheckKind::Freshness => "Freshness",
        CheckKind::Coverage => "Coverage",
        CheckKind::Comparable => "Comparable cells",
        CheckKind::Skew => "Skew",
        CheckKind::Phantom => "Phantom rows",
        CheckKind::MissingOffline => "Missing offline",
        CheckKind::Undecodable => "Undecodable cells",
        CheckKind::InFlight => "Cells in flight",
        CheckKind::Drift => "Drift",
        CheckKind::NeverMaterialized => "Never materialized",
        CheckKind::Timestamps => "Timestamps",
        CheckKind::Serving => "Serving path",
    }
}
