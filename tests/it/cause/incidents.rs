//! Findings of several features for one cause are one finding.

use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};
use proptest::{collection, option};
use skewwatch::judge::LiveFinding;
use skewwatch::judge::accept::Standing;
use skewwatch::judge::incident::{joined, joined_live};
use skewwatch::model::check::{CheckKind, Finding, FindingState, Severity};
use skewwatch::model::time::Timestamp;

fn found(feature: &str, severity: Severity, incident: Option<&str>) -> Finding {
    Finding {
        check: CheckKind::Skew,
        feature_view: "users".to_owned(),
        feature: Some(feature.to_owned()),
        severity,
        observed: 0.1,
        threshold: 0.005,
        n: 1000,
        message: format!("values of {feature} differ"),
        incident: incident.map(str::to_owned),
        with: Vec::new(),
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds, 0).unwrap()
}

fn live(finding: Finding, first_seen: i64, state: FindingState) -> LiveFinding {
    let fired_at = matches!(state, FindingState::Firing(_)).then(|| at(first_seen + 300));
    let (first_seen, last_seen) = (at(first_seen), at(first_seen + 3000));
    LiveFinding { finding, state, standing: Standing::Open, first_seen, last_seen, fired_at }
}

fn told(findings: &[Finding]) -> Vec<(&str, Severity, String)> {
    let row = |finding: &'_ Finding| (finding.severity, finding.message.clone());
    findings
        .iter()
        .map(|finding| {
            let (severity, message) = row(finding);
            (finding.feature.as_deref().unwrap(), severity, message)
        })
        .collect()
}

#[test]
fn features_that_share_an_incident_are_told_as_the_gravest_of_them() {
    let parts = vec![
        found("age", Severity::Warning, Some("scale 1e2")),
        found("city", Severity::Warning, None),
        found("income", Severity::Critical, Some("scale 1e2")),
        found("name", Severity::Warning, None),
        found("rank", Severity::Warning, Some("shift 1e0")),
        found("total", Severity::Warning, Some("scale 1e2")),
    ];
    let joined = joined(parts.clone());
    let words = "values of income differ; the same holds for `age` (10.0 %), `total` (10.0 %)".to_owned();
    assert_eq!(
        told(&joined),
        [
            ("income", Severity::Critical, words),
            ("city", Severity::Warning, "values of city differ".to_owned()),
            ("name", Severity::Warning, "values of name differ".to_owned()),
            ("rank", Severity::Warning, "values of rank differ".to_owned()),
        ]
    );
    assert_eq!(joined[0].with, [parts[0].clone(), parts[5].clone()]);
    assert_eq!(joined.iter().flat_map(Finding::each).count(), parts.len());
}

#[test]
fn of_many_features_eight_are_named() {
    let parts = (0..12).map(|place| found(&format!("f{place:02}"), Severity::Warning, Some("stale"))).collect();
    let joined = joined(parts);
    assert_eq!(joined.len(), 1);
    let (_, names) = joined[0].message.split_once("; the same holds for ").unwrap();
    let listed: Vec<String> = (1..9).map(|place| format!("`f{place:02}` (10.0 %)")).collect();
    assert_eq!(names, format!("{} and 3 more", listed.join(", ")));
}

#[test]
fn what_began_after_an_incident_was_told_is_another() {
    let firing = FindingState::Firing(Severity::Warning);
    let incident = Some("scale 1e2");
    let found = |feature, since| live(found(feature, Severity::Warning, incident), since, firing);
    let joined = joined_live(vec![found("a", 1000), found("b", 700), found("c", 1001), found("d", 5000)]);
    let told: Vec<(&str, usize, Timestamp, Option<Timestamp>)> = joined
        .iter()
        .map(|live| (live.finding.feature.as_deref().unwrap(), live.finding.with.len(), live.first_seen, live.fired_at))
        .collect();
    assert_eq!(
        told,
        [("b", 1, at(700), Some(at(1000))), ("c", 0, at(1001), Some(at(1301))), ("d", 0, at(5000), Some(at(5300)))]
    );
    assert_eq!(joined[0].last_seen, at(4000));
}

