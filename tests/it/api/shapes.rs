//! How a view is, from what is known of it.

use std::sync::Arc;
use std::time::Duration;

use skewwatch::history::{RoundRecord, RoundResult};
use skewwatch::model::check::{CheckKind, CheckRules, DriftStatistic, Limits, Passed, Severity, Unjudged};
use skewwatch::model::measurement::RoundReport;
use skewwatch::model::value::{ScalarKind, ValueKind};
use skewwatch::model::view::{Feature, FeatureView, SnapshotSource};
use skewwatch::publish::api::{
    Appointments, FindingFilter, FindingList, FindingStanding, FindingState, LatestRound, ToldFinding, ViewState,
    ViewStatus, ViewSummary,
};
use skewwatch::publish::metrics::WatchedView;

use crate::publish::rich;

const VIEW: &str = "user_features";
const INTERVAL: Duration = Duration::from_secs(300);

fn rules() -> CheckRules {
    let limits = |warning| Limits { warning: Some(warning), critical: None, minimum_n: 30 };
    CheckRules {
        freshness_objective: Some(Duration::from_secs(7_200)),
        snapshot_max_age: None,
        freshness: limits(0.01),
        coverage: limits(0.99),
        comparable: limits(0.2),
        skew: limits(0.005),
        phantom: limits(0.01),
        missing_offline: limits(0.01),
        undecodable: limits(0.01),
        in_flight: limits(0.01),
        serving: limits(0.01),
        drift: vec![(DriftStatistic::Psi, limits(0.2))],
    }
}

fn view() -> FeatureView {
    let feature = Feature { name: "fraud_score".to_owned(), kind: ValueKind::Scalar(ScalarKind::Float32) };
    FeatureView { features: vec![feature], ..FeatureView::new(VIEW, SnapshotSource::new("users/", "event_timestamp")) }
}

/// A round whose checks said this and nothing else.
fn report(unknown: &[(Option<&str>, CheckKind)], passed: &[(Option<&str>, CheckKind)]) -> RoundReport {
    let feature = |name: &Option<&str>| name.map(str::to_owned);
    let unknown = unknown.iter().map(|(name, check)| Unjudged {
        check: *check,
        feature_view: VIEW.to_owned(),
        feature: feature(name),
        reason: "too few".to_owned(),
    });
    let passed = passed.iter().map(|(name, check)| Passed {
        check: *check,
        feature_view: VIEW.to_owned(),
        feature: feature(name),
    });
    RoundReport {
        failures: Vec::new(),
        findings: Vec::new(),
        unknown: unknown.collect(),
        passed: passed.collect(),
        ..rich()
    }
}

fn latest(report: &RoundReport) -> LatestRound {
    LatestRound::after(None, &RoundRecord::of(report, VIEW), report)
}

fn finding(state: FindingState, severity: Severity, message: &str) -> ToldFinding {
    let at = rich().finished_at;
    ToldFinding {
        feature_view: VIEW.to_owned(),
        feature: Some("fraud_score".to_owned()),
        also: Vec::new(),
        check: CheckKind::Skew,
        state,
        severity,
        standing: Some(FindingStanding::Open),
        observed: 0.1,
        threshold: 0.005,
        n: 100,
        message: message.to_owned(),
        first_seen: at,
        last_seen: at,
        fired_at: None,
        resolved_at: None,
    }
}

/// How the view is `age` after its last round.
fn status(latest: Option<&LatestRound>, findings: Vec<ToldFinding>, age: Duration) -> (ViewStatus, Option<String>) {
    let (view, rules) = (view(), rules());
    let watched = WatchedView { view: &view, rules: &rules, feature_rules: vec![("fraud_score", &rules)] };
    let now = rich().finished_at.plus(age);
    let appointments = Appointments { next: None, interval: Some(INTERVAL) };
    let summary = ViewSummary::of(&ViewState { watched, latest, captured: None, findings, appointments, now });
    (summary.status, summary.status_reason)
}

fn unknown(reason: &str) -> (ViewStatus, Option<String>) {
    (ViewStatus::Unknown, Some(reason.to_owned()))
}

const COVERED: (Option<&str>, CheckKind) = (None, CheckKind::Coverage);
const SKEW: (Option<&str>, CheckKind) = (Some("fraud_score"), CheckKind::Skew);

