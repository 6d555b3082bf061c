//! What is known and accepted is not told, until it is worse or its term is over.

use std::time::Duration;

use skewwatch::judge::accept::{Accepted, FirstFigures, Maintenance, Standing, Tolerated, USUAL_FACTOR};
use skewwatch::model::check::{CheckKind, Finding, FindingKey, Severity};
use skewwatch::model::time::Timestamp;

use super::{at, schedule};

const HOUR: Duration = Duration::from_secs(3_600);

fn finding(check: CheckKind, observed: f64, threshold: f64) -> Finding {
    Finding {
        check,
        feature_view: "user_features".to_owned(),
        feature: Some("country".to_owned()),
        severity: Severity::Warning,
        observed,
        threshold,
        n: 1_000,
        message: "found".to_owned(),
        incident: None,
        with: Vec::new(),
    }
}

fn accepted(check: CheckKind, observed: Option<f64>) -> Accepted {
    Accepted {
        key: finding(check, 0.0, 0.0).key(),
        until: at("2026-12-01T00:00:00Z"),
        reason: "the new encoder is rolled out".to_owned(),
        observed,
        factor: USUAL_FACTOR,
    }
}

fn known() -> Standing {
    let reason = "the new encoder is rolled out".to_owned();
    Standing::Accepted { until: at("2026-12-01T00:00:00Z"), reason }
}

fn now() -> Timestamp {
    at("2026-11-23T12:00:00Z")
}

fn standing(tolerated: &Tolerated, finding: &Finding) -> Standing {
    tolerated.standing(finding, &FirstFigures::default(), now())
}

#[test]
fn an_accepted_finding_comes_back_when_it_is_worse_by_the_factor() {
    for (check, accepted_figure, threshold, figures) in [
        (CheckKind::Skew, 0.04, 0.005, [(0.03, None), (0.06, None), (0.0601, Some(0.04))]),
        (CheckKind::Drift, 0.4, 0.2, [(0.3, None), (0.599, None), (0.61, Some(0.4))]),
        // A tenth is uncovered: up to 15 % may be.
        (CheckKind::Coverage, 0.9, 0.99, [(0.95, None), (0.851, None), (0.849, Some(0.9))]),
        (CheckKind::Comparable, 0.1, 0.2, [(0.15, None), (0.05, None), (0.0, None)]),
    ] {
        let tolerated = Tolerated { accepted: vec![accepted(check, Some(accepted_figure))], maintenance: vec![] };
        for (observed, worse) in figures {
            let expected = worse.map_or_else(known, |accepted| Standing::Worse { accepted });
            assert_eq!(standing(&tolerated, &finding(check, observed, threshold)), expected, "{check} {observed}");
        }
    }
}

#[test]
fn only_the_finding_that_is_named_is_accepted() {
    let tolerated = Tolerated { accepted: vec![accepted(CheckKind::Skew, Some(0.04))], maintenance: vec![] };
    let skew = finding(CheckKind::Skew, 0.04, 0.005);
    assert_eq!(standing(&tolerated, &skew), known());
    for other in [
        finding(CheckKind::Drift, 0.04, 0.005),
        Finding { feature: None, ..skew.clone() },
        Finding { feature: Some("city".to_owned()), ..skew.clone() },
        Finding { feature_view: "driver_features".to_owned(), ..skew },
    ] {
        assert_eq!(standing(&tolerated, &other), Standing::Open);
    }
}

#[test]
fn an_accepted_finding_comes_back_when_its_term_is_over() {
    let tolerated = Tolerated { accepted: vec![accepted(CheckKind::Skew, Some(0.04))], maintenance: vec![] };
    let skew = finding(CheckKind::Skew, 0.01, 0.005);
    let until = at("2026-12-01T00:00:00Z");
    let stand = |now| tolerated.standing(&skew, &FirstFigures::default(), now);
    assert_eq!(stand(until.minus(Duration::from_nanos(1))), known());
    assert_eq!(stand(until), Standing::Expired { since: until });
    assert!(stand(until).is_told());
}

#[test]
fn without_a_figure_the_first_one_found_is_accepted() {
    let tolerated = Tolerated { accepted: vec![accepted(CheckKind::Skew, None)], maintenance: vec![] };
    let mut first = FirstFigures::default();
    let mut standings = Vec::new();
    for observed in [0.02, 0.03, 0.031, 0.01] {
        let skew = finding(CheckKind::Skew, observed, 0.005);
        tolerated.learn(&mut first, std::slice::from_ref(&skew), now());
        first = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
        standings.push(tolerated.standing(&skew, &first, now()));
    }
    assert_eq!(standings, [known(), known(), Standing::Worse { accepted: 0.02 }, known()]);
    // An entry that is gone takes its figure with it.
    Tolerated::default().learn(&mut first, &[], now());
    assert_eq!(first, FirstFigures::default());
}

