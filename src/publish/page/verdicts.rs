//! The verdicts of a view's cells over time, one bar a slot, in one order and one look per verdict.
//!
//! Looks differ by lightness and pattern as well as by hue, so that they can be told apart whatever colours one sees.

use maud::{Markup, html};

use super::drawing::{Chart, HEIGHT, SLOT, at, width};
use super::view::Past;
use crate::history::{HistoryRound, RoundResult, ViewFigures};
use crate::model::counts::VerdictCounts;
use crate::model::figure;
use crate::model::ratio::Ratio;
use crate::model::verdict::Verdict;

/// From the ground up: what is as it should be, what cannot be compared, what is wrong, what is not known.
pub(in crate::publish) const ORDER: [Verdict; Verdict::COUNT] = [
    Verdict::Consistent,
    Verdict::Ahead,
    Verdict::Pending,
    Verdict::Stale,
    Verdict::Expired,
    Verdict::Absent,
    Verdict::Skewed,
    Verdict::Phantom,
    Verdict::MissingOnline,
    Verdict::MissingOffline,
    Verdict::Undecodable,
    Verdict::InFlight,
    Verdict::Unread,
];

/// The bars with their legend, which has the figures of the last round; nothing where no cell was settled.
pub(super) fn bars(past: &Past) -> Markup {
    let rounds = past.slots();
    let counts: Vec<Option<VerdictCounts>> =
        rounds.iter().map(|round| round.and_then(|round| Some(of_view(round.measured.as_ref()?)))).collect();
    let mut all = VerdictCounts::default();
    for counted in counts.iter().flatten() {
        all = all.merge(counted);
    }
    let Some(last) = counts.iter().rev().flatten().find(|counted| counted.total() > 0) else { return html! {} };
    let parts: Vec<String> = ORDER
        .iter()
        .filter(|verdict| last.count(**verdict) > 0)
        .map(|verdict| format!("{} {}", share(last, *verdict), word(*verdict)))
        .collect();
    let words = format!("Verdicts over {}; last round: {}", past.timeline.stretch().words(), parts.join(", "));
    let graphic = html! {
        svg.plot.verdicts viewBox={ "0 0 " (width(past.timeline)) " 100" } preserveAspectRatio="none" role="img" aria-label=(words) {
            (patterns())
            @for (slot, (round, counted)) in rounds.iter().zip(&counts).enumerate() {
                @match counted {
                    Some(counted) => (bar(slot, counted)),
                    None => @if round.is_some_and(|round| round.result == RoundResult::Failed) {
                        rect.failed x=(slot * SLOT + 1) width=(SLOT - 2) y="90" height="10" {}
                    },
                }
            }
        }
    };
    let has_failed = rounds.iter().flatten().any(|round| round.measured.is_none());
    let legend = html! {
        ul.legend.verdicts {
            @for verdict in ORDER.into_iter().filter(|verdict| all.count(*verdict) > 0) {
                li { (swatch(verdict)) (word(verdict)) " " small { (share(last, verdict)) } }
            }
            @if has_failed { li { span.key.failed {} "round failed" } }
        }
    };
    let note = html! {
        "Cells of all features, the last round of each " (past.timeline.stretch().slot())
        "; shares below are those of the last round, of " (figure::count(last.total())) " cells. A gap is a time without rounds."
    };
    Chart { title: "Verdicts", note, ends: ("100 %".to_owned(), "0 %".to_owned()), graphic, legend }.draw(past.timeline)
}

fn of_view(figures: &ViewFigures) -> VerdictCounts {
    figures.features.values().fold(VerdictCounts::default(), |sum, feature| sum.merge(&feature.verdicts))
}

fn bar(slot: usize, counts: &VerdictCounts) -> Markup {
    let mut below = 0;
    let parts = ORDER.into_iter().filter(|verdict| counts.count(*verdict) > 0).map(|verdict| {
        below += counts.count(verdict);
        (verdict, height(counts.count(verdict), counts), HEIGHT - height(below, counts))
    });
    let parts: Vec<(Verdict, f64, f64)> = parts.collect();
    html! {
        @for (verdict, height, top) in parts {
            rect class={ "v " (verdict.name()) } x=(slot * SLOT + 1) width=(SLOT - 2) y=(at(top)) height=(at(height)) {}
        }
    }
}

fn height(cells: u64, counts: &VerdictCounts) -> f64 {
    Ratio::of(cells, counts.total()).map_or(0.0, Ratio::get) * HEIGHT
}

fn share(counts: &VerdictCounts, verdict: Verdict) -> String {
    figure::percent(Ratio::of(counts.count(verdict), counts.total()))
}

/// A verdict in words.
pub(in crate::publish) fn word(verdict: Verdict) -> String {
    verdict.name().replace('_', " ")
}

/// The look of a verdict, for a legend.
pub(in crate::publish) fn swatch(verdict: Verdict) -> Markup {
    html! {
        svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect class={ "v " (verdict.name()) } x="0" y="0" width="10" height="10" {} }
    }
}

/// Lines for looks that no plain colour is left for.
pub(in crate::publish) fn patterns() -> Markup {
    html! {
        defs {
            @for (name, turn) in [("undecodable", "45"), ("in_flight", "90"), ("unread", "135"), ("phantom", "0")] {
                pattern id={ "lines-" (name) } width="4" height="4" patternUnits="userSpaceOnUse" patternTransform={ "rotate(" (turn) ")" } {
                    rect class={ "under " (name) } width="4" height="4" {}
                    rect class={ "over " (name) } width="4" height="1.6" {}
                }
            }
        }
    }
}

/// The round that ended last in each slot.
pub(super) fn by_slot(past: &Past) -> Vec<Option<&HistoryRound>> {
    let mut slots = vec![None; past.timeline.slots()];
    for round in &past.rounds {
        if let Some(slot) = past.timeline.slot(round.finished_at).and_then(|slot| slots.get_mut(slot)) {
            *slot = Some(round);
        }
    }
    slots
}
