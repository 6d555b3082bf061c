//! A report becomes the records of its views, and nothing that the history is for is lost on the way.

use std::collections::BTreeMap;

use skewwatch::history::{CheckStatus, DriftSubject, RoundRecord, RoundResult, ViewFigures};
use skewwatch::model::check::{CheckKind, Severity};
use skewwatch::model::measurement::{FeatureMeasurement, SkewMeasurement};
use skewwatch::stats::interval::wilson;
use tempfile::tempdir;

use super::made::{EVER, history};
use crate::publish::rich;

/// What the history holds of a feature, in the shape of the report; without drift, of which only a part is held.
fn again(view: &ViewFigures, name: &str) -> FeatureMeasurement {
    let figures = &view.features[name];
    let interval = wilson(figures.skew.part(), figures.skew.n);
    let null_ratio = skewwatch::model::ratio::Ratio::of(figures.nulls, figures.coverage.part());
    FeatureMeasurement {
        verdicts: figures.verdicts,
        expired_served: figures.expired_served,
        expired_absent: figures.expired_absent,
        layers: figures.layers,
        lag: figures.lag,
        coverage: skewwatch::model::measurement::CoverageMeasurement {
            ratio: figures.coverage.ratio,
            n: figures.coverage.n,
            null_ratio,
        },
        skew: SkewMeasurement {
            ratio: figures.skew.ratio,
            n: figures.skew.n,
            lower: interval.map(|interval| interval.lower),
            upper: interval.map(|interval| interval.upper),
            smape: figures.smape,
        },
        difference: figures.difference,
        diagnosis: None,
        lag_profile: None,
        drift: BTreeMap::new(),
        snapshot_drift: None,
        distributions: None,
    }
}

#[test]
fn figures_of_a_report_can_be_told_from_the_history() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let report = rich();
    for measured in &report.views {
        history.record(&[RoundRecord::of(&report, &measured.feature_view)]).unwrap();
        let rounds = history.reader().rounds(&measured.feature_view, EVER).unwrap();
        let held = rounds[0].measured.as_ref().unwrap();
        assert_eq!((rounds[0].as_of, rounds[0].seed), (report.as_of, report.seed));
        assert_eq!(
            (&held.snapshot, &held.keys, &held.freshness),
            (&measured.snapshot, &measured.keys, &measured.freshness)
        );
        assert_eq!((held.coverage, held.comparable), (measured.coverage, measured.comparable));
        let whole = history.reader().newest_drift(&measured.feature_view).unwrap();
        for (name, feature) in &measured.features {
            let newest = |subject| Some(whole.get(&(name.clone(), subject))?.checks.clone());
            let drift = newest(DriftSubject::Served).unwrap_or_default();
            let snapshot_drift = newest(DriftSubject::Snapshot);
            assert_eq!(&FeatureMeasurement { drift, snapshot_drift, ..again(held, name) }, feature);
        }
    }
}

#[test]
fn a_view_that_could_not_be_measured_is_a_failed_round() {
    let report = rich();
    let record = RoundRecord::of(&report, "user_history");
    assert_eq!((record.round.result, record.round.measured), (RoundResult::Failed, None));
    let failures: Vec<_> = record.round.failures.iter().map(|failure| failure.reason.as_str()).collect();
    assert_eq!(failures, ["not_found"]);
    assert_eq!(RoundRecord::of(&report, "user_features").round.result, RoundResult::Complete);
}

#[test]
fn each_check_has_the_status_that_the_report_gives_it() {
    let report = rich();
    let record = RoundRecord::of(&report, "user_features");
    assert_eq!(record.seen.len(), report.findings.len());
    let view = record.round.measured.unwrap();
    let (warning, critical) = (CheckStatus::Breach(Severity::Warning), CheckStatus::Breach(Severity::Critical));
    assert_eq!(view.statuses, [(CheckKind::Freshness, warning), (CheckKind::Coverage, CheckStatus::Pass)].into());
    let statuses: Vec<_> = view.features.iter().map(|(name, feature)| (name.as_str(), &feature.statuses)).collect();
    // Drift of `fraud_score` passed by one statistic and could not be judged by another.
    let [average, fraud, category] = [
        [(CheckKind::Skew, critical), (CheckKind::Drift, CheckStatus::Unknown)].into(),
        [(CheckKind::Skew, CheckStatus::Pass), (CheckKind::Drift, CheckStatus::Unknown)].into(),
        [(CheckKind::Skew, CheckStatus::Unknown), (CheckKind::Drift, warning)].into(),
    ];
    assert_eq!(
        statuses,
        [("avg_order_value_7d", &average), ("fraud_score", &fraud), ("preferred_category", &category)]
    );
}
