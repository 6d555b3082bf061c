//! The page of a view.

use maud::{Markup, html};

use super::document::{counted, document};
use super::known::KnownView;
use super::timeline::{Stretch, Timeline};
use super::{facts, features, findings, freshness, link, rounds, verdicts};
use crate::history::{HistoryRound, ViewFigures};
use crate::model::time::Timestamp;
use crate::publish::api::{Round, ToldFinding};
use crate::publish::plain::one_line;

/// All that the page of a view shows.
#[derive(Clone, Debug)]
pub struct ViewPage {
    /// The present.
    pub now: Timestamp,
    /// What is known of the view.
    pub view: KnownView,
    /// Its past; `None` without a history.
    pub past: Option<Past>,
    /// What is to be said of the history: that there is none, or that it cannot be read.
    pub notice: Option<String>,
}

/// What the history holds of a view.
#[derive(Clone, Debug)]
pub struct Past {
    /// The time that charts show.
    pub timeline: Timeline,
    /// In the order of time, the last round of each slot.
    pub rounds: Vec<HistoryRound>,
    /// The last rounds, newest first.
    pub newest: Vec<Round>,
}

impl Past {
    /// The round of each slot.
    pub(super) fn slots(&self) -> Vec<Option<&HistoryRound>> {
        verdicts::by_slot(self)
    }

    /// The figures of each slot.
    pub(super) fn figures(&self) -> Vec<Option<&ViewFigures>> {
        self.slots().into_iter().map(|round| round.and_then(|round| round.measured.as_ref())).collect()
    }
}

/// The page.
#[must_use]
pub fn view(page: &ViewPage) -> String {
    let ViewPage { now, view, past, notice } = page;
    let newest = view.detail.summary.last_round.as_ref();
    let rounds: Vec<&Round> = match past.as_ref().filter(|past| !past.newest.is_empty()) {
        Some(past) => past.newest.iter().collect(),
        None => newest.into_iter().collect(),
    };
    let main = html! {
        (facts::head(view, *now))
        @if let Some(notice) = notice { p.notice role="note" { (notice) } }
        (facts::figured(view))
        @if newest.is_some() { (found(view, *now)) }
        @if let Some(past) = past { (charts(page, past)) }
        @if view.figured().keys.is_some() { (featured(view)) }
        @if newest.is_some() {
            section aria-labelledby="unjudged" {
                h2 id="unjudged" { "Not judged" }
                (rounds::unjudged(&view.detail))
            }
            section aria-labelledby="rounds" {
                h2 id="rounds" { "Last rounds" }
                (rounds::table(&rounds, *now))
            }
        }
    };
    document(&one_line(view.name()), &[("/".to_owned(), "← All views")], &main).into_string()
}

fn found(view: &KnownView, now: Timestamp) -> Markup {
    let all: Vec<&ToldFinding> = view.detail.open_findings.iter().collect();
    html! {
        section aria-labelledby="findings" {
            h2 id="findings" { "Findings" }
            @if all.is_empty() { p.soft { "None." } } @else { (findings::list(&all, now, findings::Naming::WithoutView)) }
        }
    }
}

fn charts(page: &ViewPage, past: &Past) -> Markup {
    html! {
        section aria-labelledby="past" {
            h2 id="past" { "Over time" }
            ul.chips aria-label="How far back" {
                @for stretch in Stretch::ALL {
                    @let is_current = stretch == past.timeline.stretch();
                    li { a href=(link::view_over(page.view.name(), stretch)) aria-current=[is_current.then_some("true")] { (stretch.words()) } }
                }
            }
            @if past.rounds.is_empty() {
                p.soft { "No round in this time." }
            } @else {
                div.charts {
                    (verdicts::bars(past))
                    (freshness::lags(past))
                    (freshness::coverage(past, page.view.detail.summary.coverage_objective))
                }
            }
        }
    }
}

fn featured(view: &KnownView) -> Markup {
    let has_plots = !view.distributions.is_empty();
    html! {
        section aria-labelledby="features" {
            h2 id="features" { "Features" }
            p.soft {
                (counted(view.detail.features.len(), "feature")) ". Skew is the share of compared cells whose value differs, with its 95 % interval; "
                "drift is the check that decides, without what chance adds, with its 95 % interval."
                @if has_plots {
                    " Plots: share of values, " span.nowrap { span.key.reference {} "reference" } " beside " span.nowrap { span.key.current {} "current" } "."
                } @else {
                    " Plots come with the next round: what they show is not kept over a restart."
                }
            }
            (features::table(view))
        }
    }
}