#[test]
fn of_several_entries_for_one_finding_the_last_counts() {
    let last = Accepted { factor: 3.0, ..accepted(CheckKind::Skew, Some(0.04)) };
    let tolerated = Tolerated { accepted: vec![accepted(CheckKind::Skew, Some(0.04)), last], maintenance: vec![] };
    assert_eq!(standing(&tolerated, &finding(CheckKind::Skew, 0.1, 0.005)), known());
}

fn nightly(view: &str) -> Maintenance {
    let schedule = schedule("0 2 * * *", "Europe/Berlin");
    Maintenance { feature_view: view.to_owned(), schedule, duration: HOUR }
}

#[test]
fn a_window_is_open_from_its_beginning_up_to_but_without_its_end() {
    let window = nightly("user_features");
    let end = Some(at("2026-11-24T02:00:00Z"));
    for (now, expected) in [
        ("2026-11-24T00:59:59.999Z", None),
        ("2026-11-24T01:00:00Z", end),
        ("2026-11-24T01:59:59.999Z", end),
        ("2026-11-24T02:00:00Z", None),
    ] {
        assert_eq!(window.open_until(at(now)), expected, "{now}");
    }
    // Where windows overlap, the one that began last ends last.
    let twice = Maintenance { schedule: schedule("0,30 2 * * *", "Europe/Berlin"), ..window };
    assert_eq!(twice.open_until(at("2026-11-24T01:40:00Z")), Some(at("2026-11-24T02:30:00Z")));
}

#[test]
fn a_window_lasts_as_long_on_the_night_that_has_an_hour_less_or_more() {
    let window = nightly("user_features");
    // 02:00 is left out: it begins at 03:00, 01:00 UTC.
    assert_eq!(window.open_until(at("2026-03-29T00:59:00Z")), None);
    assert_eq!(window.open_until(at("2026-03-29T01:00:00Z")), Some(at("2026-03-29T02:00:00Z")));
    // 02:00 comes twice: it begins the first time, 00:00 UTC.
    assert_eq!(window.open_until(at("2026-10-25T00:30:00Z")), Some(at("2026-10-25T01:00:00Z")));
    assert_eq!(window.open_until(at("2026-10-25T01:30:00Z")), None);
}

#[test]
fn nothing_of_a_view_is_told_during_its_maintenance() {
    let other = nightly("driver_features");
    let tolerated = Tolerated {
        accepted: vec![accepted(CheckKind::Skew, Some(0.01))],
        maintenance: vec![other, nightly("user_features")],
    };
    let at_night = at("2026-11-24T01:30:00Z");
    let maintenance = Standing::Maintenance { until: at("2026-11-24T02:00:00Z") };
    let stand = |finding: &Finding, now| tolerated.standing(finding, &FirstFigures::default(), now);
    let drift = finding(CheckKind::Drift, 0.9, 0.2);
    assert_eq!(stand(&drift, at_night), maintenance);
    assert_eq!(stand(&drift, now()), Standing::Open);
    // One that is worse than accepted is silent too; one that is accepted says so.
    assert_eq!(stand(&finding(CheckKind::Skew, 0.5, 0.005), at_night), maintenance);
    assert_eq!(stand(&finding(CheckKind::Skew, 0.01, 0.005), at_night), known());
}

#[test]
fn what_is_accepted_or_under_maintenance_is_not_told() {
    let until = now();
    let told = [
        (Standing::Open, true),
        (Standing::Expired { since: until }, true),
        (Standing::Worse { accepted: 0.1 }, true),
        (known(), false),
        (Standing::Maintenance { until }, false),
    ];
    for (standing, expected) in told {
        assert_eq!(standing.is_told(), expected, "{standing:?}");
    }
}

#[test]
fn a_finding_is_told_apart_by_view_feature_and_check() {
    let expected = FindingKey {
        feature_view: "user_features".to_owned(),
        feature: Some("country".to_owned()),
        check: CheckKind::Skew,
    };
    assert_eq!(finding(CheckKind::Skew, 0.1, 0.005).key(), expected);
}