#[test]
fn what_waits_or_is_accepted_is_no_part_of_what_is_told() {
    let (firing, incident) = (FindingState::Firing(Severity::Warning), Some("scale 1e2"));
    let of = |feature, state| live(found(feature, Severity::Warning, incident), 1000, state);
    let accepted = Standing::Accepted { until: at(9000), reason: "known".to_owned() };
    let known = LiveFinding { standing: accepted, ..of("c", firing) };
    let joined = joined_live(vec![of("a", FindingState::Waiting), of("b", firing), known, of("d", firing)]);
    let told: Vec<(&str, usize)> =
        joined.iter().map(|live| (live.finding.feature.as_deref().unwrap(), live.finding.with.len())).collect();
    assert_eq!(told, [("a", 0), ("b", 1), ("c", 0)]);
}

#[test]
fn an_incident_goes_on_with_the_features_that_are_left() {
    let (firing, incident) = (FindingState::Firing(Severity::Warning), Some("scale 1e2"));
    let of = |feature| live(found(feature, Severity::Warning, incident), 1000, firing);
    let names = |live: Vec<LiveFinding>| -> Vec<(String, usize)> {
        joined_live(live).into_iter().map(|live| (live.finding.feature.unwrap(), live.finding.with.len())).collect()
    };
    assert_eq!(names(vec![of("a"), of("b"), of("c")]), [("a".to_owned(), 2)]);
    assert_eq!(names(vec![of("b"), of("c")]), [("b".to_owned(), 1)]);
    assert_eq!(names(vec![of("c")]), [("c".to_owned(), 0)]);
    assert_eq!(names(Vec::new()), []);
}

/// Findings of different features, some of them parts of one of three incidents.
fn findings() -> impl Strategy<Value = Vec<Finding>> {
    let one = (option::of(0_u8..3), 0_u8..2).prop_map(|(incident, severity)| {
        let severity = Severity::ALL[usize::from(severity)];
        (severity, incident.map(|incident| format!("incident {incident}")))
    });
    collection::vec(one, 0..20).prop_map(|ones| {
        let numbered = ones.into_iter().enumerate();
        numbered
            .map(|(place, (severity, incident))| found(&format!("f{place:02}"), severity, incident.as_deref()))
            .collect()
    })
}

proptest! {
    #[test]
    fn joining_loses_nothing_adds_nothing_and_leaves_one_finding_an_incident(findings in findings()) {
        let joined = joined(findings.clone());
        let mut parts: Vec<Finding> = joined
            .iter()
            .flat_map(Finding::each)
            .map(|part| {
                let own = findings.iter().find(|finding| finding.key() == part.key()).unwrap();
                Finding { with: Vec::new(), message: own.message.clone(), ..part.clone() }
            })
            .collect();
        parts.sort_by_key(Finding::key);
        prop_assert_eq!(parts, findings);
        let mut incidents: Vec<&String> = joined.iter().filter_map(|finding| finding.incident.as_ref()).collect();
        let count = incidents.len();
        incidents.sort();
        incidents.dedup();
        prop_assert_eq!(incidents.len(), count);
        for finding in &joined {
            prop_assert!(finding.each().all(|part| part.severity <= finding.severity && part.incident == finding.incident));
        }
    }

    #[test]
    fn what_is_told_does_not_depend_on_the_order_of_checks(findings in findings(), seen in collection::vec(0_i64..4, 20)) {
        let all: Vec<LiveFinding> = findings
            .into_iter()
            .zip(seen)
            .map(|(finding, seen)| {
                let state = FindingState::Firing(finding.severity);
                live(finding, 200 * seen, state)
            })
            .collect();
        let mut turned = all.clone();
        turned.reverse();
        let told = joined_live(all.clone());
        prop_assert_eq!(&told, &joined_live(turned));
        prop_assert_eq!(told.iter().map(|live| live.finding.each().count()).sum::<usize>(), all.len());
    }
}
