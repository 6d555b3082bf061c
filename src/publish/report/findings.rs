//! What fired in a period, by harm.
//!
//! Harm is severity × share × hours: 1 for a warning and 3 for a critical finding, the largest share of cells, keys or rows
//! that it touched, and how long it fired within the period. So a small fault all week outranks a large one of minutes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::causes::LikelyCause;
use super::examples::ExampleCell;
use super::found::FindingOfPeriod;
use super::incidents::{self, Told};
use super::made::ReportRequest;
use crate::history::{FindingEpisode, Period};
use crate::model::cause::KnownCause;
use crate::model::check::{CheckKind, FindingKey, Severity};
use crate::model::exhibit::MOST_CELLS;
use crate::model::view::{FeatureView, FreshnessBasis};

/// How many hours of a warning one of a critical finding weighs.
const CRITICAL: f64 = 3.0;

/// Episodes of a period that fired, one entry a finding or an incident, by harm; accepted ones last.
pub(super) fn ranked(episodes: &[FindingEpisode], request: &ReportRequest<'_>, period: Period) -> Vec<FindingOfPeriod> {
    let mut by_key: BTreeMap<&FindingKey, Vec<&FindingEpisode>> = BTreeMap::new();
    for episode in episodes.iter().filter(|episode| fired(episode, period) > Duration::ZERO) {
        by_key.entry(&episode.key).or_default().push(episode);
    }
    let told = |(key, episodes): (&FindingKey, Vec<&FindingEpisode>)| {
        let view = request.views.iter().find(|watched| watched.view.name == key.feature_view)?.view;
        told(&episodes, (view, request), period)
    };
    let mut findings = incidents::joined(by_key.into_iter().filter_map(told).collect());
    findings.sort_by(|left, right| {
        (left.accepted.is_some().cmp(&right.accepted.is_some())).then_with(|| right.harm.total_cmp(&left.harm))
    });
    findings
}

/// Breaches of a period that were seen and did not fire within it.
pub(super) fn passing(episodes: &[FindingEpisode], request: &ReportRequest<'_>, period: Period) -> u64 {
    let is_watched =
        |episode: &&FindingEpisode| request.views.iter().any(|watched| watched.view.name == episode.key.feature_view);
    let calm = |episode: &&FindingEpisode| fired(episode, period) == Duration::ZERO;
    let seen = |episode: &&FindingEpisode| episode.last_seen >= period.start;
    episodes.iter().filter(is_watched).filter(calm).filter(seen).count() as u64
}

/// How long an episode fired within the period; an open one was last known to fire when it was last seen.
fn fired(episode: &FindingEpisode, period: Period) -> Duration {
    let Some(from) = episode.fired_at else { return Duration::ZERO };
    let until = episode.resolved_at.unwrap_or(episode.last_seen);
    // The round that saw it counts for the instant, so that a finding of a single round is there.
    let until = until.max(from.plus(Duration::from_secs(1))).min(period.end);
    until.since(from.max(period.start)).unwrap_or_default()
}

fn told(
    episodes: &[&FindingEpisode],
    (view, request): (&FeatureView, &ReportRequest<'_>),
    period: Period,
) -> Option<Told> {
    let (first, last) = episodes.first().zip(episodes.last())?;
    let seconds = episodes.iter().map(|episode| fired(episode, period)).sum::<Duration>().as_secs_f64();
    let worst = *episodes.iter().max_by(|left, right| beyond(left).total_cmp(&beyond(right)))?;
    let severity = episodes.iter().map(|episode| episode.severity).max()?;
    let (share, share_of) = touched(worst, view);
    let key = &last.key;
    let weight = match severity {
        Severity::Warning => 1.0,
        Severity::Critical => CRITICAL,
    };
    let kept = || last.cells.iter().map(|cell| ExampleCell::of(cell, request.disclosure)).collect();
    let mut examples = request.examples.get(key).cloned().unwrap_or_else(kept);
    examples.truncate(MOST_CELLS);
    let known = request.causes.get(key).cloned();
    let cause = known.or_else(|| LikelyCause::of(last, request.disclosure));
    // What the cause says is not said twice.
    let clause = last.cause.as_ref().filter(|_| cause.is_some()).map(|known| known.clause(key.check));
    let message = clause.and_then(|clause| last.message.strip_suffix(&clause)).unwrap_or(&last.message);
    let finding = FindingOfPeriod {
        view: key.feature_view.clone(),
        feature: key.feature.clone(),
        also: Vec::new(),
        check: key.check,
        severity,
        harm: weight * share * seconds / 3_600.0,
        share,
        share_of,
        onset: first.first_seen,
        seconds,
        episodes: episodes.len() as u64,
        ended: last.resolved_at.filter(|ended| *ended < period.end),
        worst: worst.worst,
        observed: last.observed,
        threshold: last.threshold,
        n: last.n,
        message: message.to_owned(),
        split: None,
        cause,
        examples,
        owner: view.owner.clone().or_else(|| view.team.clone()),
        accepted: request.accepted.get(key).cloned(),
        next_step: next_step(key.check, view, request),
    };
    let incident = last.cause.as_ref().and_then(KnownCause::incident);
    Some(Told { finding, incident, seen: (last.first_seen, last.resolved_at.unwrap_or(last.last_seen)) })
}

/// How far the worst figure lies beyond its limit.
fn beyond(episode: &FindingEpisode) -> f64 {
    (episode.worst - episode.threshold).abs()
}

/// The share that a finding touched at its worst, and of what.
fn touched(episode: &FindingEpisode, view: &FeatureView) -> (f64, &'static str) {
    let worst = episode.worst;
    let (share, of) = match episode.key.check {
        CheckKind::Freshness => match view.freshness_basis {
            FreshnessBasis::View => (1.0, "rows"),
            FreshnessBasis::Row | FreshnessBasis::Version => (worst, "rows"),
        },
        CheckKind::Coverage => (1.0 - worst, if episode.key.feature.is_some() { "cells" } else { "keys" }),
        CheckKind::Comparable => (1.0 - worst, "cells"),
        CheckKind::Timestamps => (1.0 - worst, "rows"),
        CheckKind::NeverMaterialized => (1.0, "keys"),
        // The effect of drift is no share, but it grows with how much of the distribution moved.
        CheckKind::Drift => (worst.abs(), "values"),
        CheckKind::Skew
        | CheckKind::Phantom
        | CheckKind::MissingOffline
        | CheckKind::Undecodable
        | CheckKind::InFlight => (worst, "cells"),
        CheckKind::Serving => (worst, "served cells"),
    };
    (share.clamp(0.0, 1.0), of)
}

/// The command to look closer.
fn next_step(check: CheckKind, view: &FeatureView, request: &ReportRequest<'_>) -> String {
    let as_of = request.as_of.map_or_else(String::new, |now| format!(" --as-of {}", quoted(&now.to_string())));
    let (name, file) = (quoted(&view.name), quoted(&request.configuration) + &as_of);
    match check {
        CheckKind::Skew | CheckKind::Phantom | CheckKind::Undecodable | CheckKind::InFlight => {
            let keys: Vec<String> = view.join_keys.iter().map(|key| quoted(&format!("{}=VALUE", key.name))).collect();
            format!("skewwatch explain --config {file} --view {name} {}", keys.join(" "))
        }
        CheckKind::Freshness
        | CheckKind::Coverage
        | CheckKind::Comparable
        | CheckKind::MissingOffline
        | CheckKind::Drift
        | CheckKind::NeverMaterialized
        | CheckKind::Timestamps
        | CheckKind::Serving => format!("skewwatch check --config {file} --view {name}"),
    }
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./=:@".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