#[test]
fn a_view_is_ok_only_when_it_is_known_to_be() {
    let ok = (ViewStatus::Ok, None);
    let healthy = latest(&report(&[], &[COVERED, SKEW]));
    assert_eq!(status(Some(&healthy), vec![], INTERVAL), ok);
    assert_eq!(status(Some(&healthy), vec![], INTERVAL * 3), ok);
    assert_eq!(
        status(Some(&healthy), vec![], INTERVAL * 4),
        unknown("the last round ended 20m ago, and one is due every 5m")
    );
    assert_eq!(status(None, vec![], Duration::ZERO), unknown("no round has ended yet"));
    let nothing = RoundReport { views: Vec::new(), ..report(&[], &[]) };
    assert_eq!(status(Some(&latest(&nothing)), vec![], INTERVAL), unknown("the last round gave no figures"));
    // One feature among many that cannot be judged is counted; the view as a whole must be judged.
    assert_eq!(status(Some(&latest(&report(&[SKEW], &[COVERED]))), vec![], INTERVAL), ok);
    let doubtful = report(&[COVERED, (None, CheckKind::Freshness)], &[SKEW]);
    assert_eq!(status(Some(&latest(&doubtful)), vec![], INTERVAL), unknown("not judged: freshness, coverage"));
    assert_eq!(status(Some(&latest(&report(&[SKEW], &[]))), vec![], INTERVAL), unknown("no check was judged"));
    assert_eq!(status(Some(&latest(&report(&[], &[]))), vec![], INTERVAL), unknown("no check was judged"));
}

#[test]
fn a_view_is_as_bad_as_the_worst_that_others_are_told() {
    let healthy = latest(&report(&[], &[COVERED]));
    let of = |findings| status(Some(&healthy), findings, INTERVAL);
    for silent in [FindingState::Waiting, FindingState::Accepted, FindingState::Maintenance, FindingState::Observed] {
        assert_eq!(of(vec![finding(silent, Severity::Critical, "bad")]), (ViewStatus::Ok, None), "{}", silent.name());
    }
    let (mild, grave) = (
        finding(FindingState::Firing, Severity::Warning, "one"),
        finding(FindingState::Firing, Severity::Critical, "two"),
    );
    let told = |status, message: &str| (status, Some(format!("skew of user_features.fraud_score: {message}")));
    assert_eq!(of(vec![mild.clone()]), told(ViewStatus::Warning, "one"));
    let again = finding(FindingState::Firing, Severity::Critical, "three");
    assert_eq!(of(vec![mild.clone(), grave, again]), told(ViewStatus::Critical, "two"));
    // What fires goes on firing while nothing can be read.
    assert_eq!(status(None, vec![mild], Duration::ZERO), told(ViewStatus::Warning, "one"));
}

#[test]
fn rounds_that_are_not_complete_are_counted_until_one_is() {
    let complete = report(&[], &[COVERED]);
    let record = |result: RoundResult, seconds: u64| {
        let mut record = RoundRecord::of(&complete, VIEW);
        record.round.result = result;
        record.round.finished_at = complete.finished_at.plus(Duration::from_secs(seconds));
        record
    };
    let steps = [
        (RoundResult::Failed, 1, None),
        (RoundResult::Partial, 2, None),
        (RoundResult::Complete, 0, Some(2)),
        (RoundResult::Failed, 1, Some(2)),
    ];
    let mut known: Option<Arc<LatestRound>> = None;
    for (second, (result, in_a_row, completed)) in (0..).zip(steps) {
        let after = LatestRound::after(known.as_ref(), &record(result, second), &complete);
        let at = completed.map(|second| complete.finished_at.plus(Duration::from_secs(second)));
        assert_eq!((after.incomplete_in_a_row, after.completed_at), (in_a_row, at), "{second}");
        assert_eq!((after.record.seen.len(), after.record.memory.is_none()), (0, true));
        known = Some(Arc::new(after));
    }
}

#[test]
fn every_state_has_a_filter_of_its_name_and_open_means_not_resolved() {
    for word in FindingFilter::WORDS {
        assert_eq!(FindingFilter::parse(word).map(FindingFilter::name), Some(word));
    }
    assert_eq!(FindingFilter::parse("Open"), None);
    for state in FindingState::ALL {
        assert_eq!(FindingFilter::parse(state.name()), Some(FindingFilter::Only(state)));
        assert_eq!(FindingFilter::Open.admits(state), state != FindingState::Resolved);
        assert!(FindingFilter::All.admits(state) && FindingFilter::Only(state).admits(state));
    }
}

#[test]
fn a_list_says_how_many_it_leaves_off() {
    let findings = || (0..5).map(|_| finding(FindingState::Firing, Severity::Warning, "one")).collect::<Vec<_>>();
    for (most, left_off) in [(0, 5), (3, 2), (5, 0), (u32::MAX, 0)] {
        let list = FindingList::of(findings(), most, |_| true);
        assert_eq!((list.findings.len() as u64, list.left_off), (5 - left_off, left_off));
    }
    assert_eq!(FindingList::of(findings(), 5, |_| false), FindingList { findings: vec![], left_off: 0 });
}
