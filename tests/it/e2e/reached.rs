//! The alerts that the faults must give, label by label, and which alerts of the rules are reached at all.

use std::collections::BTreeSet;

use super::shop::VIEWS;
use crate::rules::alerts;
use crate::support::webhook::Told;

/// Alerts that no fault of the scene gives, and the series without which they cannot fire; none where there is one and it
/// takes more than a scene can have.
const UNREACHED: [(&str, Option<&str>); 7] = [
    ("AlertDeliveryFailing", Some("skewwatch_deliveries_total")),
    ("L1HitRateDrop", Some("skewwatch_lookup_l1_requests_total")),
    ("LookupLatencyHigh", Some("skewwatch_lookup_duration_seconds_bucket")),
    ("LookupNoRequests", Some("skewwatch_lookup_objective_seconds")),
    ("ReportDeliveryFailing", Some("skewwatch_delivery_queue_length")),
    ("ReportNotDelivered", Some("skewwatch_report_period_seconds")),
    // More than 150,000 series.
    ("SeriesDropped", None),
];

/// An alert as the journal has it: the path of its receiver, its name and its labels beside the job.
pub(super) fn alert(path: &str, name: &str, labels: &[&str]) -> String {
    let mut labels = labels.to_vec();
    labels.push("job=skewwatch");
    labels.sort_unstable();
    format!("{path} Skewwatch{name}{{{}}}", labels.join(","))
}

/// An alert of a view, or of one of its features, with the view's team and store.
fn of_view(path: &str, name: &str, view: &str, labels: &[&str]) -> String {
    let (_, team) = VIEWS.into_iter().find(|(known, _)| *known == view).expect("a view of the shop");
    let (view, team) = (format!("feature_view={view}"), format!("team={team}"));
    let own = [view.as_str(), team.as_str(), "store=redis"];
    alert(path, name, &[labels, &own].concat())
}

/// The same alert of every view.
pub(super) fn of_views(name: &str, labels: &[&str], path: impl Fn(&str) -> &'static str) -> Vec<String> {
    VIEWS.iter().map(|(view, team)| of_view(path(team), name, view, labels)).collect()
}

/// What follows from everything that is broken at once.
pub(super) fn faults() -> Vec<String> {
    const CRITICAL: &str = "severity=critical";
    const WARNING: &str = "severity=warning";
    let (platform, pager) = ("/chat/platform", "/pager/platform");
    let check = |component: &'static str, severity: &'static str| [component, severity];
    let freshness = check("component=freshness", WARNING);
    let coverage = |severity| check("component=coverage", severity);
    let skew = |severity| check("component=skew", severity);
    let drift = check("component=drift", WARNING);
    let rounds = |severity| check("component=rounds", severity);
    let meta = check("component=meta", WARNING);
    let with = |labels: [&'static str; 2], more: &[&'static str]| [&labels, more].concat();
    vec![
        of_view("/chat/risk", "FeatureViewStale", "orders", &with(freshness, &["check=freshness"])),
        of_view("/pager/risk", "FreshnessBudgetBurnFast", "orders", &check("component=freshness", CRITICAL)),
        of_view("/chat/risk", "FreshnessBudgetBurnSlow", "orders", &freshness),
        of_view(
            platform,
            "CoverageCollapsed",
            "clicks",
            &with(coverage(CRITICAL), &["check=coverage", "feature=amount"]),
        ),
        of_view(
            platform,
            "CoverageCollapsed",
            "clicks",
            &with(coverage(CRITICAL), &["check=coverage", "feature=city"]),
        ),
        of_view(platform, "CoverageLow", "carts", &with(coverage(WARNING), &["check=coverage"])),
        of_view(platform, "CoverageLow", "carts", &with(coverage(WARNING), &["check=coverage", "feature=amount"])),
        of_view("/pager/risk", "SkewMismatch", "prices", &with(skew(CRITICAL), &["check=skew", "feature=amount"])),
        of_view(platform, "SkewMismatch", "ratings", &with(skew(WARNING), &["check=skew", "feature=amount"])),
        of_view(platform, "DriftHigh", "scores", &with(drift, &["check=drift", "feature=amount"])),
        of_view(platform, "CheckBreached", "devices", &with(skew(WARNING), &["check=undecodable", "feature=amount"])),
        of_view(platform, "CheckNotJudged", "sessions", &with(rounds(WARNING), &["check=skew", "feature=amount"])),
        of_view(platform, "CheckNotJudged", "sessions", &with(rounds(WARNING), &["check=skew", "feature=city"])),
        of_view("/chat/risk", "SnapshotTooOld", "orders", &rounds(WARNING)),
        of_view(platform, "SnapshotAgeUnknown", "sessions", &rounds(WARNING)),
        of_view(pager, "RoundsNotRunning", "returns", &rounds(CRITICAL)),
        alert(platform, "ConfigReloadFailed", &meta),
        alert(platform, "Down", &meta),
    ]
}

/// Every alert that was told says what to do, with figures.
pub(super) fn assert_annotated(told: &[Told]) {
    for alert in told {
        let name = &alert.labels["alertname"];
        let runbook = format!("https://runbooks.example.com/skewwatch/RUNBOOK.md#{}", name.to_lowercase());
        assert_eq!(alert.annotations["runbook_url"], runbook);
        assert!(
            alert.annotations["dashboard_url"].starts_with("https://grafana.example.com/d/skewwatch-"),
            "{alert:?}"
        );
        let description = &alert.annotations["description"];
        assert!(!description.contains("{{") && !description.contains("error"), "{alert:?}");
        let is_firing = alert.status == "firing";
        assert!(!is_firing || !description.contains("unknown figure"), "{alert:?}");
    }
}

/// Each alert of the rules was told, with each severity that it has, or cannot be told by this service.
pub(super) fn assert_all(told: &[Told], metrics: &str) {
    let pair = |name: &str, severity: &str| (name.trim_start_matches("Skewwatch").to_owned(), severity.to_owned());
    let reached: BTreeSet<_> =
        told.iter().map(|alert| pair(&alert.labels["alertname"], &alert.labels["severity"])).collect();
    let missing: BTreeSet<_> = alerts()
        .iter()
        .map(|alert| pair(&alert.alert, &alert.labels["severity"]))
        .filter(|alert| !reached.contains(alert))
        .collect();
    let graver = ["DriftHigh", "CheckBreached", "FeatureViewStale"].map(|name| pair(name, "critical"));
    let explained = UNREACHED.iter().map(|(name, _)| (*name).to_owned());
    let names: BTreeSet<String> =
        missing.iter().filter(|alert| !graver.contains(alert)).map(|(name, _)| name.clone()).collect();
    assert_eq!(names, explained.collect());
    for (name, series) in UNREACHED {
        let can_fire = series.is_some_and(|series| metrics.contains(&format!("\n{series}")));
        assert!(!can_fire, "{name} can be reached now: give it a fault");
    }
}
