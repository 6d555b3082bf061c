//! Which of several checks of drift is told, how grave it is, and why some cannot be judged.

use std::collections::BTreeMap;

use skewwatch::judge::{CheckBook, Judgement, judge};
use skewwatch::model::cause::RowFaults;
use skewwatch::model::check::{CheckKind, CheckRules, DriftStatistic, Limits, Severity};
use skewwatch::model::drift::{DriftChecks, governing};
use skewwatch::model::lag::LagHistogram;
use skewwatch::model::measurement::{
    ComparedSnapshots, CoverageMeasurement, DifferenceMeasurement, DriftMeasurement, DriftReason, DriftVerdict,
    ExpiredServed, FeatureMeasurement, FreshnessMeasurement, KeyCounts, LagMeasurement, LayerCounts, Share,
    SkewMeasurement, SnapshotMeasurement, Timestamps, VerdictCounts, ViewMeasurement,
};
use skewwatch::model::view::{FeatureView, FreshnessBasis, Pairing, SnapshotSource};

const OFF: Limits = Limits { warning: None, critical: None, minimum_n: 1 };

pub(super) fn warning(limit: f64) -> Limits {
    Limits { warning: Some(limit), ..OFF }
}

/// Limits of nothing but drift.
pub(super) fn rules(drift: &[(DriftStatistic, Limits)]) -> CheckRules {
    CheckRules {
        freshness_objective: None,
        snapshot_max_age: None,
        freshness: OFF,
        coverage: OFF,
        comparable: OFF,
        skew: OFF,
        phantom: OFF,
        missing_offline: OFF,
        undecodable: OFF,
        in_flight: OFF,
        serving: OFF,
        drift: drift.into(),
    }
}

fn unsettled(threshold: f64, (effect, lower, upper): (f64, f64, f64)) -> DriftMeasurement {
    DriftMeasurement {
        distance: Some(effect),
        noise_floor: Some(0.01),
        effect: Some(effect),
        lower: Some(lower),
        upper: Some(upper),
        p_value: Some(1e-9),
        p_equal: Some(1e-12),
        q_value: Some(0.002),
        reference_n: 9_800,
        current_n: 9_750,
        reason: None,
        ..DriftMeasurement::unmeasured(DriftReason::AtThreshold, Some(threshold))
    }
}

fn drifted(threshold: f64, interval: (f64, f64, f64)) -> DriftMeasurement {
    DriftMeasurement { verdict: DriftVerdict::Drifted, ..unsettled(threshold, interval) }
}

fn stable(threshold: f64, interval: (f64, f64, f64)) -> DriftMeasurement {
    DriftMeasurement { verdict: DriftVerdict::Stable, ..unsettled(threshold, interval) }
}

fn doubtful(threshold: f64, reason: DriftReason) -> DriftMeasurement {
    DriftMeasurement { reason: Some(reason), ..unsettled(threshold, (0.19, 0.15, 0.23)) }
}

/// A view with one feature, of which nothing but this is known.
pub(super) fn view(drift: DriftChecks, snapshot_drift: Option<DriftChecks>) -> ViewMeasurement {
    let compared = ComparedSnapshots { before: "dt=2026-06-13".to_owned(), newest: "dt=2026-06-14".to_owned() };
    let feature = FeatureMeasurement {
        verdicts: VerdictCounts::default(),
        expired_served: ExpiredServed::default(),
        expired_absent: 0,
        layers: LayerCounts::default(),
        lag: LagMeasurement::default(),
        coverage: CoverageMeasurement::default(),
        skew: SkewMeasurement::default(),
        difference: DifferenceMeasurement::default(),
        diagnosis: None,
        lag_profile: None,
        drift,
        snapshot_drift: snapshot_drift.clone(),
        distributions: None,
    };
    ViewMeasurement {
        examples: std::collections::BTreeMap::new(),
        feature_view: "users".to_owned(),
        project: None,
        pairing: Pairing::Version,
        snapshot: SnapshotMeasurement {
            identity: String::new(),
            watermark: None,
            horizon: None,
            modified: None,
            reference: None,
            compared: snapshot_drift.map(|_| compared),
        },
        scan: None,
        keys: KeyCounts::default(),
        freshness: FreshnessMeasurement {
            basis: FreshnessBasis::Row,
            n: 0,
            min_seconds: None,
            p50_seconds: None,
            p95_seconds: None,
            p99_seconds: None,
            max_seconds: None,
            beyond_objective: None,
            past_ttl: None,
            from_the_future: 0,
            newest_event_timestamp: None,
            objective_seconds: None,
            lags: LagHistogram::default(),
        },
        coverage: Share::default(),
        comparable: Share::default(),
        timestamps: Timestamps::default(),
        rows: RowFaults::default(),
        pipeline: None,
        compared_at: None,
        captured: None,
        served: None,
        logged: None,
        features: BTreeMap::from([("age".to_owned(), feature)]),
    }
}

