//! The figures of one round, in the shape in which they are published.
//!
//! A figure that does not exist is `None` (`null` in JSON), never 0. Ratios are shares from 0 to 1, times are seconds,
//! every figure carries the n behind it. Field names are the names of the JSON output.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bars::Bars;
use super::captured::CapturedMeasurement;
use super::cause::{Diagnosis, RowFaults};
use super::check::{DriftStatistic, Failure, Finding, Passed, Unjudged};
pub use super::counts::{ExpiredServed, LayerCounts, Share, VerdictCounts};
use super::exhibit::{Examples, Values};
use super::lag::LagHistogram;
use super::lag_profile::LagProfile;
use super::logged::LoggedMeasurement;
use super::ratio::Ratio;
use super::served::ServedMeasurement;
use super::time::Timestamp;
use super::view::{FreshnessBasis, NotWatched, Pairing};

/// The whole result of a round.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoundReport {
    /// The instant that stood for "now".
    pub as_of: Timestamp,
    /// When the round began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Seed of the choice of keys.
    pub seed: u64,
    /// One entry per view that could be measured, in the order of the plan.
    pub views: Vec<ViewMeasurement>,
    /// Views that are known and not watched.
    pub not_watched: Vec<NotWatched>,
    /// What could not be read.
    pub failures: Vec<Failure>,
    /// Breaches, gravest first.
    pub findings: Vec<Finding>,
    /// Checks that could not be judged.
    pub unknown: Vec<Unjudged>,
    /// Checks that were judged, breaches included.
    pub judged: u64,
    /// Checks that kept their limits; not part of the JSON output.
    #[serde(skip)]
    pub passed: Vec<Passed>,
}

/// The figures of one view.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ViewMeasurement {
    /// Name of the view.
    pub feature_view: String,
    /// Feast project, where there is one.
    pub project: Option<String>,
    /// How online rows were paired with offline versions.
    pub pairing: Pairing,
    /// The offline side.
    pub snapshot: SnapshotMeasurement,
    /// How far the online store's keys were walked through; `None` where it is no source of keys.
    pub scan: Option<ScanMeasurement>,
    /// Keys asked and found.
    pub keys: KeyCounts,
    /// Age of the rows read.
    pub freshness: FreshnessMeasurement,
    /// Share of keys for which every feature is usable.
    pub coverage: Share,
    /// Share of cells whose values could be compared.
    pub comparable: Share,
    /// Whether online event timestamps occur in the history.
    pub timestamps: Timestamps,
    /// What befell whole rows; left out of the JSON output where nothing did.
    #[serde(skip_serializing_if = "RowFaults::is_empty")]
    pub rows: RowFaults,
    /// How long the pipeline takes from an event to its offline row; `None` where the snapshot has no time of writing.
    pub pipeline: Option<PipelineLag>,
    /// When the snapshots were compared and the reference was read; `None` where that was in this round.
    pub compared_at: Option<Timestamp>,
    /// The rows captured at the newest cut that was settled; `None` where there are none, or they are too old.
    pub captured: Option<CapturedMeasurement>,
    /// What callers of the serving path get; left out of the JSON output where none is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served: Option<ServedMeasurement>,
    /// What requests were given, by their log; left out of the JSON output where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logged: Option<LoggedMeasurement>,
    /// Figures per feature.
    pub features: BTreeMap<String, FeatureMeasurement>,
    /// Some of the cells that checks are about. Not part of the JSON output.
    #[serde(skip)]
    pub examples: Examples,
}

impl ViewMeasurement {
    /// The same as far as others may see it; examples keep their values, whoever shows them decides.
    #[must_use]
    pub fn shown(mut self, values: Values) -> Self {
        for feature in self.features.values_mut() {
            feature.diagnosis = feature.diagnosis.take().map(|diagnosis| diagnosis.shown(values));
            feature.distributions = feature.distributions.take().map(|bars| bars.shown(values));
        }
        self
    }
}

