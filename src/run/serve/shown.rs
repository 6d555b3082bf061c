//! Views and findings as they stand, in the shapes that API, page and command show: so that all of them agree.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::findings::ViewFindings;
use super::service::Service;
use super::watched::{Watched, surroundings};
use crate::config::Plan;
use crate::history::{FindingEpisode, HistoryError, HistoryReader, Period};
use crate::judge::LiveFinding;
use crate::judge::accept::Standing;
use crate::model::check::{Finding, FindingKey, FindingState};
use crate::model::time::Timestamp;
use crate::publish::api::{
    self, Appointments, FindingStanding, JoinedFeature, LatestRound, ToldFinding, UnwatchedView, ViewDetail, ViewList,
    ViewState, ViewSummary,
};
use crate::publish::metrics::{Surroundings, WatchedView, is_unlimited};
use crate::publish::page::KnownView;
use crate::run::round::chain;

/// Every view at a glance.
pub(super) fn views(service: &Service, now: Timestamp) -> ViewList {
    let watched = service.watched();
    let surroundings = watched.surroundings();
    let summary = |view: &WatchedView<'_>| {
        let latest = service.latest(&view.view.name);
        ViewSummary::of(&state(service, (&watched, view), (latest.as_deref(), now)))
    };
    let not_watched = watched
        .plan
        .not_watched
        .iter()
        .map(|view| UnwatchedView { name: view.feature_view.clone(), reason: view.reason.to_string() });
    ViewList { views: surroundings.views.iter().map(summary).collect(), not_watched: not_watched.collect() }
}

/// One view in full; `None` when it is not watched.
pub(super) fn view(service: &Service, name: &str, now: Timestamp) -> Option<ViewDetail> {
    let watched = service.watched();
    let surroundings = watched.surroundings();
    let view = surroundings.views.iter().find(|watched| watched.view.name == name)?;
    let latest = service.latest(name);
    Some(ViewDetail::of(&state(service, (&watched, view), (latest.as_deref(), now))))
}

/// What pages are made from, of the views that are wanted, in the order of the plan.
pub(super) fn known(service: &Service, now: Timestamp, is_wanted: impl Fn(&str) -> bool) -> Vec<KnownView> {
    let watched = service.watched();
    let surroundings = watched.surroundings();
    let wanted = surroundings.views.iter().filter(|watched| is_wanted(&watched.view.name));
    let known = |view: &WatchedView<'_>| {
        let latest = service.latest(&view.view.name);
        let figured = latest.as_ref().and_then(LatestRound::with_figures);
        let detail = |round: Option<&LatestRound>| ViewDetail::of(&state(service, (&watched, view), (round, now)));
        let is_earlier = latest.as_ref().is_some_and(|latest| latest.record.round.measured.is_none());
        KnownView {
            detail: detail(latest.as_deref()),
            earlier: figured.as_deref().filter(|_| is_earlier).map(|round| detail(Some(round))),
            freshness_budget: view.rules.freshness.least(),
            distributions: figured.map(|round| round.distributions.clone()).unwrap_or_default(),
        }
    };
    wanted.map(known).collect()
}

/// The open findings of all views, by view, feature and check.
pub(super) fn open_findings(service: &Service, now: Timestamp) -> Vec<ToldFinding> {
    let watched = service.watched();
    service.findings().values().flat_map(|own| own.live(&watched.plan, now)).map(told).collect()
}

fn state<'a>(
    service: &Service,
    (watched, view): (&Watched, &WatchedView<'a>),
    (latest, now): (Option<&'a LatestRound>, Timestamp),
) -> ViewState<'a> {
    let name = &view.view.name;
    let live = service.findings().get(name).map(|own| own.live(&watched.plan, now)).unwrap_or_default();
    let schedule = watched.plan.service.schedule.of(name);
    ViewState {
        watched: view.clone(),
        latest,
        findings: live.into_iter().map(told).collect(),
        captured: service.captured(name),
        appointments: Appointments { next: schedule.next_after(now), interval: schedule.interval(now) },
        now,
    }
}