fn judged(measured: &ViewMeasurement, limits: &[(DriftStatistic, Limits)]) -> Judgement {
    let book = CheckBook { defaults: rules(limits), overrides: Vec::new() };
    judge(&FeatureView::new("users", SnapshotSource::new("", "at")), measured, &book)
}

/// Severity, figure, limit and sentence of the only finding.
fn breach(judgement: &Judgement) -> (Severity, f64, f64, &str) {
    let [finding] = judgement.findings.as_slice() else { panic!("not one finding: {judgement:?}") };
    assert_eq!((finding.check, finding.feature.as_deref()), (CheckKind::Drift, Some("age")));
    assert_eq!((judgement.unknown.len(), judgement.passed.len()), (0, 0));
    (finding.severity, finding.observed, finding.threshold, &finding.message)
}

/// Why drift of the feature could not be judged.
fn doubt(judgement: &Judgement) -> &str {
    let [unjudged] = judgement.unknown.as_slice() else { panic!("not one unjudged check: {judgement:?}") };
    assert_eq!((judgement.findings.len(), judgement.passed.len()), (0, 0));
    &unjudged.reason
}

fn of(statistic: DriftStatistic, measured: DriftMeasurement) -> DriftChecks {
    BTreeMap::from([(statistic, measured)])
}

#[test]
fn of_several_checks_the_worst_is_told_with_effect_interval_and_q() {
    let drift = BTreeMap::from([
        (DriftStatistic::Psi, stable(0.2, (0.01, 0.0, 0.05))),
        (DriftStatistic::Ks, doubtful(0.1, DriftReason::AtThreshold)),
        (DriftStatistic::Missing, drifted(0.02, (0.0712, 0.06, 0.083))),
    ]);
    assert_eq!(governing(&drift).unwrap().0, DriftStatistic::Missing);
    let limits = [
        (DriftStatistic::Psi, warning(0.2)),
        (DriftStatistic::Ks, warning(0.1)),
        (DriftStatistic::Missing, warning(0.02)),
    ];
    let expected = "the served values drifted from the snapshot: the share of rows without a value moved by 7.12 % (95 % \
                    interval 6.00–8.30 %), the limit is 2 % (q 0.002, 9,750 rows served against 9,800 rows in the \
                    snapshot)";
    let judgement = judged(&view(drift, None), &limits);
    assert_eq!(breach(&judgement), (Severity::Warning, 0.0712, 0.02, expected));
}

#[test]
fn a_probability_that_is_too_small_for_a_number_is_no_0() {
    let certain = DriftMeasurement { q_value: Some(0.0), ..drifted(0.01, (0.3, 0.25, 0.35)) };
    let drift = of(DriftStatistic::OutOfRange, certain);
    let judgement = judged(&view(drift, None), &[(DriftStatistic::OutOfRange, warning(0.01))]);
    let expected = "the served values drifted from the snapshot: the share of values outside the known range is 30.0 % (95 % \
                    interval 25.0–35.0 %) more than chance explains, the limit is 1 % (q <1e-300, 9,750 values served \
                    against 9,800 values in the snapshot)";
    assert_eq!(breach(&judgement).3, expected);
}

