//! Feature views: at a glance, and in full.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::checks::{self, CheckState, CheckTally, CheckWord};
use super::feature::{self, DriftState, FeatureSkew, FeatureState, Proportion};
use super::finding::{FindingState, FindingTally, ToldFinding};
use super::round::Round;
use super::state::ViewState;
use crate::model::captured::CaptureCounts;
use crate::model::check::Severity;
use crate::model::figure::span;
use crate::model::logged::LoggedMeasurement;
use crate::model::measurement::{FreshnessMeasurement, KeyCounts, SnapshotMeasurement, Timestamps};
use crate::model::served::ServedMeasurement;
use crate::model::time::Timestamp;
use crate::model::view::Pairing;
use crate::publish::plain::subject;

/// After so many intervals without a round the figures say nothing of now.
const LATE: u32 = 3;

/// How a view is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewStatus {
    /// Nothing is told, and what belongs to the view as a whole was judged.
    Ok,
    /// It is not known: no round, none for long, no figures, or a check of the view as a whole was not judged.
    Unknown,
    /// A warning is told.
    Warning,
    /// Something critical is told.
    Critical,
}

/// A feature view at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ViewSummary {
    /// Its name.
    pub name: String,
    /// Feast project, where there is one.
    pub project: Option<String>,
    /// The person or group that answers for it.
    pub owner: Option<String>,
    /// The team that owns it.
    pub team: Option<String>,
    /// Importance tier.
    pub tier: Option<String>,
    /// How it is.
    pub status: ViewStatus,
    /// Why it is not well, as a sentence; `null` where it is.
    pub status_reason: Option<String>,
    /// What its checks, and those of its features, said.
    pub checks: CheckTally,
    /// Its open findings.
    pub findings: FindingTally,
    /// Age of the rows read.
    pub freshness: Option<FreshnessMeasurement>,
    /// Keys for which every feature is usable.
    pub coverage: Option<Proportion>,
    /// The least coverage without a finding; `null` where it is not judged.
    pub coverage_objective: Option<f64>,
    /// Cells whose values could be compared.
    pub comparable: Option<Proportion>,
    /// The feature with the largest share of skewed cells.
    pub worst_skew: Option<WorstSkew>,
    /// The feature with the drift furthest beyond its limit, or nearest to it.
    pub worst_drift: Option<WorstDrift>,
    /// The newest round.
    pub last_round: Option<Round>,
    /// When the last complete round ended.
    pub last_complete_at: Option<Timestamp>,
    /// Rounds in a row, up to the newest, that were not complete.
    pub incomplete_in_a_row: u64,
    /// The next appointment, before jitter; `null` when the schedule has ended.
    pub next_round_at: Option<Timestamp>,
    /// The usual time between two rounds; `null` when the schedule has ended.
    pub interval_seconds: Option<f64>,
}

/// A feature and its skew.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct WorstSkew {
    /// The feature.
    pub feature: String,
    /// Its skew.
    #[serde(flatten)]
    pub skew: FeatureSkew,
}

/// A feature and its drift.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct WorstDrift {
    /// The feature.
    pub feature: String,
    /// Its drift.
    #[serde(flatten)]
    pub drift: DriftState,
}

/// A feature view in full.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ViewDetail {
    /// What the list of views says of it.
    #[serde(flatten)]
    pub summary: ViewSummary,
    /// Names of the columns that identify a row; never their values.
    pub join_keys: Vec<String>,
    /// Age after which a row is expired; `null` when rows never are.
    pub ttl_seconds: Option<f64>,
    /// How online rows are paired with offline versions.
    pub pairing: Pairing,
    /// Keys asked and found.
    pub keys: Option<KeyCounts>,
    /// The offline side.
    pub snapshot: Option<SnapshotMeasurement>,
    /// How online event timestamps meet the history.
    pub timestamps: Option<Timestamps>,
    /// What became of the rows captured of it, restarts included; `null` where none were.
    pub captured: Option<CaptureCounts>,
    /// What callers of the serving path get, beside what the online store holds; `null` where it is not asked.
    pub served: Option<ServedMeasurement>,
    /// What requests were given, by their log: figures that weigh each entity by how often it is asked for; `null` where
    /// none is read.
    pub logged: Option<LoggedMeasurement>,
    /// The checks of the view as a whole.
    pub view_checks: Vec<CheckState>,
    /// Its features, in the order of the configuration.
    pub features: Vec<FeatureState>,
    /// Its open findings.
    pub open_findings: Vec<ToldFinding>,
}

/// All views.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ViewList {
    /// Those that are watched, in the order of the configuration.
    pub views: Vec<ViewSummary>,
    /// Those that are known and not watched.
    pub not_watched: Vec<UnwatchedView>,
}

/// A view that is known and not watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnwatchedView {
    /// Its name.
    pub name: String,
    /// Why it is not.
    pub reason: String,
}

impl ViewSummary {
    /// The view as it stands.
    #[must_use]
    pub fn of(state: &ViewState<'_>) -> Self {
        Self::with(state, &checks::states(&state.watched, state.latest))
    }