/// Time from an event to the writing of its offline row (created − event timestamp), over the newest version of each
/// sampled entity; seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PipelineLag {
    /// Versions that were written after their event.
    pub n: u64,
    /// Versions that say to have been written before their event; in no other figure.
    pub before_event: u64,
    /// Median.
    pub p50_seconds: Option<f64>,
    /// 99th percentile.
    pub p99_seconds: Option<f64>,
    /// Largest.
    pub max_seconds: Option<f64>,
}

/// How far the keys of the online store were walked through. A walk may take several rounds; the keys of the last one that
/// came around are used while the next is under way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScanMeasurement {
    /// About which share of the key space the online keys of the sample were chosen from; `None` where the store does not
    /// say how much it holds.
    pub covered: Option<Ratio>,
    /// About which share the walk that is under way has come past; `None` where none is, or the store does not say.
    pub under_way: Option<Ratio>,
}

/// How online event timestamps meet the history; counted in `version` pairing only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Timestamps {
    /// Rows of known entities whose event timestamp lies between their oldest version and the watermark.
    pub inside: u64,
    /// Those whose event timestamp is that of a version.
    pub known: u64,
}

/// The offline side of a view.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SnapshotMeasurement {
    /// Digest of the files read.
    pub identity: String,
    /// Up to which event time the snapshot is complete.
    pub watermark: Option<Timestamp>,
    /// From which event time the history is held.
    pub horizon: Option<Timestamp>,
    /// When the file written last was written; `None` where no file was read.
    pub modified: Option<Timestamp>,
    /// What served values were held against for drift: the address of a snapshot or profile; `None` where it was the
    /// newest offline values of the same entities.
    pub reference: Option<String>,
    /// The two snapshots that were held against each other; `None` where there were no two.
    pub compared: Option<ComparedSnapshots>,
}

/// Two snapshots that follow one another, by the names of their partitions, such as `dt=2026-06-14`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ComparedSnapshots {
    /// The one before: the reference.
    pub before: String,
    /// The newest one.
    pub newest: String,
}

/// Keys asked and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyCounts {
    /// Keys in the sample.
    pub asked: u64,
    /// Keys with a row online.
    pub online: u64,
    /// Keys with a version offline.
    pub offline: u64,
    /// Keys with both.
    pub both: u64,
}

/// Age of the rows read; seconds.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FreshnessMeasurement {
    /// What counts against the objective.
    pub basis: FreshnessBasis,
    /// Rows with a readable event timestamp that is not in the future.
    pub n: u64,
    /// Smallest lag: the age of the newest row.
    pub min_seconds: Option<f64>,
    /// Median lag.
    pub p50_seconds: Option<f64>,
    /// 95th percentile.
    pub p95_seconds: Option<f64>,
    /// 99th percentile.
    pub p99_seconds: Option<f64>,
    /// Largest lag.
    pub max_seconds: Option<f64>,
    /// Rows (for basis `view`: the view, 0 or 1) beyond the objective; `None` without an objective.
    pub beyond_objective: Option<u64>,
    /// Rows served past the view's time-to-live; `None` when the view never expires.
    pub past_ttl: Option<u64>,
    /// Rows whose event timestamp lies after the read time.
    pub from_the_future: u64,
    /// The newest event timestamp read that is not in the future.
    pub newest_event_timestamp: Option<Timestamp>,
    /// The objective; `None` when there is none.
    pub objective_seconds: Option<f64>,
    /// How the lags of the n rows are distributed; not part of the JSON output.
    #[serde(skip)]
    pub lags: LagHistogram,
}

/// The figures of one feature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureMeasurement {
    /// Cells per verdict.
    pub verdicts: VerdictCounts,
    /// How the served expired cells compare.
    pub expired_served: ExpiredServed,
    /// Expired cells that were rightly gone.
    pub expired_absent: u64,
    /// Equal cells per layer of equality.
    pub layers: LayerCounts,
    /// How far stale cells lie behind.
    pub lag: LagMeasurement,
    /// Share of cells with a usable value.
    pub coverage: CoverageMeasurement,
    /// Share of comparable cells with another value.
    pub skew: SkewMeasurement,
    /// Size of the difference over the skewed numeric cells.
    pub difference: DifferenceMeasurement,
    /// Why values differ; left out of the JSON output where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Diagnosis>,
    /// How far values lag behind where rows carry no event timestamp; left out of the JSON output where they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_profile: Option<LagProfile>,
    /// Distance between reference and served values.
    pub drift: BTreeMap<DriftStatistic, DriftMeasurement>,
    /// Distance between the newest snapshot and the one before; `None` where there is nothing to compare.
    pub snapshot_drift: Option<BTreeMap<DriftStatistic, DriftMeasurement>>,
    /// What served values were held against, beside them; `None` where there is nothing to compare. Not part of the JSON
    /// output.
    #[serde(skip)]
    pub distributions: Option<Bars>,
}

