//! The features of a view: what is wrong with each, and its figures.

use maud::{Markup, html};

use super::findings::capital;
use super::known::{KnownView, class as badge, word};
use super::plot;
use super::share::{class, figures, percent};
use crate::model::check::CheckKind;
use crate::model::drift::{amount, interval, limit};
use crate::model::figure;
use crate::model::measurement::{DriftMeasurement, DriftVerdict};
use crate::publish::api::{CheckState, CheckWord, DriftState, DriftWord, FeatureState, FindingState, ToldFinding};
use crate::publish::plain::one_line;

/// How urgent a feature is, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Fires(std::cmp::Reverse<crate::model::check::Severity>),
    Found,
    NotJudged,
    Fine,
}

/// The features, most urgent first, else in their order; with the figures of the last round that has any.
pub(super) fn table(view: &KnownView) -> Markup {
    let mut features: Vec<&FeatureState> = view.figured().features.iter().collect();
    features.sort_by_key(|feature| urgency(view, feature));
    let heads = ["Feature", "Status", "Skew", "Coverage", "Drift", "Reference against current"];
    html! {
        table.cards.features role="table" {
            thead role="rowgroup" {
                tr role="row" { @for head in heads { th scope="col" role="columnheader" { (head) } } }
            }
            tbody role="rowgroup" { @for feature in features { (row(view, feature)) } }
        }
    }
}

/// The open findings of a feature.
fn found<'a>(view: &'a KnownView, feature: &FeatureState) -> Vec<&'a ToldFinding> {
    let all = view.detail.open_findings.iter();
    all.filter(|finding| finding.feature.as_deref() == Some(&*feature.name)).collect()
}

/// Checks of a feature that were not judged and have no finding from before.
fn unjudged<'a>(view: &KnownView, feature: &'a FeatureState) -> Vec<&'a CheckState> {
    let found = found(view, feature);
    let unknown = feature.checks.iter().filter(|state| state.status == CheckWord::Unknown);
    unknown.filter(|state| found.iter().all(|finding| finding.check != state.check)).collect()
}

fn urgency(view: &KnownView, feature: &FeatureState) -> Urgency {
    let found = found(view, feature);
    let firing = found.iter().filter(|finding| finding.state == FindingState::Firing);
    match firing.map(|finding| finding.severity).max() {
        Some(severity) => Urgency::Fires(std::cmp::Reverse(severity)),
        None if !found.is_empty() => Urgency::Found,
        None if !unjudged(view, feature).is_empty() => Urgency::NotJudged,
        None => Urgency::Fine,
    }
}

fn row(view: &KnownView, feature: &FeatureState) -> Markup {
    let (found, unjudged) = (found(view, feature), unjudged(view, feature));
    let class = |check| class(&feature.checks, check);
    let check = |check: CheckKind| check.name().replace('_', " ");
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { (one_line(&feature.name)) " " small { (feature.kind) } }
            td.wide role="cell" data-label="Status" {
                div {
                    @for finding in &found { span class={ "badge " (badge(finding)) } { (check(finding.check)) " " (word(finding)) } " " }
                    @for state in &unjudged { span.badge.not_judged { (check(state.check)) " not judged" } " " }
                    @if found.is_empty() && unjudged.is_empty() { span.badge.ok { "ok" } }
                }
            }
            td class=(class(CheckKind::Skew)) role="cell" data-label="Skew" { (skew(feature)) }
            td class=(class(CheckKind::Coverage)) role="cell" data-label="Coverage" { (coverage(feature)) }
            td class={ "wide " (class(CheckKind::Drift)) } role="cell" data-label="Drift" { (drift(feature)) }
            td.graphic role="cell" data-label="Reference against current" {
                @match view.distributions.get(&feature.name) {
                    Some(bars) => (plot::pairs(bars)),
                    None => (figure::NOTHING),
                }
            }
        }
    }
}

fn skew(feature: &FeatureState) -> Markup {
    let Some(skew) = &feature.skew else { return figures(figure::NOTHING, "") };
    let mismatch = &skew.mismatch;
    let mut small = Vec::new();
    if let (Some(lower), Some(upper)) = (mismatch.lower, mismatch.upper) {
        small.push(format!("{}–{} %", figure::bare_percent(lower), figure::bare_percent(upper)));
    }
    small.push(format!("n {}", figure::count(mismatch.n)));
    small.extend(skew.warning.or(skew.critical).map(|limit| format!("limit {}", figure::limit_percent(limit))));
    let lag = feature.lag_profile.as_ref().filter(|profile| profile.uninformative.is_none());
    html! {
        (figures(&percent(Some(mismatch)), &small.join(", ")))
        @if let Some(profile) = lag { div.soft { small { (capital(&profile.told())) } } }
    }
}

fn coverage(feature: &FeatureState) -> Markup {
    let Some(coverage) = &feature.coverage else { return figures(figure::NOTHING, "") };
    let nulls = feature.nulls.as_ref().filter(|nulls| nulls.ratio.is_some_and(|nulls| nulls.get() > 0.0));
    let mut small = vec![format!("n {}", figure::count(coverage.n))];
    small.extend(nulls.map(|nulls| format!("{} null", percent(Some(nulls)))));
    figures(&percent(Some(coverage)), &small.join(", "))
}

/// The check of drift that decides, of served values; below it that of the newest snapshot, where there is one.
fn drift(feature: &FeatureState) -> Markup {
    let (served, snapshot) = (decisive(feature, DriftWord::Served), decisive(feature, DriftWord::Snapshot));
    let Some(served) = served else { return figures(figure::NOTHING, "") };
    let measured = &served.measured;
    let mut small = Vec::new();
    small.extend(interval(served.statistic, measured));
    small.extend(measured.threshold.map(|most| format!("limit {}", limit(served.statistic, most))));
    small.extend(measured.noise_floor.map(|floor| format!("noise floor {}", amount(served.statistic, floor))));
    html! {
        (figures(&effect(served), &small.join(", ")))
        @if let Some(snapshot) = snapshot { " " small { "snapshot: " (effect(snapshot)) } }
    }
}

/// As [`governing`](crate::model::drift::governing) chooses: the worst, drifted before not judged before stable.
fn decisive(feature: &FeatureState, subject: DriftWord) -> Option<&DriftState> {
    let rank = |measured: &DriftMeasurement| match measured.verdict {
        DriftVerdict::Stable => 0,
        DriftVerdict::Unknown => 1,
        DriftVerdict::Drifted => 2,
    };
    let judged =
        feature.drift.iter().rev().filter(|state| state.subject == subject && state.measured.threshold.is_some());
    judged.max_by(|one, other| {
        let (one, other) = (&one.measured, &other.measured);
        rank(one).cmp(&rank(other)).then_with(|| one.weight().total_cmp(&other.weight()))
    })
}

/// `psi 0.312 drifted`.
fn effect(state: &DriftState) -> String {
    let effect =
        state.measured.effect.map_or_else(String::new, |effect| format!(" {}", amount(state.statistic, effect)));
    let verdict = match state.measured.verdict {
        DriftVerdict::Drifted => "drifted",
        DriftVerdict::Stable => "stable",
        DriftVerdict::Unknown => "not judged",
    };
    format!("{}{effect} {verdict}", state.statistic.name().replace('_', " "))
}
