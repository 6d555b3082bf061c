//! What callers were given, by a log of their requests: figures that weigh each entity by how often it is asked for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::{Share, VerdictCounts};
use super::measurement::{CoverageMeasurement, DifferenceMeasurement, SkewMeasurement};
use super::time::Timestamp;

/// What the requests of a log were given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedMeasurement {
    /// The first request that was looked at; `null` where there is none.
    pub from: Option<Timestamp>,
    /// The last one.
    pub to: Option<Timestamp>,
    /// Requests: each is one of one entity.
    pub requests: u64,
    /// Entities that they asked for.
    pub keys: u64,
    /// Requests that were given every feature that is logged.
    pub coverage: Share,
    /// Share of cells whose values could be compared.
    pub comparable: Share,
    /// Figures per feature that is logged; each request counts.
    pub features: BTreeMap<String, LoggedFeature>,
}

/// What the requests of a log were given of one feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedFeature {
    /// Cells per verdict.
    pub verdicts: VerdictCounts,
    /// Share of requests that were given a usable value.
    pub coverage: CoverageMeasurement,
    /// Share of comparable values that differ from training.
    pub skew: SkewMeasurement,
    /// Size of the difference over the skewed numeric cells.
    pub difference: DifferenceMeasurement,
}

impl LoggedMeasurement {
    /// Skewed values of those that could be compared, over all features that are logged.
    #[must_use]
    pub fn skew(&self) -> Share {
        let of = |feature: &LoggedFeature| Share { ratio: feature.skew.ratio, n: feature.skew.n };
        self.features.values().map(of).fold(Share::default(), Share::merge)
    }
}
