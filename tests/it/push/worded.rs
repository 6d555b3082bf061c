//! Labels and sentences: as the rules have them, so that one routing and one runbook fit both.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use skewwatch::model::check::{CheckKind, Finding, Severity};
use skewwatch::model::value::{ScalarKind, ValueKind};
use skewwatch::model::view::FeatureView;
use skewwatch::publish::alert_name::AlertName;
use skewwatch::publish::alertmanager::{Alert, AlertmanagerSettings, Wording};

use super::{at, settings};
use crate::support::views::view;

fn owned() -> FeatureView {
    let int64 = ValueKind::Scalar(ScalarKind::Int64);
    FeatureView { team: Some("risk".to_owned()), ..view("user features", "users", &[("age", int64)]) }
}

fn found(check: CheckKind, feature: Option<&str>) -> Finding {
    Finding {
        check,
        feature_view: "user features".to_owned(),
        feature: feature.map(str::to_owned),
        severity: Severity::Critical,
        observed: 0.1,
        threshold: 0.05,
        n: 200,
        message: "10 % of 200 compared values differ".to_owned(),
        incident: None,
        with: Vec::new(),
    }
}

const CRITICAL: Severity = Severity::Critical;

fn linked() -> AlertmanagerSettings {
    let mut linked = AlertmanagerSettings {
        runbook_url: Some("https://runbooks.example.com/RUNBOOK.md".to_owned()),
        dashboard_url: Some("https://grafana.example.com/base/".to_owned()),
        ..settings(&["http://am:9093"])
    };
    linked.labels.insert("region".to_owned(), "eu".to_owned());
    linked
}

fn shown(alert: &Alert) -> Value {
    json!({ "labels": alert.labels, "annotations": alert.annotations, "starts_at": alert.starts_at })
}

#[test]
fn a_finding_is_told_with_who_answers_for_it_and_where_to_look() {
    let settings = linked();
    let wording = Wording { settings: &settings, store: "redis" };
    assert_eq!(
        shown(&wording.finding(&owned(), &found(CheckKind::Skew, Some("age")), (CRITICAL, at(10)))),
        json!({
            "labels": {
                "alertname": "SkewwatchSkewMismatch",
                "check": "skew",
                "component": "skew",
                "feature": "age",
                "feature_view": "user features",
                "job": "skewwatch",
                "region": "eu",
                "severity": "critical",
                "store": "redis",
                "team": "risk",
            },
            "annotations": {
                "summary": "Served values of a feature differ from the training snapshot.",
                "description": "Feature `user features.age`: 10 % of 200 compared values differ.",
                "runbook_url": "https://runbooks.example.com/RUNBOOK.md#skewwatchskewmismatch",
                "dashboard_url":
                    "https://grafana.example.com/base/d/skewwatch-feature-view?var-job=skewwatch&var-feature_view=user+features",
            },
            "starts_at": at(10),
        })
    );
}

#[test]
fn an_empty_label_and_a_link_that_is_not_configured_are_left_out() {
    let settings = settings(&["http://am:9093"]);
    let wording = Wording { settings: &settings, store: "redis" };
    let nobodys = FeatureView { team: Some(String::new()), ..owned() };
    assert_eq!(
        shown(&wording.finding(&nobodys, &found(CheckKind::Freshness, None), (CRITICAL, at(10)))),
        json!({
            "labels": {
                "alertname": "SkewwatchFeatureViewStale",
                "check": "freshness",
                "component": "freshness",
                "feature_view": "user features",
                "job": "skewwatch",
                "severity": "critical",
                "store": "redis",
            },
            "annotations": {
                "summary": "A feature view is served with rows older than its freshness objective.",
                "description": "Feature view `user features`: 10 % of 200 compared values differ.",
            },
            "starts_at": at(10),
        })
    );
}

/// Name, severity, component and summary of every alert of the committed rules.
fn of_rules() -> BTreeSet<[String; 4]> {
    let mut alerts = BTreeSet::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let rules: Value = serde_saphyr::from_str(&text).unwrap();
        let rules = rules["groups"].as_array().unwrap().iter().flat_map(|group| group["rules"].as_array().unwrap());
        let part = |rule: &Value, place: &str| rule.pointer(place).unwrap().as_str().unwrap().to_owned();
        alerts.extend(rules.filter(|rule| rule.get("alert").is_some()).map(|rule| {
            ["/alert", "/labels/severity", "/labels/component", "/annotations/summary"].map(|place| part(rule, place))
        }));
    }
    alerts
}

#[test]
fn what_is_pushed_is_named_as_in_the_rules() {
    let settings = settings(&["http://am:9093"]);
    let wording = Wording { settings: &settings, store: "redis" };
    let place = (Some("age"), CheckKind::Skew);
    let mut pushed = vec![
        wording.watchdog(at(0)),
        wording.store_down(at(0)),
        wording.not_running(&owned(), None, at(0)),
        wording.not_judged(&owned(), place, at(0)),
    ];
    for check in CheckKind::ALL {
        for severity in Severity::ALL {
            pushed.push(wording.finding(&owned(), &found(check, None), (severity, at(0))));
        }
    }
    let rules = of_rules();
    for alert in pushed {
        let label = |name: &str| alert.labels[name].clone();
        let told = [label("alertname"), label("severity"), label("component"), alert.annotations["summary"].clone()];
        assert!(rules.contains(&told), "no rule has {told:?}");
    }
    assert_eq!(AlertName::of_finding(CheckKind::Coverage, Severity::Warning), AlertName::COVERAGE_LOW);
}

#[test]
fn what_keeps_findings_from_being_found_is_told_in_a_sentence() {
    let settings = settings(&["http://am:9093"]);
    let wording = Wording { settings: &settings, store: "redis" };
    let view = owned();
    let sentences = [
        wording.not_running(&view, None, at(0)),
        wording.not_running(&view, Some(at(0)), at(900)),
        wording.not_judged(&view, (Some("age"), CheckKind::Drift), at(0)),
        wording.not_judged(&view, (None, CheckKind::Coverage), at(0)),
        wording.store_down(at(0)),
        wording.watchdog(at(0)),
    ]
    .map(|alert| alert.annotations["description"].clone());
    assert_eq!(
        sentences,
        [
            "No round of feature view `user features` has ever succeeded. Whether it is fresh, complete and equal is unknown.",
            "The last round that measured feature view `user features` ended at 2025-06-15T15:06:40Z. Whether it is fresh, \
             complete and equal is unknown.",
            "Check `drift` of feature `user features.age` has not been judged since 2025-06-15T15:06:40Z. Whether it is within its \
             limit is unknown, and its alert keeps the state it had.",
            "Check `coverage` of feature view `user features` has not been judged since 2025-06-15T15:06:40Z. Whether it is within \
             its limit is unknown, and its alert keeps the state it had.",
            "No key could be read from the online store `redis` since 2025-06-15T15:06:40Z. Models that read features from it get \
             none.",
            "skewwatch sends this every 1m. It ends 5m after the last time.",
        ]
    );
}