#[test]
fn of_equally_grave_checks_the_one_farthest_beyond_its_limit_is_told() {
    let drift = BTreeMap::from([
        (DriftStatistic::Psi, drifted(0.2, (0.3, 0.25, 0.35))),
        (DriftStatistic::Ks, drifted(0.1, (0.4, 0.37, 0.43))),
    ]);
    assert_eq!(governing(&drift).unwrap().0, DriftStatistic::Ks);
    let limits = [(DriftStatistic::Psi, warning(0.2)), (DriftStatistic::Ks, warning(0.1))];
    assert_eq!(breach(&judged(&view(drift, None), &limits)).1, 0.4);
}

#[test]
fn of_several_checks_in_doubt_the_one_that_needs_most_is_told() {
    let few = |needed, threshold| DriftMeasurement {
        needed_current_n: Some(needed),
        ..doubtful(threshold, DriftReason::Underpowered)
    };
    let drift = BTreeMap::from([
        (DriftStatistic::Psi, few(20_000, 0.2)),
        (DriftStatistic::Ks, few(30_000, 0.1)),
        (DriftStatistic::Missing, doubtful(0.02, DriftReason::AtThreshold)),
    ]);
    assert_eq!(governing(&drift).unwrap().0, DriftStatistic::Ks);
    let limits = [
        (DriftStatistic::Psi, warning(0.2)),
        (DriftStatistic::Ks, warning(0.1)),
        (DriftStatistic::Missing, warning(0.02)),
    ];
    let judgement = judged(&view(drift, None), &limits);
    assert_eq!(doubt(&judgement), "9,750 values served, a verdict on ks at 0.1 needs 30,000");
}

#[test]
fn a_breach_is_critical_where_the_whole_interval_lies_beyond_the_critical_limit() {
    let both = Limits { critical: Some(0.3), ..warning(0.2) };
    let severity = |interval, limits| {
        let measured = drifted(0.2, interval);
        let judgement = judged(&view(of(DriftStatistic::Psi, measured), None), &[(DriftStatistic::Psi, limits)]);
        let (severity, _, threshold, _) = breach(&judgement);
        (severity, threshold)
    };
    assert_eq!(severity((0.4, 0.31, 0.5), both), (Severity::Critical, 0.3));
    assert_eq!(severity((0.4, 0.29, 0.5), both), (Severity::Warning, 0.2));
    assert_eq!(severity((0.4, 0.31, 0.5), Limits { critical: Some(0.2), ..OFF }), (Severity::Critical, 0.2));
}

#[test]
fn a_critical_check_is_told_before_one_that_is_farther_beyond_its_warning() {
    let drift = BTreeMap::from([
        (DriftStatistic::Psi, drifted(0.2, (0.3, 0.25, 0.35))),
        (DriftStatistic::Ks, drifted(0.1, (0.4, 0.37, 0.43))),
    ]);
    let limits =
        [(DriftStatistic::Psi, Limits { critical: Some(0.21), ..warning(0.2) }), (DriftStatistic::Ks, warning(0.1))];
    let judgement = judged(&view(drift, None), &limits);
    assert_eq!((breach(&judgement).0, breach(&judgement).1), (Severity::Critical, 0.3));
}

