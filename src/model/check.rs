//! Checks, findings and what could not be judged.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a check looks at: a closed set, used as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// Rows beyond the freshness objective.
    Freshness,
    /// Keys or cells with a usable value.
    Coverage,
    /// Share of cells that can be compared at all.
    Comparable,
    /// Cells whose value differs from the paired version.
    Skew,
    /// Online rows that no offline version explains.
    Phantom,
    /// Entities that only the online store knows.
    MissingOffline,
    /// Cells that do not decode.
    Undecodable,
    /// Cells that changed in each of the readings.
    InFlight,
    /// Distance between the reference and the current values.
    Drift,
    /// Feast serves the view online and nothing was ever written.
    NeverMaterialized,
    /// Online event timestamps do not occur in the history.
    Timestamps,
    /// Cells that callers of the serving path get otherwise than the online store holds them.
    Serving,
}

impl CheckKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Freshness,
        Self::Coverage,
        Self::Comparable,
        Self::Skew,
        Self::Phantom,
        Self::MissingOffline,
        Self::Undecodable,
        Self::InFlight,
        Self::Drift,
        Self::NeverMaterialized,
        Self::Timestamps,
        Self::Serving,
    ];

    /// The name used in configuration, in reports and as a label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Freshness => "freshness",
            Self::Coverage => "coverage",
            Self::Comparable => "comparable",
            Self::Skew => "skew",
            Self::Phantom => "phantom",
            Self::MissingOffline => "missing_offline",
            Self::Undecodable => "undecodable",
            Self::InFlight => "in_flight",
            Self::Drift => "drift",
            Self::NeverMaterialized => "never_materialized",
            Self::Timestamps => "timestamps",
            Self::Serving => "serving",
        }
    }
}

impl fmt::Display for CheckKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How bad a breach is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Look at it this week.
    Warning,
    /// Look at it now.
    Critical,
}

impl Severity {
    /// Both, from mild to grave.
    pub const ALL: [Self; 2] = [Self::Warning, Self::Critical];

    /// The label's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Limits of one check; a figure on the limit passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Beyond this is a warning; `None` never warns.
    pub warning: Option<f64>,
    /// Beyond this is critical; `None` is never critical.
    pub critical: Option<f64>,
    /// Fewest observations for a verdict.
    pub minimum_n: u64,
}

impl Limits {
    /// The limit that is broken first: the warning, or where there is none the critical one.
    #[must_use]
    pub fn least(&self) -> Option<f64> {
        self.warning.or(self.critical)
    }
}

/// The statistics of drift that a check can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriftStatistic {
    /// Population stability index on the reference's deciles or levels.
    Psi,
    /// Kolmogorov–Smirnov distance.
    Ks,
    /// Jensen–Shannon distance to base 2.
    Js,
    /// Total variation distance.
    Tvd,
    /// Cramér's V.
    CramersV,
    /// Move of the share of rows without a value: nulls, NaNs and infinities.
    Missing,
    /// Share of current rows with a key that the reference does not have, beyond what its size explains.
    Unseen,
    /// Share of current values outside the range of the reference, beyond what its size explains.
    OutOfRange,
}

impl DriftStatistic {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Psi, Self::Ks, Self::Js, Self::Tvd, Self::CramersV, Self::Missing, Self::Unseen, Self::OutOfRange];

    /// The name used in configuration and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Psi => "psi",
            Self::Ks => "ks",
            Self::Js => "js",
            Self::Tvd => "tvd",
            Self::CramersV => "cramers_v",
            Self::Missing => "missing",
            Self::Unseen => "unseen",
            Self::OutOfRange => "out_of_range",
        }
    }

    /// Whether its figures are shares of rows, which read better in percent, and no distances.
    #[must_use]
    pub const fn is_share(self) -> bool {
        match self {
            Self::Missing | Self::Unseen | Self::OutOfRange => true,
            Self::Psi | Self::Ks | Self::Js | Self::Tvd | Self::CramersV => false,
        }
    }
}

