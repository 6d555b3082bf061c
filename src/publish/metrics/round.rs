//! From a round of one view to the rows of each family; a figure that does not exist gives no row.

use super::family;
use super::row::{Families, Row, real, row};
use super::side;
use crate::history::{CheckStatus, DriftSubject, FeatureFigures, RoundRecord, RoundResult, ViewFigures};
use crate::model::captured::CapturedMeasurement;
use crate::model::check::Severity;
use crate::model::ratio::Ratio;
use crate::model::verdict::Verdict;
use crate::model::view::FreshnessBasis;
use crate::stats::interval::wilson;

/// The figures that the round leaves behind; none where the view could not be measured.
pub(in crate::publish) fn gauges(record: &RoundRecord) -> Families<'_> {
    let view = record.round.view.as_str();
    let Some(measured) = &record.round.measured else { return Vec::new() };
    let one = |value: Option<f64>| row([view], value).into_iter().collect::<Vec<_>>();
    let newest = measured.freshness.newest_event_timestamp;
    let mut families = vec![
        (&family::NEWEST_EVENT, one(newest.map(|newest| newest.seconds()))),
        (&family::COVERAGE, one(measured.coverage.ratio.map(Ratio::get))),
        (&family::COMPARABLE, one(measured.comparable.ratio.map(Ratio::get))),
        (&family::WATERMARK, one(measured.snapshot.watermark.map(|watermark| watermark.seconds()))),
        (&family::SNAPSHOT_MODIFIED, one(measured.snapshot.modified.map(|modified| modified.seconds()))),
    ];
    let of_features = |figure: &dyn Fn(&FeatureFigures) -> Option<f64>| -> Vec<Row<'_>> {
        measured.features.iter().filter_map(|(name, feature)| row([view, name], figure(feature))).collect()
    };
    let lower = |feature: &FeatureFigures| wilson(feature.skew.part(), feature.skew.n).map(|interval| interval.lower);
    families.extend([
        (&family::FEATURE_COVERAGE, of_features(&|feature| feature.coverage.ratio.map(Ratio::get))),
        (&family::SKEW, of_features(&|feature| feature.skew.ratio.map(Ratio::get))),
        (&family::SKEW_LOWER, of_features(&lower)),
    ]);
    let (mut distances, mut floors) = (Vec::new(), Vec::new());
    for ((name, subject), checks) in &record.drift {
        match subject {
            DriftSubject::Snapshot => continue,
            DriftSubject::Served => {}
        }
        for (statistic, drift) in checks.iter().filter(|(_, drift)| drift.threshold.is_some()) {
            distances.extend(row([view, name, statistic.name()], drift.distance));
            floors.extend(row([view, name, statistic.name()], drift.noise_floor));
        }
    }
    let tops = record
        .causes
        .iter()
        .filter_map(|(name, diagnosis)| Some((name, diagnosis.of_skew().next().or(diagnosis.top())?)));
    let causes = tops.filter_map(|(name, top)| row([view, name, top.cause.name()], top.share?.get())).collect();
    families.push((&family::SKEW_CAUSE, causes));
    families.extend([(&family::DRIFT, distances), (&family::DRIFT_FLOOR, floors)]);
    families.extend(side::gauges(record));
    families
}

/// What the round counted.
pub(in crate::publish) fn counts(record: &RoundRecord) -> Families<'_> {
    let view = record.round.view.as_str();
    let Some(measured) = &record.round.measured else { return Vec::new() };
    // Basis `view` counts the view and no keys.
    let beyond = match measured.freshness.basis {
        FreshnessBasis::Row | FreshnessBasis::Version => measured.freshness.beyond_objective.map(real),
        FreshnessBasis::View => None,
    };
    let one = |value: Option<f64>| row([view], value).into_iter().collect::<Vec<_>>();
    let mut cells = Vec::new();
    let mut expired = Vec::new();
    for (name, feature) in &measured.features {
        let counted =
            |(label, count): (&'static str, u64)| (count > 0).then(|| row([view, name, label], real(count)))?;
        cells.extend(
            Verdict::ALL
                .map(|verdict| (verdict.name(), feature.verdicts.count(verdict)))
                .into_iter()
                .filter_map(counted),
        );
        let served = &feature.expired_served;
        let outcomes = [
            ("consistent", served.consistent),
            ("stale", served.stale),
            ("skewed", served.skewed),
            ("unverified", served.unverified),
            ("absent", feature.expired_absent),
        ];
        expired.extend(outcomes.into_iter().filter_map(counted));
    }
    let mut families = vec![
        (&family::SAMPLED_KEYS, one(Some(real(measured.keys.asked)))),
        (&family::SAMPLED_KEYS_BEYOND, one(beyond)),
        (&family::SAMPLED_KEYS_COMPLETE, one(Some(real(measured.coverage.part())))),
        (&family::CELLS, cells),
        (&family::EXPIRED_CELLS, expired),
    ];
    families.extend(side::counts(record));
    families
}

/// What captured rows say.
pub(super) fn captured<'a>(view: &'a str, captured: &'a CapturedMeasurement) -> Families<'a> {
    let skew = captured
        .features
        .iter()
        .filter_map(|(name, feature)| row([view, name.as_str()], feature.skew.ratio.map(Ratio::get)));
    let comparable = row([view], captured.comparable.ratio.map(Ratio::get));
    vec![(&family::CAPTURED_COMPARABLE, comparable.into_iter().collect()), (&family::CAPTURED_SKEW, skew.collect())]
}

/// What each check said; where a check has several outcomes (drift by two statistics) the worst is shown.
pub(in crate::publish) fn statuses(record: &RoundRecord) -> Vec<Row<'_>> {
    let view = record.round.view.as_str();
    let Some(measured) = &record.round.measured else { return Vec::new() };
    let features = measured.features.iter().map(|(name, feature)| (name.as_str(), &feature.statuses));
    std::iter::once(("", &measured.statuses))
        .chain(features)
        .flat_map(|(feature, statuses)| statuses.iter().map(move |(check, status)| (feature, check, status)))
        .filter_map(|(feature, check, status)| row([view, feature, check.name()], status_value(*status)))
        .collect()
}

/// The value of `check_status`.
pub(super) const fn status_value(status: CheckStatus) -> f64 {
    match status {
        CheckStatus::Pass => 0.0,
        CheckStatus::Unknown => -1.0,
        CheckStatus::Breach(severity) => severity_value(severity),
    }
}

/// The value of a breach in `check_status` and `finding_state`.
pub(super) const fn severity_value(severity: Severity) -> f64 {
    match severity {
        Severity::Warning => 1.0,
        Severity::Critical => 2.0,
    }
}

/// Cells asked for and cells that the store did not answer.
#[must_use]
pub fn cells(measured: &ViewFigures) -> (u64, u64) {
    let features = || measured.features.values();
    let all = features().map(|feature| feature.verdicts.total()).sum();
    (all, features().map(|feature| feature.verdicts.count(Verdict::Unread)).sum())
}

/// Whether the round read everything that it wanted.
pub(in crate::publish) fn is_complete(record: &RoundRecord) -> bool {
    record.round.result == RoundResult::Complete
}