    fn with(state: &ViewState<'_>, checks: &[CheckState]) -> Self {
        let view = state.watched.view;
        let (status, status_reason) = status(state, checks);
        let measured = state.latest.and_then(|latest| latest.record.round.measured.as_ref());
        let coverage = &state.watched.rules.coverage;
        Self {
            name: view.name.clone(),
            project: view.project.clone(),
            owner: view.owner.clone(),
            team: view.team.clone(),
            tier: view.tier.clone(),
            status,
            status_reason,
            checks: CheckTally::of(checks),
            findings: FindingTally::of(&state.findings),
            freshness: measured.map(|measured| measured.freshness.clone()),
            coverage: measured.map(|measured| Proportion::of(measured.coverage.part(), measured.coverage.n)),
            coverage_objective: coverage.least(),
            comparable: measured.map(|measured| Proportion::of(measured.comparable.part(), measured.comparable.n)),
            worst_skew: worst_skew(state),
            worst_drift: worst_drift(state),
            last_round: state.latest.map(|latest| Round::of(&latest.record.round)),
            last_complete_at: state.latest.and_then(|latest| latest.completed_at),
            incomplete_in_a_row: state.latest.map_or(0, |latest| latest.incomplete_in_a_row),
            next_round_at: state.appointments.next,
            interval_seconds: state.appointments.interval.map(|interval| interval.as_secs_f64()),
        }
    }
}

impl ViewDetail {
    /// The view as it stands.
    #[must_use]
    pub fn of(state: &ViewState<'_>) -> Self {
        let view = state.watched.view;
        let checks = checks::states(&state.watched, state.latest);
        let record = state.latest.map(|latest| &latest.record);
        let measured = record.and_then(|record| record.round.measured.as_ref());
        let features = view.features.iter().map(|feature| {
            let own = checks.iter().filter(|check| check.feature.as_ref() == Some(&feature.name)).cloned().collect();
            FeatureState::of(feature, own, (record, state.watched.rules_of(Some(&feature.name))))
        });
        Self {
            join_keys: view.join_keys.iter().map(|key| key.name.clone()).collect(),
            ttl_seconds: view.ttl.map(|ttl| ttl.as_secs_f64()),
            pairing: view.pairing,
            keys: measured.map(|measured| measured.keys),
            snapshot: measured.map(|measured| measured.snapshot.clone()),
            timestamps: measured.map(|measured| measured.timestamps),
            captured: state.captured,
            served: record.and_then(|record| record.side.served.clone()),
            logged: record.and_then(|record| record.side.logged.clone()),
            features: features.collect(),
            open_findings: state.findings.clone(),
            summary: ViewSummary::with(state, &checks),
            view_checks: checks.into_iter().filter(|check| check.feature.is_none()).collect(),
        }
    }
}

/// How a view is, and why it is not well.
fn status(state: &ViewState<'_>, checks: &[CheckState]) -> (ViewStatus, Option<String>) {
    let firing = state.findings.iter().filter(|finding| finding.state == FindingState::Firing);
    // Of several of one severity the first.
    if let Some(worst) = firing.rev().max_by_key(|finding| finding.severity) {
        let status = match worst.severity {
            Severity::Warning => ViewStatus::Warning,
            Severity::Critical => ViewStatus::Critical,
        };
        let place = subject(&worst.feature_view, worst.feature.as_deref());
        return (status, Some(format!("{} of {place}: {}", worst.check, worst.message)));
    }
    match doubt(state, checks) {
        Some(reason) => (ViewStatus::Unknown, Some(reason)),
        None => (ViewStatus::Ok, None),
    }
}

/// Why it is not known how a view is of which nothing is told.
fn doubt(state: &ViewState<'_>, checks: &[CheckState]) -> Option<String> {
    let Some(latest) = state.latest else { return Some("no round has ended yet".to_owned()) };
    let round = &latest.record.round;
    if round.measured.is_none() {
        let cause = round.failures.first().map_or_else(String::new, |failure| format!(": {}", failure.message));
        return Some(format!("the last round gave no figures{cause}"));
    }
    let silence = state.now.since(round.finished_at).unwrap_or_default();
    let interval = state.appointments.interval.filter(|interval| silence > interval.saturating_mul(LATE));
    if let Some(interval) = interval {
        let shown = |duration: Duration| span(Some(duration.as_secs_f64()));
        return Some(format!("the last round ended {} ago, and one is due every {}", shown(silence), shown(interval)));
    }
    let unknown: Vec<&str> = checks
        .iter()
        .filter(|check| check.feature.is_none() && check.status == CheckWord::Unknown)
        .map(|check| check.check.name())
        .collect();
    if !unknown.is_empty() {
        return Some(format!("not judged: {}", unknown.join(", ")));
    }
    (checks.iter().all(|check| check.status == CheckWord::Unknown)).then(|| "no check was judged".to_owned())
}

fn worst_skew(state: &ViewState<'_>) -> Option<WorstSkew> {
    let measured = state.latest?.record.round.measured.as_ref()?;
    let watched = &state.watched;
    let skewed = measured.features.iter().filter(|(name, _)| watched.view.position(name).is_some());
    let shares = skewed.filter_map(|(name, figures)| Some((figures.skew.ratio?.get(), name, figures)));
    // Of equal shares the first.
    let (_, name, figures) = shares.rev().max_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(WorstSkew { feature: name.clone(), skew: feature::skew(figures, watched.rules_of(Some(name))) })
}

fn worst_drift(state: &ViewState<'_>) -> Option<WorstDrift> {
    let record = &state.latest?.record;
    let watched = &state.watched;
    let all = watched.view.features.iter().flat_map(|feature| {
        let rows = feature::drift(record, &feature.name, watched.rules_of(Some(&feature.name)));
        rows.into_iter().map(|drift| WorstDrift { feature: feature.name.clone(), drift })
    });
    let judged = all.filter(|row| row.drift.measured.threshold.is_some() && row.drift.measured.effect.is_some());
    judged.max_by(|one, other| one.drift.measured.excess().total_cmp(&other.drift.measured.excess()))
}
