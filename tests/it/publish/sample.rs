//! Reports to publish: a rich one, an empty one, and one where nothing could be read.

use std::collections::BTreeMap;

use skewwatch::model::captured::{CapturedFeature, CapturedMeasurement};
use skewwatch::model::cause::RowFaults;
use skewwatch::model::check::{CheckKind, DriftStatistic, Failure, Finding, Passed, Severity, Stage, Unjudged};
use skewwatch::model::lag::LagHistogram;
use skewwatch::model::measurement::{
    ComparedSnapshots, CoverageMeasurement, DifferenceMeasurement, DriftMeasurement, DriftVerdict, ExpiredServed,
    FeatureMeasurement, FreshnessMeasurement, KeyCounts, LagMeasurement, LayerCounts, PipelineLag, RoundReport,
    ScanMeasurement, Share, SkewMeasurement, SnapshotMeasurement, Timestamps, VerdictCounts, ViewMeasurement,
};
use skewwatch::model::ratio::Ratio;
use skewwatch::model::time::Timestamp;
use skewwatch::model::verdict::{Layer, Verdict};
use skewwatch::model::view::{FreshnessBasis, NotWatched, Pairing};

pub(super) fn instant(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// A round over no view.
pub(super) fn empty() -> RoundReport {
    RoundReport {
        as_of: instant("2026-06-15T12:00:00Z"),
        started_at: instant("2026-06-15T12:00:00Z"),
        finished_at: instant("2026-06-15T12:00:03.25Z"),
        seed: 7,
        views: Vec::new(),
        not_watched: Vec::new(),
        failures: Vec::new(),
        findings: Vec::new(),
        unknown: Vec::new(),
        judged: 0,
        passed: Vec::new(),
    }
}

/// A round in which neither of two views could be read.
pub(super) fn only_failures() -> RoundReport {
    let failure = |feature_view: &str, reason, message: &str| Failure {
        feature_view: feature_view.to_owned(),
        stage: Stage::Sample,
        reason,
        message: message.to_owned(),
    };
    RoundReport {
        failures: vec![
            failure(
                "user_features",
                "connection",
                "could not read 512 keys of view `user_features` from redis://10.0.4.7:6379\n\
                 caused by: no answer within 250ms (3 attempts)",
            ),
            failure("user_history", "not_found", "could not list s3://features/history/: no such bucket"),
        ],
        ..empty()
    }
}

fn verdicts(counts: &[(Verdict, u64)]) -> VerdictCounts {
    let mut verdicts = VerdictCounts::default();
    for (verdict, count) in counts {
        (0..*count).for_each(|_| verdicts.add(*verdict));
    }
    verdicts
}

fn drift(
    statistic: DriftStatistic,
    distance: Option<f64>,
    verdict: DriftVerdict,
) -> (DriftStatistic, DriftMeasurement) {
    let noise_floor = distance.map(|_| 0.017_25);
    let measured = DriftMeasurement {
        distance,
        noise_floor,
        effect: distance,
        lower: distance.map(|distance| distance * 0.9),
        upper: distance.map(|distance| distance * 1.1),
        threshold: Some(0.2),
        p_value: distance.map(|_| 0.001),
        p_equal: None,
        q_value: distance.map(|_| 0.002),
        verdict,
        reason: None,
        reference_n: 1000,
        current_n: 980,
        needed_reference_n: None,
        needed_current_n: None,
    };
    (statistic, measured)
}

/// A statistic that is measured and not judged.
fn unlimited(statistic: DriftStatistic, distance: f64) -> (DriftStatistic, DriftMeasurement) {
    let (statistic, measured) = drift(statistic, Some(distance), DriftVerdict::Unknown);
    (statistic, DriftMeasurement { threshold: None, p_value: None, q_value: None, ..measured })
}

/// A feature of which `skewed` in 1,200 cells have another value.
fn feature(skewed: u64) -> FeatureMeasurement {
    let consistent = 900 - skewed;
    let mut layers = LayerCounts::default();
    (0..consistent).for_each(|_| layers.add(Layer::Identical));
    (0..12).for_each(|_| layers.add(Layer::Rounded));
    let interval = skewwatch::stats::interval::wilson(skewed, 912).unwrap();
    FeatureMeasurement {
        verdicts: verdicts(&[
            (Verdict::Consistent, consistent),
            (Verdict::Stale, 12),
            (Verdict::Skewed, skewed),
            (Verdict::Expired, 88),
            (Verdict::MissingOnline, 150),
            (Verdict::Ahead, 40),
            (Verdict::Phantom, 8),
            (Verdict::Undecodable, 2),
        ]),
        expired_served: ExpiredServed { consistent: 70, stale: 9, skewed: 1, unverified: 0 },
        expired_absent: 8,
        layers,
        lag: LagMeasurement { versions_p50: Some(1), versions_max: Some(3) },
        coverage: CoverageMeasurement { ratio: Ratio::of(1030, 1192), n: 1192, null_ratio: Ratio::of(5, 1030) },
        skew: SkewMeasurement {
            ratio: Ratio::of(skewed, 912),
            n: 912,
            lower: Some(interval.lower),
            upper: Some(interval.upper),
            smape: Some(0.0125),
        },
        difference: DifferenceMeasurement {
            abs_p50: (skewed > 0).then_some(1.5),
            abs_p99: (skewed > 0).then_some(80.25),
            rel_p50: (skewed > 0).then_some(0.04),
            rel_p99: (skewed > 0).then_some(0.875),
        },
        diagnosis: None,
        lag_profile: None,
        drift: BTreeMap::from([
            drift(DriftStatistic::Psi, Some(0.0125), DriftVerdict::Stable),
            drift(DriftStatistic::Ks, Some(0.031), DriftVerdict::Stable),
            unlimited(DriftStatistic::Js, 0.04),
        ]),
        snapshot_drift: None,
        distributions: None,
    }
}

/// A view of which nothing was found online.
fn silent_view() -> ViewMeasurement {
    let nothing = FeatureMeasurement {
        verdicts: verdicts(&[(Verdict::MissingOnline, 25)]),
        expired_served: ExpiredServed::default(),
        expired_absent: 0,
        layers: LayerCounts::default(),
        lag: LagMeasurement::default(),
        coverage: CoverageMeasurement { ratio: Ratio::of(0, 25), n: 25, null_ratio: None },
        skew: SkewMeasurement::default(),
        difference: DifferenceMeasurement::default(),
        diagnosis: None,
        lag_profile: None,
        drift: BTreeMap::from([drift(DriftStatistic::Psi, None, DriftVerdict::Unknown)]),
        snapshot_drift: None,
        distributions: None,
    };
    ViewMeasurement {
        examples: std::collections::BTreeMap::new(),
        feature_view: "driver_profile".to_owned(),
        project: None,
        pairing: Pairing::AsOf,
        snapshot: SnapshotMeasurement {
            identity: "90ab12cd".to_owned(),
            watermark: None,
            horizon: None,
            modified: None,
            reference: Some("s3://features/driver_profile/dt=2026-06-01/".to_owned()),
            compared: None,
        },
        scan: None,
        keys: KeyCounts { asked: 25, online: 0, offline: 25, both: 0 },
        freshness: FreshnessMeasurement {
            basis: FreshnessBasis::View,
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
        coverage: Share::of(0, 25),
        comparable: Share::of(0, 25),
        timestamps: Timestamps::default(),
        rows: RowFaults::default(),
        pipeline: None,
        compared_at: None,
        captured: None,
        served: None,
        logged: None,
        features: BTreeMap::from([("home_city".to_owned(), nothing)]),
    }
}

fn captured() -> CapturedMeasurement {
    let feature = feature(37);
    CapturedMeasurement {
        cut: instant("2026-06-15T00:00:00Z"),
        settled_at: instant("2026-06-15T00:25:00Z"),
        rows: 1040,
        superseded: 3,
        comparable: Share::of(3000, 3120),
        features: BTreeMap::from([(
            "avg_order_value_7d".to_owned(),
            CapturedFeature {
                verdicts: feature.verdicts,
                expired_served: feature.expired_served,
                expired_absent: feature.expired_absent,
                skew: feature.skew,
                difference: feature.difference,
                lag_profile: None,
            },
        )]),
    }
}

fn user_features() -> ViewMeasurement {
    let mut drifted = feature(0);
    drifted.drift = BTreeMap::from([
        drift(DriftStatistic::Psi, Some(0.4375), DriftVerdict::Drifted),
        drift(DriftStatistic::Missing, Some(0.0), DriftVerdict::Stable),
    ]);
    drifted.snapshot_drift = Some(BTreeMap::from([drift(DriftStatistic::Psi, Some(0.02), DriftVerdict::Stable)]));
    let mut unclear = feature(1);
    unclear.snapshot_drift = Some(BTreeMap::from([drift(DriftStatistic::Psi, Some(0.2), DriftVerdict::Unknown)]));
    ViewMeasurement {
        examples: std::collections::BTreeMap::new(),
        feature_view: "user_features".to_owned(),
        project: Some("shop".to_owned()),
        pairing: Pairing::Version,
        snapshot: SnapshotMeasurement {
            identity: "5f3a77e0".to_owned(),
            watermark: Some(instant("2026-06-15T09:00:00Z")),
            horizon: Some(instant("2026-05-16T00:00:00Z")),
            modified: Some(instant("2026-06-15T09:20:00Z")),
            reference: None,
            compared: Some(ComparedSnapshots {
                before: "dt=2026-06-13".to_owned(),
                newest: "dt=2026-06-14".to_owned(),
            }),
        },
        scan: Some(ScanMeasurement { covered: Ratio::of(37, 100), under_way: Ratio::of(37, 100) }),
        keys: KeyCounts { asked: 1200, online: 1050, offline: 1195, both: 1045 },
        freshness: FreshnessMeasurement {
            basis: FreshnessBasis::Row,
            n: 1049,
            min_seconds: Some(600.0),
            p50_seconds: Some(5_400.0),
            p95_seconds: Some(36_000.0),
            p99_seconds: Some(93_600.0),
            max_seconds: Some(266_400.5),
            beyond_objective: Some(131),
            past_ttl: Some(80),
            from_the_future: 1,
            newest_event_timestamp: Some(instant("2026-06-15T11:50:00Z")),
            objective_seconds: Some(7_200.0),
            lags: LagHistogram::default(),
        },
        coverage: Share::of(1030, 1192),
        comparable: Share::of(992, 1200),
        timestamps: Timestamps { inside: 900, known: 880 },
        rows: RowFaults::default(),
        pipeline: Some(PipelineLag {
            n: 1195,
            before_event: 1,
            p50_seconds: Some(1_200.0),
            p99_seconds: Some(1_260.5),
            max_seconds: Some(4_800.0),
        }),
        compared_at: Some(instant("2026-06-15T11:00:00Z")),
        captured: Some(captured()),
        served: None,
        logged: None,
        features: BTreeMap::from([
            ("avg_order_value_7d".to_owned(), feature(37)),
            ("fraud_score".to_owned(), unclear),
            ("preferred_category".to_owned(), drifted),
        ]),
    }
}

/// Two views, of which one has something to tell under every heading.
pub(crate) fn rich() -> RoundReport {
    let view = || "user_features".to_owned();
    let finding = |check, feature: Option<&str>, severity, (observed, threshold): (f64, f64), message: &str| Finding {
        check,
        feature_view: view(),
        feature: feature.map(str::to_owned),
        severity,
        observed,
        threshold,
        n: 912,
        message: message.to_owned(),
        incident: None,
        with: Vec::new(),
    };
    let unjudged = |feature: &str, check, reason: &str| Unjudged {
        check,
        feature_view: view(),
        feature: Some(feature.to_owned()),
        reason: reason.to_owned(),
    };
    let passed =
        |check, feature: Option<&str>| Passed { check, feature_view: view(), feature: feature.map(str::to_owned) };
    RoundReport {
        views: vec![user_features(), silent_view()],
        not_watched: vec![NotWatched {
            feature_view: "user_sessions".to_owned(),
            reason: "it is not served online (`online: false`)".to_owned(),
        }],
        failures: vec![Failure {
            feature_view: "user_history".to_owned(),
            stage: Stage::Sample,
            reason: "not_found",
            message: "could not list s3://features/history/: no such bucket\nhint: the registry names it".to_owned(),
        }],
        findings: vec![
            finding(
                CheckKind::Drift,
                Some("preferred_category"),
                Severity::Warning,
                (0.4375, 0.2),
                "the served values drifted from the snapshot: PSI 0.438 (95 % interval 0.394–0.481), the limit is 0.2 \
                 (q 0.002, 980 values served against 1,000 values in the snapshot)",
            ),
            finding(
                CheckKind::Skew,
                Some("avg_order_value_7d"),
                Severity::Critical,
                (0.040_57, 0.02),
                "4.06 % of 912 comparable values differ from the snapshot (limit 2 %)",
            ),
            finding(
                CheckKind::Freshness,
                None,
                Severity::Warning,
                (0.125, 0.01),
                "12.5 % of 1,049 rows are older than 2h (budget 1 %)",
            ),
        ],
        unknown: vec![
            unjudged("fraud_score", CheckKind::Drift, "37 values served, a verdict on psi at 0.2 needs 1,204"),
            unjudged("avg_order_value_7d", CheckKind::Drift, "37 values served, a verdict on psi at 0.2 needs 1,204"),
            unjudged("preferred_category", CheckKind::Skew, "no comparable cell"),
            Unjudged {
                check: CheckKind::Freshness,
                feature_view: "driver_profile".to_owned(),
                feature: None,
                reason: "no row with an event timestamp".to_owned(),
            },
        ],
        judged: 6,
        passed: vec![
            passed(CheckKind::Coverage, None),
            passed(CheckKind::Skew, Some("fraud_score")),
            passed(CheckKind::Drift, Some("fraud_score")),
        ],
        ..empty()
    }
}