/// How far stale cells lie behind, in versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct LagMeasurement {
    /// Median over the stale cells whose version is held.
    pub versions_p50: Option<u64>,
    /// Largest.
    pub versions_max: Option<u64>,
}

/// Coverage of one feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CoverageMeasurement {
    /// Usable cells; a null is usable.
    pub ratio: Option<Ratio>,
    /// Cells that could have been usable.
    pub n: u64,
    /// Nulls among the usable cells.
    pub null_ratio: Option<Ratio>,
}

/// Skew of one feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkewMeasurement {
    /// Skewed ÷ comparable cells.
    pub ratio: Option<Ratio>,
    /// Comparable cells.
    pub n: u64,
    /// Lower end of the 95 % Wilson interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// Symmetric mean absolute percentage error over the comparable numeric cells, from 0 to 2.
    pub smape: Option<f64>,
}

/// Size of the difference over the skewed numeric cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceMeasurement {
    /// Median of |online − offline|.
    pub abs_p50: Option<f64>,
    /// 99th percentile of |online − offline|.
    pub abs_p99: Option<f64>,
    /// Median of |online − offline| ÷ |offline|, where offline is not 0.
    pub rel_p50: Option<f64>,
    /// 99th percentile of the same.
    pub rel_p99: Option<f64>,
}

/// Distance between reference and current values by one statistic, and whether it is real.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftMeasurement {
    /// The distance as its definition has it; `None` when one side has no value.
    pub distance: Option<f64>,
    /// What samples of these sizes from equal distributions exceed in 5 % of draws.
    pub noise_floor: Option<f64>,
    /// The distance without what chance adds to it: what verdicts go by.
    pub effect: Option<f64>,
    /// Lower end of the 95 % interval of the effect.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// The largest effect that passes; `None` where the statistic is measured and not judged.
    pub threshold: Option<f64>,
    /// Probability of a distance at least this large if the true effect were at most the threshold.
    pub p_value: Option<f64>,
    /// Probability of a distance at least this large if both sides came from one distribution.
    pub p_equal: Option<f64>,
    /// The p-value after Benjamini and Hochberg, over every check of the run.
    pub q_value: Option<f64>,
    /// The verdict.
    pub verdict: DriftVerdict,
    /// Why there is none; `None` for a verdict other than unknown.
    pub reason: Option<DriftReason>,
    /// Values on the reference side; rows for a share of rows.
    pub reference_n: u64,
    /// Values on the current side; rows for a share of rows.
    pub current_n: u64,
    /// How many the reference would have to have for a verdict; `None` where it has enough.
    pub needed_reference_n: Option<u64>,
    /// How many the current side would have to have; `None` where it has enough, or where none suffice.
    pub needed_current_n: Option<u64>,
}

/// Whether a feature drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriftVerdict {
    /// Beyond the limit, for certain.
    Drifted,
    /// Within the limit, for certain.
    Stable,
    /// The data cannot tell.
    Unknown,
}

/// Why the data cannot tell whether a feature drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriftReason {
    /// A side has too few values for this limit.
    Underpowered,
    /// There are enough values, and the effect is too close to the limit.
    AtThreshold,
    /// A side has no valid value.
    Empty,
    /// Points in time move on by themselves, and the time of their snapshot is not known.
    NoSnapshotTime,
    /// The two sides hold values of different kinds, as numbers and texts.
    DifferentKinds,
    /// The reference that is named could not be read.
    NoReference,
    /// The reference does not have the feature.
    NotInReference,
}
