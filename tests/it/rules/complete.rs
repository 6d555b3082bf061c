//! Nothing is left out: every alert has both kinds of test, its labels and annotations, a heading in the runbook and a
//! dead-man; and every heading has an alert.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::tools::{folder, yaml_files};

#[derive(Debug, Deserialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    name: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    alert: Option<String>,
    expr: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// One alert of the committed rules.
#[derive(Debug)]
pub(crate) struct Alert {
    pub(crate) alert: String,
    pub(crate) labels: BTreeMap<String, String>,
    group: String,
    expr: String,
    annotations: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Tests {
    tests: Vec<Test>,
}

#[derive(Debug, Deserialize)]
struct Test {
    #[serde(default)]
    alert_rule_test: Vec<AlertTest>,
}

#[derive(Debug, Deserialize)]
struct AlertTest {
    alertname: String,
    exp_alerts: Vec<Expected>,
}

#[derive(Debug, Deserialize)]
struct Expected {
    exp_labels: BTreeMap<String, String>,
}

/// What fires when the quantity of an alert is gone. The chain ends at the watchdog, whose absence is the signal.
const DEAD_MEN: &[(&str, &str)] = &[
    ("SkewwatchAlertDeliveryFailing", "SkewwatchDown"),
    ("SkewwatchCheckBreached", "SkewwatchCheckNotJudged"),
    ("SkewwatchCheckNotJudged", "SkewwatchRoundsNotRunning"),
    ("SkewwatchConfigReloadFailed", "SkewwatchDown"),
    ("SkewwatchCoverageCollapsed", "SkewwatchCheckNotJudged"),
    ("SkewwatchCoverageLow", "SkewwatchCheckNotJudged"),
    ("SkewwatchDown", "SkewwatchWatchdog"),
    ("SkewwatchDriftHigh", "SkewwatchCheckNotJudged"),
    ("SkewwatchFeatureViewStale", "SkewwatchCheckNotJudged"),
    ("SkewwatchFreshnessBudgetBurnFast", "SkewwatchRoundsNotRunning"),
    ("SkewwatchFreshnessBudgetBurnSlow", "SkewwatchRoundsNotRunning"),
    ("SkewwatchL1HitRateDrop", "SkewwatchLookupNoRequests"),
    ("SkewwatchLookupLatencyHigh", "SkewwatchLookupNoRequests"),
    ("SkewwatchLookupNoRequests", "SkewwatchDown"),
    ("SkewwatchOnlineStoreDown", "SkewwatchOnlineStoreUnknown"),
    ("SkewwatchOnlineStoreUnknown", "SkewwatchDown"),
    ("SkewwatchReportDeliveryFailing", "SkewwatchDown"),
    ("SkewwatchReportNotDelivered", "SkewwatchDown"),
    ("SkewwatchRoundsNotRunning", "SkewwatchDown"),
    ("SkewwatchSeriesDropped", "SkewwatchDown"),
    ("SkewwatchSkewMismatch", "SkewwatchCheckNotJudged"),
    ("SkewwatchSnapshotAgeUnknown", "SkewwatchRoundsNotRunning"),
    ("SkewwatchSnapshotTooOld", "SkewwatchSnapshotAgeUnknown"),
];

/// Every alert of the committed rules, in the order of files.
pub(crate) fn alerts() -> Vec<Alert> {
    let mut alerts = Vec::new();
    for name in yaml_files(&folder()) {
        let text = std::fs::read_to_string(folder().join(name)).unwrap();
        let rules: Rules = serde_saphyr::from_str(&text).unwrap();
        for group in rules.groups {
            let of_group = group.rules.into_iter().filter_map(|rule| {
                let Rule { alert, expr, labels, annotations } = rule;
                Some(Alert { alert: alert?, labels, group: group.name.clone(), expr, annotations })
            });
            alerts.extend(of_group);
        }
    }
    alerts
}

fn names() -> BTreeSet<String> {
    alerts().into_iter().map(|alert| alert.alert).collect()
}

#[test]
fn every_alert_has_a_test_that_it_fires_with_each_severity_and_one_that_it_does_not() {
    let (mut fires, mut keeps_quiet) = (BTreeSet::new(), BTreeSet::new());
    for name in yaml_files(&folder().join("tests")) {
        let text = std::fs::read_to_string(folder().join("tests").join(name)).unwrap();
        let tests: Tests = serde_saphyr::from_str(&text).unwrap();
        for test in tests.tests.into_iter().flat_map(|test| test.alert_rule_test) {
            if test.exp_alerts.is_empty() {
                keeps_quiet.insert(test.alertname.clone());
            }
            for expected in test.exp_alerts {
                fires.insert((test.alertname.clone(), expected.exp_labels["severity"].clone()));
                assert!(!expected.exp_labels.contains_key("instance"), "{}", test.alertname);
            }
        }
    }
    let written: BTreeSet<_> =
        alerts().into_iter().map(|alert| (alert.alert, alert.labels["severity"].clone())).collect();
    assert_eq!(fires, written, "with a test that they fire, and written");
    assert_eq!(keeps_quiet, names(), "with a test that they keep quiet, and written");
}

#[test]
fn each_group_has_a_file_of_tests() {
    let groups: BTreeSet<String> = alerts().into_iter().map(|alert| alert.group).collect();
    let files = yaml_files(&folder().join("tests")).into_iter();
    let files: BTreeSet<String> = files.map(|name| format!("skewwatch-{}", name.trim_end_matches(".yaml"))).collect();
    assert_eq!(files, groups);
}

#[test]
fn the_runbook_has_a_heading_for_each_alert_and_no_other() {
    let runbook = std::fs::read_to_string(folder().join("RUNBOOK.md")).unwrap();
    let sections: Vec<(&str, &str)> =
        runbook.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap()).collect();
    let headings: BTreeSet<String> =
        sections.iter().map(|(heading, _)| (*heading).to_owned()).filter(|heading| heading != "Words").collect();
    assert_eq!(headings, names());
    for (heading, text) in sections.iter().filter(|(heading, _)| *heading != "Words") {
        for part in ["\n**Meaning.** ", "\n**Look at.** ", "\n**Do.** ", "\n**Silence when.** "] {
            assert_eq!(text.matches(part).count(), 1, "{heading} has each part once: {part}");
        }
    }
}

