//! Findings with their sentence, since when, and what was decided about them.

use maud::{Markup, html};

use super::document::{ago, instant};
use super::known::{Remark, ToldFinding};
use super::link;
use crate::model::check::CheckKind;
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::publish::plain::one_line;

/// Whether findings name their view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// On a page of many views.
    WithView,
    /// On the page of the view.
    WithoutView,
}

/// The findings, worst first.
pub(super) fn list(findings: &[&ToldFinding], now: Timestamp, naming: Naming) -> Markup {
    let mut findings = findings.to_vec();
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.told), finding.fate(), finding.fired_at));
    html! { ul.findings { @for finding in findings { (item(finding, now, naming)) } } }
}

fn item(told: &ToldFinding, now: Timestamp, naming: Naming) -> Markup {
    let finding = &told.finding;
    let fate = told.fate();
    html! {
        li {
            p.head {
                span class={ "badge " (fate.class()) } { (fate.word()) } " "
                strong { (title(finding.check)) } " "
                @match naming {
                    Naming::WithView => {
                        "of " a href=(link::view(&finding.feature_view)) { (one_line(&finding.feature_view)) }
                        @if let Some(feature) = &finding.feature { "." (one_line(feature)) }
                    }
                    Naming::WithoutView => @if let Some(feature) = &finding.feature { "of " (one_line(feature)) },
                }
            }
            p.told { (one_line(&finding.message)) }
            p.soft {
                @match told.fired_at {
                    Some(fired_at) => { "Firing since " (instant(fired_at)) ", first seen " (ago(told.first_seen, now)) },
                    None => { "Waiting for further rounds, first seen " (instant(told.first_seen)) },
                }
                ", last seen " (ago(told.last_seen, now)) "."
                (remark(&told.remark))
            }
        }
    }
}

fn remark(remark: &Remark) -> Markup {
    html! {
        @match remark {
            Remark::Nothing => {},
            Remark::Expired { since } => { " It was accepted until " (instant(*since)) "." },
            Remark::Worse { accepted } => { " It is worse than what was accepted (" (figure::number(*accepted)) ")." },
            Remark::Accepted { until, reason } => { " Accepted until " (instant(*until)) ": " (one_line(reason)) "." },
            Remark::Maintenance { until } => { " Under maintenance until " (instant(*until)) "." },
            Remark::Observed => " Nobody is told: the service only observes.",
        }
    }
}

/// A check in words.
pub(super) const fn title(check: CheckKind) -> &'static str {
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
    }
}