#[test]
fn each_reason_for_doubt_is_said_in_words() {
    let measured = |reason| doubtful(0.2, reason);
    let few = DriftMeasurement {
        reference_n: 2_000,
        current_n: 37,
        needed_current_n: Some(1_204),
        ..measured(DriftReason::Underpowered)
    };
    let few_on_both = DriftMeasurement { reference_n: 1, needed_reference_n: Some(1_204), ..few };
    let few_and_fewer = DriftMeasurement { needed_reference_n: Some(800), ..few_on_both };
    let hopeless = DriftMeasurement { needed_current_n: None, ..few };
    let empty = |reference_n, current_n| DriftMeasurement { reference_n, current_n, ..measured(DriftReason::Empty) };
    let cases = [
        (few, "37 values served, a verdict on psi at 0.2 needs 1,204"),
        (few_on_both, "37 values served and 1 value in the snapshot, a verdict on psi at 0.2 needs 1,204 on each side"),
        (few_and_fewer, "37 values served and 1 value in the snapshot, a verdict on psi at 0.2 needs 1,204 and 800"),
        (hopeless, "too few values for a verdict on psi at 0.2"),
        (
            measured(DriftReason::AtThreshold),
            "PSI 0.190 (95 % interval 0.150–0.230): too close to the limit 0.2 for a verdict",
        ),
        (empty(0, 9), "the snapshot has no value"),
        (empty(9, 0), "no value is served"),
        (empty(0, 0), "neither side has a value"),
        (
            measured(DriftReason::NoSnapshotTime),
            "points in time move on by themselves, and served rows do not tell when they were written",
        ),
        (measured(DriftReason::DifferentKinds), "the two sides hold different kinds of values"),
        (measured(DriftReason::NoReference), "the reference could not be read"),
        (measured(DriftReason::NotInReference), "the reference does not have the feature"),
    ];
    for (measured, expected) in cases {
        let judgement = judged(&view(of(DriftStatistic::Psi, measured), None), &[(DriftStatistic::Psi, warning(0.2))]);
        assert_eq!(doubt(&judgement), expected);
    }
}

#[test]
fn a_snapshot_that_drifted_from_the_one_before_has_a_sentence_of_its_own() {
    let served = of(DriftStatistic::Psi, stable(0.2, (0.0, 0.0, 0.01)));
    let limits = [(DriftStatistic::Psi, warning(0.2))];
    let snapshots = of(DriftStatistic::Psi, drifted(0.2, (0.3, 0.25, 0.35)));
    let judgement = judged(&view(served.clone(), Some(snapshots)), &limits);
    let expected = "the newest snapshot (dt=2026-06-14) drifted from the one before (dt=2026-06-13): PSI 0.300 (95 % \
                    interval 0.250–0.350), the limit is 0.2 (q 0.002, 9,750 values in dt=2026-06-14 against 9,800 \
                    values in dt=2026-06-13)";
    assert_eq!(breach(&judgement).3, expected);
    let unclear = of(DriftStatistic::Psi, doubtful(0.2, DriftReason::AtThreshold));
    let judgement = judged(&view(served, Some(unclear)), &limits);
    let expected = "of the newest snapshot (dt=2026-06-14) against the one before: PSI 0.190 (95 % interval \
                    0.150–0.230): too close to the limit 0.2 for a verdict";
    assert_eq!(doubt(&judgement), expected);
}

#[test]
fn a_minimum_that_is_asked_for_goes_before_a_verdict() {
    let few = DriftMeasurement { current_n: 400, ..drifted(0.2, (0.3, 0.25, 0.35)) };
    let limits = [(DriftStatistic::Psi, Limits { minimum_n: 500, ..warning(0.2) })];
    let judgement = judged(&view(of(DriftStatistic::Psi, few), None), &limits);
    assert_eq!(doubt(&judgement), "400 values, the check needs 500");
}

#[test]
fn a_statistic_without_a_limit_is_not_judged() {
    let drift = of(DriftStatistic::Psi, drifted(0.2, (0.3, 0.25, 0.35)));
    assert_eq!(judged(&view(drift, None), &[(DriftStatistic::Psi, OFF)]), Judgement::default());
    assert_eq!(judged(&view(DriftChecks::new(), None), &[(DriftStatistic::Psi, warning(0.2))]), Judgement::default());
}

#[test]
fn a_reference_without_a_time_says_how_it_gets_one() {
    let timeless = of(DriftStatistic::Psi, doubtful(0.2, DriftReason::NoSnapshotTime));
    let mut measured = view(timeless, None);
    measured.snapshot.reference = Some("trained.parquet".to_owned());
    let expected = "points in time move on by themselves, and it is not known when the reference was taken: name its folder \
                    after that (`dt=2026-06-14`), or make its profile with `--snapshot-time`";
    assert_eq!(doubt(&judged(&measured, &[(DriftStatistic::Psi, warning(0.2))])), expected);
}