/// All checks of one feature, or of a view as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckRules {
    /// Age that a row may have before it counts against the freshness budget; `None` does not judge freshness.
    pub freshness_objective: Option<std::time::Duration>,
    /// Time since the snapshot's watermark after which the snapshot is too old; `None` for no limit. Exported beside the
    /// watermark for alerts to compare, because a snapshot ages between rounds too; no check of a round.
    pub snapshot_max_age: Option<std::time::Duration>,
    /// Share of rows that may lie beyond the objective.
    pub freshness: Limits,
    /// Least share of keys (or cells) with a usable value; below is a breach.
    pub coverage: Limits,
    /// Least share of comparable cells; below is a breach.
    pub comparable: Limits,
    /// Most share of comparable cells that are skewed.
    pub skew: Limits,
    /// Most share of phantom cells.
    pub phantom: Limits,
    /// Most share of cells missing offline.
    pub missing_offline: Limits,
    /// Most share of undecodable cells.
    pub undecodable: Limits,
    /// Most share of cells in flight.
    pub in_flight: Limits,
    /// Most share of cells that the serving path gives otherwise than the online store.
    pub serving: Limits,
    /// Most distance per statistic.
    pub drift: Vec<(DriftStatistic, Limits)>,
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Within its limits.
    Pass,
    /// Beyond a limit.
    Breach(Breach),
    /// Not judged, and why: never a pass.
    Unknown(String),
}

/// A figure beyond its limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// The graver of the limits broken.
    pub severity: Severity,
    /// The figure.
    pub observed: f64,
    /// The limit.
    pub threshold: f64,
    /// Observations behind the figure.
    pub n: u64,
}

/// A breach, in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What was checked.
    pub check: CheckKind,
    /// The view.
    pub feature_view: String,
    /// The feature; `None` for the view as a whole.
    pub feature: Option<String>,
    /// How bad.
    pub severity: Severity,
    /// The figure observed.
    pub observed: f64,
    /// The limit broken.
    pub threshold: f64,
    /// Observations behind the figure.
    pub n: u64,
    /// The sentence that a person reads.
    pub message: String,
    /// What features share whose findings are one incident: the cause and the cells hit, as a text; `None` where no cause
    /// is known. Not part of the JSON output.
    #[serde(skip)]
    pub incident: Option<String>,
    /// Findings of other features that are parts of this one. Each part has its own figures, and no parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Finding>,
}

/// What a finding is told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingKey {
    /// The view.
    pub feature_view: String,
    /// The feature; `None` for the view as a whole.
    pub feature: Option<String>,
    /// What was checked.
    pub check: CheckKind,
}

/// Where a finding is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingState {
    /// There is none, or it is resolved.
    Quiet,
    /// Seen, and not yet in enough rounds.
    Waiting,
    /// Told, at this severity.
    Firing(Severity),
}

impl FindingState {
    /// The value of the series `finding_state`: 0 none, 1 warning firing, 2 critical firing.
    #[must_use]
    pub const fn series_value(self) -> u8 {
        match self {
            Self::Quiet | Self::Waiting => 0,
            Self::Firing(Severity::Warning) => 1,
            Self::Firing(Severity::Critical) => 2,
        }
    }
}

impl Finding {
    /// What it is told apart by.
    #[must_use]
    pub fn key(&self) -> FindingKey {
        FindingKey { feature_view: self.feature_view.clone(), feature: self.feature.clone(), check: self.check }
    }

    /// It and its parts.
    pub fn each(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.with)
    }
}

/// A check that could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unjudged {
    /// What was to be checked.
    pub check: CheckKind,
    /// The view.
    pub feature_view: String,
    /// The feature; `None` for the view as a whole.
    pub feature: Option<String>,
    /// Why not, as a clause.
    pub reason: String,
}

/// A check that was judged and kept its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// What was checked.
    pub check: CheckKind,
    /// The view.
    pub feature_view: String,
    /// The feature; `None` for the view as a whole.
    pub feature: Option<String>,
}

/// A stage of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Choosing keys and reading both sides.
    Sample,
    /// Turning a sample into figures.
    Measure,
    /// Holding figures against limits.
    Judge,
    /// Telling others, and keeping what was read or found. The figures of the round do not suffer.
    Publish,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Sample, Self::Measure, Self::Judge, Self::Publish];

    /// The label's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Measure => "measure",
            Self::Judge => "judge",
            Self::Publish => "publish",
        }
    }

    /// The participle for sentences: "could not be sampled".
    #[must_use]
    pub const fn past(self) -> &'static str {
        match self {
            Self::Sample => "sampled",
            Self::Measure => "measured",
            Self::Judge => "judged",
            Self::Publish => "published",
        }
    }
}

impl Failure {
    /// Whether figures are missing because of it.
    #[must_use]
    pub const fn costs_figures(&self) -> bool {
        match self.stage {
            Stage::Sample | Stage::Measure | Stage::Judge => true,
            Stage::Publish => false,
        }
    }
}

/// Something that could not be done for one view; the other views go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The view.
    pub feature_view: String,
    /// The stage that failed.
    pub stage: Stage,
    /// The reason in one word, for metrics.
    pub reason: &'static str,
    /// The whole chain of causes.
    pub message: String,
}
