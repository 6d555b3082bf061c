//! The last rounds of a view, and what the last one could not judge.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::document::{ago, counted, instant};
use super::share::percent;
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::publish::api::{CheckState, CheckWord, Round, RoundWord, ViewDetail};
use crate::publish::plain::{lines, one_line};

/// The rounds, newest first.
pub(super) fn table(rounds: &[&Round], now: Timestamp) -> Markup {
    html! {
        table.cards.rounds role="table" {
            thead role="rowgroup" {
                tr role="row" {
                    @for head in ["Ended", "Result", "Took", "Keys", "Coverage", "What failed"] {
                        th scope="col" role="columnheader" { (head) }
                    }
                }
            }
            tbody role="rowgroup" { @for round in rounds { (row(round, now)) } }
        }
    }
}

fn row(round: &Round, now: Timestamp) -> Markup {
    let class = match round.result {
        RoundWord::Complete => "ok",
        RoundWord::Partial => "warning",
        RoundWord::Failed => "critical",
    };
    let keys = round.keys.map_or_else(|| figure::NOTHING.to_owned(), |keys| figure::count(keys.asked));
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { (instant(round.finished_at)) " " small { (ago(round.finished_at, now)) } }
            td role="cell" data-label="Result" { span class={ "badge " (class) } { (result(round.result)) } }
            td role="cell" data-label="Took" { (figure::span(round.duration_seconds)) }
            td role="cell" data-label="Keys" { (keys) }
            td role="cell" data-label="Coverage" { (percent(round.coverage.as_ref())) }
            td.failures role="cell" data-label="What failed" {
                @if round.failures.is_empty() { (figure::NOTHING) }
                @for failure in &round.failures { div { (failure.stage.name()) ": " (lines(&failure.message)) } }
            }
        }
    }
}

/// How a round ended, in a word.
pub(super) const fn result(result: RoundWord) -> &'static str {
    match result {
        RoundWord::Complete => "complete",
        RoundWord::Partial => "partial",
        RoundWord::Failed => "failed",
    }
}

/// Checks of the newest round that could not be judged, by their reason.
pub(super) fn unjudged(view: &ViewDetail) -> Markup {
    let all = view.view_checks.iter().chain(view.features.iter().flat_map(|feature| &feature.checks));
    let unknown: Vec<&CheckState> = all.filter(|state| state.status == CheckWord::Unknown).collect();
    let mut reasons: BTreeMap<Option<&str>, Vec<String>> = BTreeMap::new();
    for state in &unknown {
        let check = state.check.name().replace('_', " ");
        let subject = match &state.feature {
            Some(feature) => format!("{check} of {}", one_line(feature)),
            None => format!("{check} of the view"),
        };
        reasons.entry(state.reason.as_deref()).or_default().push(subject);
    }
    html! {
        @if unknown.is_empty() {
            p.soft { "The last round judged every check." }
        } @else {
            p.soft { (counted(unknown.len(), "check")) " of the last round without a verdict. That is no pass." }
            dl.notes {
                @for (reason, subjects) in &reasons {
                    dt { (subjects.join(", ")) }
                    dd {
                        @match reason {
                            Some(reason) => (one_line(reason)),
                            None => "The reason comes with the next round: it is not kept over a restart.",
                        }
                    }
                }
            }
        }
    }
}
