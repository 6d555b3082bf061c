//! The example of routing: amtool takes it, and every alert of the rules goes where it should.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::complete::alerts;
use super::tools::{folder, run};

const FILE: &str = "alertmanager.example.yml";

#[derive(Debug, Deserialize)]
struct Example {
    inhibit_rules: Vec<Inhibition>,
}

#[derive(Debug, Deserialize)]
struct Inhibition {
    source_matchers: Vec<String>,
    target_matchers: Vec<String>,
    equal: Vec<String>,
}

/// The receiver of an alert with these labels.
fn receiver(labels: &[String]) -> String {
    let mut arguments = vec!["config", "routes", "test", "--config.file", FILE];
    arguments.extend(labels.iter().map(String::as_str));
    run("amtool", &arguments, &folder()).trim().to_owned()
}

#[test]
fn amtool_takes_the_example() {
    let said = run("amtool", &["check-config", FILE], &folder());
    assert!(said.contains("SUCCESS") && said.contains("2 inhibit rules") && said.contains("5 receivers"), "{said}");
}

#[test]
fn every_alert_goes_to_those_who_can_mend_it() {
    let mut receivers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for alert in alerts() {
        let labels = |team: &str| {
            let own = ["severity", "component"].map(|name| format!("{name}={}", alert.labels[name]));
            let mut labels =
                vec![format!("alertname={}", alert.alert), "job=skewwatch".to_owned(), format!("team={team}")];
            labels.extend(own);
            labels
        };
        let told = format!("{} {}", alert.alert.trim_start_matches("Skewwatch"), alert.labels["severity"]);
        let (risk, other) = (receiver(&labels("risk")), receiver(&labels("other")));
        receivers.entry(format!("{risk}, else {other}")).or_default().push(told);
    }
    for alerts in receivers.values_mut() {
        alerts.sort();
        alerts.dedup();
    }
    let expected = [
        ("dead-man, else dead-man", vec!["Watchdog none"]),
        (
            "platform, else platform",
            vec![
                "ConfigReloadFailed warning",
                "Down warning",
                "L1HitRateDrop warning",
                "LookupNoRequests warning",
                "ReportDeliveryFailing warning",
                "ReportNotDelivered warning",
                "SeriesDropped warning",
            ],
        ),
        (
            "platform-pager, else platform-pager",
            vec![
                "AlertDeliveryFailing critical",
                "Down critical",
                "LookupLatencyHigh critical",
                "OnlineStoreDown critical",
                "OnlineStoreUnknown critical",
                "RoundsNotRunning critical",
            ],
        ),
        (
            "risk, else platform",
            vec![
                "CheckBreached warning",
                "CheckNotJudged warning",
                "CoverageLow warning",
                "DriftHigh warning",
                "FeatureViewStale warning",
                "FreshnessBudgetBurnSlow warning",
                "SkewMismatch warning",
                "SnapshotAgeUnknown warning",
                "SnapshotTooOld warning",
            ],
        ),
        (
            "risk-pager, else platform",
            vec![
                "CheckBreached critical",
                "CoverageCollapsed critical",
                "DriftHigh critical",
                "FeatureViewStale critical",
                "FreshnessBudgetBurnFast critical",
                "SkewMismatch critical",
            ],
        ),
    ];
    let expected: BTreeMap<String, Vec<String>> = expected
        .into_iter()
        .map(|(receiver, alerts)| (receiver.to_owned(), alerts.into_iter().map(str::to_owned).collect()))
        .collect();
    assert_eq!(receivers, expected);
}

#[test]
fn both_sides_of_an_inhibition_are_alerts_of_ours_with_a_component() {
    let text = std::fs::read_to_string(folder().join(FILE)).unwrap();
    let example: Example = serde_saphyr::from_str(&text).unwrap();
    let names: Vec<String> = alerts().into_iter().map(|alert| alert.alert).collect();
    for inhibition in &example.inhibit_rules {
        for side in [&inhibition.source_matchers, &inhibition.target_matchers] {
            assert!(side.iter().any(|matcher| matcher.starts_with("component=")), "{inhibition:?}");
            let named = side.iter().find_map(|matcher| matcher.strip_prefix("alertname")).unwrap();
            for name in named.trim_start_matches(['=', '~']).trim_matches('"').split('|') {
                assert!(names.iter().any(|known| known == name), "{name} of {inhibition:?} is no alert");
            }
        }
        assert!(inhibition.equal.contains(&"job".to_owned()), "{inhibition:?}");
    }
}
