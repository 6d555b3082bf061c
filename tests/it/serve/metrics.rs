//! The text of the metrics: whole, within its budget, and as rounds, restarts and reloads change it.

use std::collections::BTreeMap;
use std::time::Duration;

use skewwatch::history::{CheckStatus, RoundRecord, RoundResult};
use skewwatch::model::captured::CaptureCounts;
use skewwatch::model::check::{CheckKind, CheckRules, DriftStatistic, Limits, Severity, Stage};
use skewwatch::model::lag::{AvailabilityLags, LagHistogram};
use skewwatch::model::measurement::RoundReport;
use skewwatch::model::time::Timestamp;
use skewwatch::model::value::{ScalarKind, ValueKind};
use skewwatch::model::view::FeatureView;
use skewwatch::publish::metrics::{Metrics, Origin, Reach, Reload, Surroundings, USUAL_BUDGET, WatchedView};

use super::promtool;
use crate::publish::rich;
use crate::support::views::view;

fn origin(budget: u64) -> Origin {
    let started_at = Timestamp::parse_rfc3339("2026-06-15T11:00:00Z").unwrap();
    Origin { version: "0.1.0".to_owned(), revision: "1a2b3c4".to_owned(), started_at, budget }
}

fn rules() -> CheckRules {
    let limits = |warning, critical| Limits { warning: Some(warning), critical, minimum_n: 30 };
    CheckRules {
        freshness_objective: Some(Duration::from_secs(7_200)),
        snapshot_max_age: Some(Duration::from_secs(93_600)),
        freshness: limits(0.01, None),
        coverage: limits(0.99, None),
        comparable: limits(0.2, None),
        skew: limits(0.005, Some(0.02)),
        phantom: limits(0.01, None),
        missing_offline: limits(0.01, None),
        undecodable: limits(0.01, None),
        in_flight: limits(0.01, None),
        serving: limits(0.01, None),
        drift: vec![(DriftStatistic::Psi, limits(0.2, None))],
    }
}

fn views() -> [FeatureView; 2] {
    let float = ValueKind::Scalar(ScalarKind::Float32);
    let string = ValueKind::Scalar(ScalarKind::String);
    let users = [("avg_order_value_7d", float), ("fraud_score", float), ("preferred_category", string)];
    let users = FeatureView { team: Some("risk".to_owned()), ..view("user_features", "users", &users) };
    [users, view("driver_profile", "drivers", &[("home_city", string)])]
}

fn watch(metrics: &Metrics, views: &[FeatureView]) {
    let rules = rules();
    let watched = |view| {
        let view: &FeatureView = view;
        let features = view.features.iter().map(|feature| (feature.name.as_str(), &rules));
        WatchedView { view, rules: &rules, feature_rules: features.collect() }
    };
    let surroundings = Surroundings { store: "redis", views: views.iter().map(watched).collect() };
    let intervals = views.iter().map(|view| (view.name.clone(), Duration::from_secs(300))).collect();
    metrics.watch(&surroundings, &intervals);
}

fn record(report: &RoundReport, view: &str) -> RoundRecord {
    RoundRecord::of(report, view)
}

/// A round of the view that measured nothing.
fn failed(view: &str) -> RoundRecord {
    let report = RoundReport { views: Vec::new(), findings: Vec::new(), unknown: Vec::new(), ..rich() };
    record(&report, view)
}

fn metrics(budget: u64) -> Metrics {
    let metrics = Metrics::new(origin(budget));
    watch(&metrics, &views());
    metrics
}

fn full(budget: u64) -> Metrics {
    let metrics = metrics(budget);
    let report = rich();
    metrics.record(&record(&report, "user_features"), Reach::Up);
    metrics.record(&record(&report, "user_features"), Reach::Up);
    metrics.record(&record(&report, "driver_profile"), Reach::Up);
    let fraud = (Some("fraud_score".to_owned()), CheckKind::Skew);
    let firing = BTreeMap::from([(fraud, Severity::Critical), ((None, CheckKind::Coverage), Severity::Warning)]);
    metrics.fire("user_features", firing);
    metrics.skip("driver_profile");
    metrics.fail(Stage::Publish, "full");
    metrics.add_bytes_read(123_456);
    metrics.reload(Reload::Refused);
    let mut lags = LagHistogram::new(&[Duration::from_secs(7_200)]);
    [2, 2, 40, 9_000].into_iter().for_each(|lag| lags.record(Duration::from_secs(lag)));
    metrics.observe("user_features", AvailabilityLags { lags: lags.clone(), from_the_future: 1, tracked: 150 });
    metrics.observe("user_features", AvailabilityLags { lags, from_the_future: 0, tracked: 200 });
    metrics.show_captured("user_features", report.views[0].captured.as_ref());
    let counts = CaptureCounts { captured: 1043, waiting: 0, settled: 1040, superseded: 3, expired: 0 };
    metrics.count_captured("user_features", &counts);
    metrics
}

fn text(metrics: &Metrics) -> String {
    metrics.text().unwrap().to_string()
}

/// The names of all families of a text.
fn families(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("# TYPE skewwatch_")?.split(' ').next()).collect()
}

fn lines<'a>(text: &'a str, part: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.contains(part) && !line.starts_with('#')).collect()
}

fn same_as_file(name: &str, found: &str) {
    let path = format!("tests/fixtures/serve/{name}");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == found, "{path} differs; if the new text is right, run again with BLESS=1. Now:\n{found}");
}

