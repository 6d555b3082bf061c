//! The figures of one feature.

use schemars::JsonSchema;
use serde::Serialize;

use crate::history::{DriftSubject, FeatureFigures, RoundRecord};
use crate::model::cause::Diagnosis;
use crate::model::check::{CheckRules, DriftStatistic};
use crate::model::lag_profile::LagProfile;
use crate::model::measurement::{DifferenceMeasurement, DriftMeasurement, ExpiredServed, LagMeasurement};
use crate::model::measurement::{LayerCounts, VerdictCounts};
use crate::model::ratio::Ratio;
use crate::model::view::Feature;
use crate::stats::interval::wilson;

use super::checks::CheckState;

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Proportion {
    /// The share; `null` when nothing was counted.
    pub ratio: Option<Ratio>,
    /// What was counted.
    pub n: u64,
    /// Lower end of the 95 % Wilson interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

impl Proportion {
    /// So many of so many.
    #[must_use]
    pub fn of(part: u64, n: u64) -> Self {
        let interval = wilson(part, n);
        Self {
            ratio: Ratio::of(part, n),
            n,
            lower: interval.map(|interval| interval.lower),
            upper: interval.map(|interval| interval.upper),
        }
    }
}

/// Skew of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FeatureSkew {
    /// Skewed cells of those that could be compared.
    #[serde(flatten)]
    pub mismatch: Proportion,
    /// Symmetric mean absolute percentage error over the comparable numeric cells, from 0 to 2.
    pub smape: Option<f64>,
    /// The share beyond which it is a warning; `null` never warns.
    pub warning: Option<f64>,
    /// The share beyond which it is critical; `null` is never critical.
    pub critical: Option<f64>,
}

/// Which values were held against the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriftWord {
    /// Those served.
    Served,
    /// Those of the newest snapshot, against the one before.
    Snapshot,
}

/// Drift of a feature by one statistic.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DriftState {
    /// Which values.
    pub subject: DriftWord,
    /// The statistic.
    pub statistic: DriftStatistic,
    /// The result.
    #[serde(flatten)]
    pub measured: DriftMeasurement,
    /// The effect beyond which it is a warning; `null` where the statistic does not warn.
    pub warning: Option<f64>,
    /// The effect beyond which it is critical; `null` where it is never.
    pub critical: Option<f64>,
}

/// The figures of one feature in the newest round; those that the round does not have are `null` or empty.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FeatureState {
    /// Its name.
    pub name: String,
    /// Its type, such as `int64`.
    pub kind: String,
    /// Its checks.
    pub checks: Vec<CheckState>,
    /// Usable cells of those that could have been usable.
    pub coverage: Option<Proportion>,
    /// Nulls among the usable cells.
    pub nulls: Option<Proportion>,
    /// Skewed cells of those that could be compared.
    pub skew: Option<FeatureSkew>,
    /// Size of the difference over the skewed numeric cells.
    pub difference: Option<DifferenceMeasurement>,
    /// Why values differ; `null` where none does.
    pub diagnosis: Option<Diagnosis>,
    /// Cells per verdict.
    pub verdicts: Option<VerdictCounts>,
    /// How the served expired cells compare.
    pub expired_served: Option<ExpiredServed>,
    /// Expired cells that were rightly gone.
    pub expired_absent: Option<u64>,
    /// Equal cells per layer of equality.
    pub equal: Option<LayerCounts>,
    /// How far stale cells lie behind.
    pub behind: Option<LagMeasurement>,
    /// How far values lag behind where rows carry no event timestamp; `null` where they do. Its points are not kept over a
    /// restart.
    pub lag_profile: Option<LagProfile>,
    /// Drift by statistic, of served values and of snapshots.
    pub drift: Vec<DriftState>,
}

impl FeatureState {
    /// What a round (`None`: there was none) says of a feature that is held against `rules`.
    pub(super) fn of(
        feature: &Feature,
        checks: Vec<CheckState>,
        (record, rules): (Option<&RoundRecord>, &CheckRules),
    ) -> Self {
        let measured = record.and_then(|record| record.round.measured.as_ref());
        let figures = measured.and_then(|measured| measured.features.get(&feature.name));
        Self {
            name: feature.name.clone(),
            kind: feature.kind.to_string(),
            checks,
            coverage: figures.map(|figures| Proportion::of(figures.coverage.part(), figures.coverage.n)),
            nulls: figures.map(|figures| Proportion::of(figures.nulls, figures.coverage.part())),
            skew: figures.map(|figures| skew(figures, rules)),
            difference: figures.map(|figures| figures.difference),
            diagnosis: record.and_then(|record| record.causes.get(&feature.name).cloned()),
            verdicts: figures.map(|figures| figures.verdicts),
            expired_served: figures.map(|figures| figures.expired_served),
            expired_absent: figures.map(|figures| figures.expired_absent),
            equal: figures.map(|figures| figures.layers),
            behind: figures.map(|figures| figures.lag),
            lag_profile: record.and_then(|record| record.side.lags.get(&feature.name).cloned()),
            drift: record.map(|record| drift(record, &feature.name, rules)).unwrap_or_default(),
        }
    }
}

pub(super) fn skew(figures: &FeatureFigures, rules: &CheckRules) -> FeatureSkew {
    FeatureSkew {
        mismatch: Proportion::of(figures.skew.part(), figures.skew.n),
        smape: figures.smape,
        warning: rules.skew.warning,
        critical: rules.skew.critical,
    }
}

/// Results per subject and statistic.
pub(super) fn drift(record: &RoundRecord, feature: &str, rules: &CheckRules) -> Vec<DriftState> {
    let of_subject = |subject: DriftSubject| {
        let checks = record.drift.get(&(feature.to_owned(), subject));
        checks.into_iter().flatten().map(move |(statistic, measured)| {
            let limits = rules.drift.iter().find(|(named, _)| named == statistic).map(|(_, limits)| limits);
            DriftState {
                subject: match subject {
                    DriftSubject::Served => DriftWord::Served,
                    DriftSubject::Snapshot => DriftWord::Snapshot,
                },
                statistic: *statistic,
                measured: measured.clone(),
                warning: limits.and_then(|limits| limits.warning),
                critical: limits.and_then(|limits| limits.critical),
            }
        })
    };
    DriftSubject::ALL.into_iter().flat_map(of_subject).collect()
}
