//! The last rounds of a view, and what the last one could not judge.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::document::{ago, counted, instant};
use super::known::PastRound;
use crate::history::{CheckStatus, HistoryRound, RoundResult};
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::publish::plain::{lines, one_line};

/// The rounds, newest first.
pub(super) fn table(rounds: &[&HistoryRound], now: Timestamp) -> Markup {
    html! {
        table.cards.rounds role="table" {
            thead role="rowgroup" {
                tr role="row" {
                    @for head in ["Ended", "Result", "Took", "Keys", "Coverage", "What failed"] { th scope="col" role="columnheader" { (head) } }
                }
            }
            tbody role="rowgroup" { @for round in rounds { (row(round, now)) } }
        }
    }
}

fn row(round: &HistoryRound, now: Timestamp) -> Markup {
    let took = round.finished_at.since(round.started_at).map(|took| took.as_secs_f64());
    let class = match round.result {
        RoundResult::Complete => "ok",
        RoundResult::Partial => "waiting",
        RoundResult::Failed => "not_judged",
    };
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { (instant(round.finished_at)) " " small { (ago(round.finished_at, now)) } }
            td role="cell" data-label="Result" { span class={ "badge " (class) } { (round.result.name()) } }
            td role="cell" data-label="Took" { (figure::span(took)) }
            @match &round.measured {
                Some(measured) => {
                    td role="cell" data-label="Keys" { (figure::count(measured.keys.asked)) }
                    td role="cell" data-label="Coverage" { (figure::percent(measured.coverage.ratio)) }
                },
                None => {
                    td role="cell" data-label="Keys" { (figure::NOTHING) }
                    td role="cell" data-label="Coverage" { (figure::NOTHING) }
                },
            }
            td.failures role="cell" data-label="What failed" {
                @if round.failures.is_empty() { (figure::NOTHING) }
                @for failure in &round.failures { div { (failure.stage.name()) ": " (lines(&failure.message)) } }
            }
        }
    }
}

/// Checks of the round that could not be judged, by their reason.
pub(super) fn unjudged(round: &PastRound) -> Markup {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for unjudged in &round.unjudged {
        let check = unjudged.check.name().replace('_', " ");
        let subject = match &unjudged.feature {
            Some(feature) => format!("{check} of {}", one_line(feature)),
            None => check,
        };
        reasons.entry(&unjudged.reason).or_default().push(subject);
    }
    let silent = silent(round);
    html! {
        @if !reasons.is_empty() {
            dl.notes {
                @for (reason, subjects) in &reasons {
                    dt { (one_line(reason)) }
                    dd { (subjects.join(", ")) }
                }
            }
        } @else if silent > 0 {
            p.soft { (counted(silent, "check")) " not judged. The reasons come with the next round: they are not kept over a restart." }
        } @else {
            p.soft { "The last round judged every check." }
        }
    }
}

/// Checks that the round did not judge, as far as the history tells.
fn silent(round: &PastRound) -> usize {
    let measured = round.round.measured.iter();
    let statuses = measured.flat_map(|view| {
        view.statuses.values().chain(view.features.values().flat_map(|feature| feature.statuses.values()))
    });
    statuses.filter(|status| **status == CheckStatus::Unknown).count()
}
