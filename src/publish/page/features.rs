//! The features of a view: what is wrong with each, and its figures.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::known::{Fate, KnownView, PastRound};
use super::plot;
use super::share::{figures, status_class};
use crate::history::{CheckStatus, DriftSubject, FeatureFigures};
use crate::model::check::CheckKind;
use crate::model::drift::{amount, governing, interval, limit};
use crate::model::figure;
use crate::model::measurement::{DriftVerdict, Share};
use crate::publish::plain::one_line;
use crate::stats::interval::wilson;

/// How urgent a feature is: what fires first, what is only not judged last but one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Found(Fate),
    NotJudged,
}

/// The table of the last round with figures.
pub(super) fn table(view: &KnownView, round: &PastRound) -> Markup {
    let Some(measured) = &round.round.measured else { return html! {} };
    let mut rows: Vec<(&str, &FeatureFigures)> =
        measured.features.iter().map(|(name, feature)| (name.as_str(), feature)).collect();
    rows.sort_by_key(|(name, feature)| {
        let urgency = spots(view, name, feature).into_iter().map(|(_, urgency)| urgency).min();
        let place = view.features.iter().position(|known| known == name);
        (urgency.map_or((4, None), rank), place)
    });
    let heads = ["Feature", "Status", "Skew", "Coverage", "Drift", "Reference against current"];
    html! {
        table.cards.features role="table" {
            thead role="rowgroup" { tr role="row" { @for head in heads { th scope="col" role="columnheader" { (head) } } } }
            tbody role="rowgroup" { @for (name, feature) in rows { (row(view, round, (name, feature))) } }
        }
    }
}

/// What sorts urgencies: the class, then within found ones the fate.
const fn rank(urgency: Urgency) -> (u8, Option<Fate>) {
    match urgency {
        Urgency::Found(fate) => match fate {
            Fate::Firing(crate::model::check::Severity::Critical) => (0, Some(fate)),
            Fate::Firing(crate::model::check::Severity::Warning) => (1, Some(fate)),
            Fate::Waiting | Fate::Accepted | Fate::Maintenance | Fate::Observed => (2, Some(fate)),
        },
        Urgency::NotJudged => (3, None),
    }
}

/// What is to be said of each check of a feature that is not simply passed.
fn spots(view: &KnownView, name: &str, feature: &FeatureFigures) -> Vec<(CheckKind, Urgency)> {
    let live = view.findings.iter().filter(|told| told.finding.feature.as_deref() == Some(name));
    let mut spots: Vec<(CheckKind, Urgency)> =
        live.map(|told| (told.finding.check, Urgency::Found(told.fate()))).collect();
    let found: BTreeSet<CheckKind> = spots.iter().map(|(check, _)| *check).collect();
    let unknown =
        feature.statuses.iter().filter(|(check, status)| **status == CheckStatus::Unknown && !found.contains(check));
    spots.extend(unknown.map(|(check, _)| (*check, Urgency::NotJudged)));
    spots.sort_by_key(|(_, urgency)| rank(*urgency));
    spots
}

fn row(view: &KnownView, round: &PastRound, (name, feature): (&str, &FeatureFigures)) -> Markup {
    let class = |check: CheckKind| feature.statuses.get(&check).map_or("", |status| status_class(*status));
    let spots = spots(view, name, feature);
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { (one_line(name)) }
            td role="cell" data-label="Status" {
                @if spots.is_empty() { span.badge.ok { "ok" } }
                @for (check, urgency) in &spots {
                    @let check = check.name().replace('_', " ");
                    @match urgency {
                        Urgency::Found(fate) => span class={ "badge " (fate.class()) } { (check) " " (fate.word()) },
                        Urgency::NotJudged => span.badge.not_judged { (check) " not judged" },
                    }
                    " "
                }
            }
            td class=(class(CheckKind::Skew)) role="cell" data-label="Skew" { (skew(feature.skew, view.limits.skew.get(name))) }
            td class=(class(CheckKind::Coverage)) role="cell" data-label="Coverage" { (coverage(feature)) }
            td class=(class(CheckKind::Drift)) role="cell" data-label="Drift" { (drift(round, name)) }
            td.graphic role="cell" data-label="Reference against current" {
                @match round.distributions.get(name) { Some(bars) => (plot::pairs(bars)), None => (figure::NOTHING) }
            }
        }
    }
}

fn skew(skew: Share, limit: Option<&f64>) -> Markup {
    let mut small = Vec::new();
    if let Some(interval) = wilson(skew.part(), skew.n) {
        small.push(format!("{}–{} %", figure::bare_percent(interval.lower), figure::bare_percent(interval.upper)));
    }
    small.push(format!("n {}", figure::count(skew.n)));
    small.extend(limit.map(|limit| format!("limit {}", figure::limit_percent(*limit))));
    figures(&figure::percent(skew.ratio), &small.join(", "))
}

fn coverage(feature: &FeatureFigures) -> Markup {
    let nulls = Share::of(feature.nulls, feature.coverage.part()).ratio.filter(|nulls| nulls.get() > 0.0);
    let mut small = vec![format!("n {}", figure::count(feature.coverage.n))];
    small.extend(nulls.map(|nulls| format!("{} null", figure::percent(Some(nulls)))));
    figures(&figure::percent(feature.coverage.ratio), &small.join(", "))
}

/// The check of drift that decides, of served values; below it that of the newest snapshot, where there is one.
fn drift(round: &PastRound, name: &str) -> Markup {
    let decisive = |subject| governing(round.drift.get(&(name.to_owned(), subject))?);
    let Some((statistic, measured)) = decisive(DriftSubject::Served) else { return figures(figure::NOTHING, "") };
    let label = statistic.name().replace('_', " ");
    let main = match measured.effect {
        Some(effect) => format!("{label} {} {}", amount(statistic, effect), word(measured.verdict)),
        None => word(measured.verdict).to_owned(),
    };
    let mut small = Vec::new();
    small.extend(interval(statistic, measured));
    small.extend(measured.threshold.map(|most| format!("limit {}", limit(statistic, most))));
    small.extend(measured.noise_floor.map(|floor| format!("noise floor {}", amount(statistic, floor))));
    html! {
        (figures(&main, &small.join(", ")))
        @if let Some((statistic, measured)) = decisive(DriftSubject::Snapshot) {
            @let effect = measured.effect.map_or_else(String::new, |effect| format!(" {}", amount(statistic, effect)));
            small { "snapshot: " (statistic.name().replace('_', " ")) (effect) " " (word(measured.verdict)) }
        }
    }
}

const fn word(verdict: DriftVerdict) -> &'static str {
    match verdict {
        DriftVerdict::Drifted => "drifted",
        DriftVerdict::Stable => "stable",
        DriftVerdict::Unknown => "not judged",
    }
}