/// The open findings in a history, as a service that reads it now would tell them: also while one writes it.
///
/// # Errors
/// When the history cannot be read.
pub fn findings_in(history: &HistoryReader, plan: &Plan, now: Timestamp) -> Result<Vec<ToldFinding>, HistoryError> {
    let surroundings = surroundings(plan);
    let mut listed = Vec::new();
    for (_, mut findings) in remembered(history)? {
        findings.retain_keys(|key| is_watched(&surroundings, key));
        listed.extend(findings.live(plan, now).into_iter().map(told));
    }
    Ok(listed)
}

/// The findings in a history that ended at `since` or later, newest end first.
///
/// # Errors
/// When the history cannot be read.
pub fn resolved_in(history: &HistoryReader, since: Timestamp) -> Result<Vec<ToldFinding>, HistoryError> {
    let episodes = history.findings(Period { start: since, end: Timestamp::MAX })?;
    let mut resolved: Vec<ToldFinding> = episodes.iter().filter_map(ToldFinding::resolved).collect();
    resolved.sort_by_key(|finding| Reverse(finding.resolved_at));
    Ok(resolved)
}

/// The lives of the findings of each view that the history knows any of.
pub(super) fn remembered(history: &HistoryReader) -> Result<BTreeMap<String, ViewFindings>, HistoryError> {
    let mut open: BTreeMap<String, Vec<FindingEpisode>> = BTreeMap::new();
    for episode in history.open_findings()? {
        open.entry(episode.key.feature_view.clone()).or_default().push(episode);
    }
    let mut remembered = BTreeMap::new();
    for (view, memory) in history.memories()? {
        match ViewFindings::restore(&memory, open.get(&view).map_or(&[], Vec::as_slice)) {
            Ok(findings) => {
                remembered.insert(view, findings);
            }
            Err(error) => tracing::error!(feature_view = view, cause = chain(&error), "findings not restored"),
        }
    }
    Ok(remembered)
}

/// Whether a finding is one of a check that is watched.
fn is_watched(surroundings: &Surroundings<'_>, key: &FindingKey) -> bool {
    let spot = (key.feature.clone(), key.check);
    let view = surroundings.views.iter().find(|watched| watched.view.name == key.feature_view);
    view.is_some_and(|view| is_unlimited(&spot) || view.checks().contains(&spot))
}

/// A finding in the shape in which it is shown.
fn told(live: LiveFinding) -> ToldFinding {
    let state = match (live.state, &live.standing) {
        (_, Standing::Accepted { .. }) => api::FindingState::Accepted,
        (FindingState::Waiting | FindingState::Quiet, _) => api::FindingState::Waiting,
        (FindingState::Firing(_), Standing::Maintenance { .. }) => api::FindingState::Maintenance,
        (FindingState::Firing(_), Standing::Observed) => api::FindingState::Observed,
        (FindingState::Firing(_), Standing::Open | Standing::Expired { .. } | Standing::Worse { .. }) => {
            api::FindingState::Firing
        }
    };
    let standing = match live.standing {
        Standing::Open => FindingStanding::Open,
        Standing::Expired { since } => FindingStanding::Expired { since },
        Standing::Worse { accepted } => FindingStanding::Worse { accepted },
        Standing::Accepted { until, reason } => FindingStanding::Accepted { until, reason },
        Standing::Maintenance { until } => FindingStanding::Maintenance { until },
        Standing::Observed => FindingStanding::Observed,
    };
    let finding = live.finding;
    let also = |part: &Finding| {
        let Finding { severity, observed, threshold, n, .. } = *part;
        Some(JoinedFeature { feature: part.feature.clone()?, severity, observed, threshold, n })
    };
    ToldFinding {
        also: finding.with.iter().filter_map(also).collect(),
        feature_view: finding.feature_view,
        feature: finding.feature,
        check: finding.check,
        state,
        severity: match live.state {
            FindingState::Firing(severity) => severity,
            FindingState::Waiting | FindingState::Quiet => finding.severity,
        },
        standing: Some(standing),
        observed: finding.observed,
        threshold: finding.threshold,
        n: finding.n,
        message: finding.message,
        first_seen: live.first_seen,
        last_seen: live.last_seen,
        fired_at: live.fired_at,
        resolved_at: None,
    }
}