#[test]
fn every_alert_says_what_who_and_where() {
    for alert in alerts() {
        let name = &alert.alert;
        assert!(name.starts_with("Skewwatch"), "{name}");
        let labels: Vec<&str> = alert.labels.keys().map(String::as_str).collect();
        assert_eq!(labels, ["component", "severity"], "{name}");
        assert_eq!(format!("skewwatch-{}", alert.labels["component"]), alert.group, "{name}");
        let annotations: Vec<&str> = alert.annotations.keys().map(String::as_str).collect();
        assert_eq!(annotations, ["dashboard_url", "description", "runbook_url", "summary"], "{name}");
        assert!(!alert.annotations["summary"].contains("{{"), "the summary of {name} is static");
        assert!(alert.annotations["runbook_url"].ends_with(&format!("#{}", name.to_lowercase())), "{name}");
        assert!(!alert.expr.contains("instance"), "{name}");
        let of_view = alert.annotations["description"].contains("$labels.feature_view");
        assert_eq!(of_view, alert.expr.contains("group_left (team, store)"), "{name} of a view names its team");
    }
}

#[test]
fn each_alert_on_a_quantity_has_a_dead_man_and_each_chain_ends_at_the_watchdog() {
    let dead_men: BTreeMap<&str, &str> = DEAD_MEN.iter().copied().collect();
    let mut with_dead_man: BTreeSet<String> = dead_men.keys().map(|name| (*name).to_owned()).collect();
    with_dead_man.insert("SkewwatchWatchdog".to_owned());
    assert_eq!(with_dead_man, names());
    for name in dead_men.keys() {
        let chain: Vec<&str> =
            std::iter::successors(Some(*name), |name| dead_men.get(name).copied()).take(10).collect();
        assert_eq!(chain.last(), Some(&"SkewwatchWatchdog"), "{chain:?}");
    }
}