#[test]
fn the_text_is_that_of_the_contract_and_pleases_promtool() {
    let told = text(&full(USUAL_BUDGET));
    same_as_file("metrics.prom", &told);
    assert_eq!(promtool(&told), "");
    let before = text(&metrics(USUAL_BUDGET));
    same_as_file("before_any_round.prom", &before);
    assert_eq!(promtool(&before), "");
}

#[test]
fn a_round_that_measured_nothing_leaves_no_figure_no_pass_and_every_finding() {
    let metrics = full(USUAL_BUDGET);
    let before = text(&metrics);
    metrics.record(&failed("user_features"), Reach::Down);
    let after = text(&metrics);
    let own = "feature_view=\"user_features\"";
    let gone: Vec<&str> = families(&before).into_iter().filter(|name| !families(&after).contains(name)).collect();
    assert_eq!(
        gone,
        [
            "drift_distance",
            "drift_noise_floor",
            "newest_event_timestamp_seconds",
            "skew_mismatch_lower_ratio",
            "skew_mismatch_ratio",
            "snapshot_modified_seconds",
            "snapshot_watermark_seconds"
        ]
    );
    let statuses = lines(&after, "skewwatch_check_status");
    let statuses: Vec<&str> = statuses.into_iter().filter(|line| line.contains(own)).collect();
    assert!(!statuses.is_empty() && statuses.iter().all(|line| line.ends_with(" -1")), "{statuses:?}");
    let firing = |text: &str| {
        let lines = lines(text, "skewwatch_finding_state");
        lines.into_iter().filter(|line| !line.ends_with(" 0")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(firing(&after), firing(&before));
    let success = "skewwatch_round_last_success_timestamp_seconds";
    assert_eq!(lines(&after, success), lines(&before, success));
    assert_eq!(lines(&after, "online_store_up"), ["skewwatch_online_store_up{store=\"redis\"} 0"]);
}

#[test]
fn a_restored_view_looks_as_before_and_counts_anew() {
    let report = rich();
    let record = record(&report, "user_features");
    let running = metrics(USUAL_BUDGET);
    running.record(&record, Reach::Unknown);
    let restored = metrics(USUAL_BUDGET);
    restored.restore(&record, (record.round.result == RoundResult::Complete).then_some(record.round.finished_at));
    let gauges = |text: &str| {
        let counters = ["_total", "_bucket", "_sum", "_count"];
        let is_gauge = |line: &&str| !line.starts_with('#') && !counters.iter().any(|end| line.contains(end));
        text.lines().filter(is_gauge).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(gauges(&text(&restored)), gauges(&text(&running)));
    let counted = lines(&text(&restored), "skewwatch_rounds_total{feature_view=\"user_features\"").concat();
    assert_eq!(counted.matches("} 0").count(), 3, "{counted}");
}

#[test]
fn over_the_budget_whole_families_go_in_their_order_and_are_counted() {
    let series = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count() as u64;
    let whole = text(&full(USUAL_BUDGET));
    let all = series(&whole);
    let per_family = |name: &str| lines(&whole, &format!("skewwatch_{name}{{")).len() as u64;
    let order = ["drift_noise_floor", "drift_distance", "cells_total"];
    let mut left = all - 1;
    let mut gone = 0;
    for (count, family) in order.iter().enumerate() {
        // As many as are left once those before are gone: still one too many.
        let metrics = full(left - 1);
        let told = text(&metrics);
        gone += per_family(family);
        left -= per_family(family);
        for (place, name) in order.iter().enumerate() {
            assert_eq!(families(&told).contains(name), place > count, "{name} with a budget of {}", left - 1);
        }
        assert_eq!(lines(&told, "series_dropped_total"), [format!("skewwatch_series_dropped_total {gone}")]);
    }
    let least = families(&text(&full(0))).len();
    assert_eq!(least, families(&whole).len() - order.len(), "nothing else is ever left out");
}

#[test]
fn the_text_is_kept_until_something_changes() {
    let metrics = full(USUAL_BUDGET);
    let first = metrics.text().unwrap();
    metrics.add_bytes_read(0);
    let firing = BTreeMap::from([
        ((Some("fraud_score".to_owned()), CheckKind::Skew), Severity::Critical),
        ((None, CheckKind::Coverage), Severity::Warning),
    ]);
    metrics.fire("user_features", firing);
    assert!(std::sync::Arc::ptr_eq(&first, &metrics.text().unwrap()));
    metrics.fire("user_features", BTreeMap::new());
    let second = metrics.text().unwrap();
    assert!(!std::sync::Arc::ptr_eq(&first, &second));
    assert_eq!(lines(&second, "skewwatch_finding_state{").iter().filter(|line| !line.ends_with(" 0")).count(), 0);
}

#[test]
fn what_is_no_longer_watched_has_no_series() {
    let metrics = full(USUAL_BUDGET);
    let [mut users, _] = views();
    users.features.retain(|feature| feature.name != "fraud_score");
    watch(&metrics, &[users]);
    let told = text(&metrics);
    assert_eq!(lines(&told, "driver_profile"), [] as [&str; 0]);
    assert_eq!(lines(&told, "fraud_score"), [] as [&str; 0]);
    assert!(!lines(&told, "avg_order_value_7d").is_empty());
}

#[test]
fn the_worst_of_several_outcomes_is_the_status_of_a_check() {
    let record = record(&rich(), "user_features");
    let measured = record.round.measured.unwrap();
    let category = &measured.features["preferred_category"];
    assert_eq!(category.statuses[&CheckKind::Drift], CheckStatus::Breach(Severity::Warning));
}
