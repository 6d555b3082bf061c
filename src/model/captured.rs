//! Online rows captured at a snapshot's cut, and what they say once that snapshot is there.
//!
//! A row of a stream-fed view moves on before its snapshot arrives, and is then newer than anything it could be held
//! against. What was read at the cut itself can be.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::{ExpiredServed, Share, VerdictCounts};
use super::entity::EntityKey;
use super::lag_profile::LagProfile;
use super::measurement::{DifferenceMeasurement, SkewMeasurement};
use super::online::OnlineRow;
use super::time::Timestamp;
use super::view::FeatureView;

/// The rows of one view at one cut.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// Name of the view.
    pub feature_view: String,
    /// The cut: the appointment at which the rows were to be read.
    pub cut: Timestamp,
    /// What the rows hold.
    pub layout: CaptureLayout,
    /// The rows that the store answered, each key once.
    pub rows: Vec<CapturedRow>,
}

/// One captured row.
#[derive(Clone, Debug, PartialEq)]
pub struct CapturedRow {
    /// Whose row it is.
    pub key: EntityKey,
    /// When it was read.
    pub read_at: Timestamp,
    /// What the store held; its cells are in the order of the layout's features.
    pub row: OnlineRow,
}

/// Names and types at the time of a capture: the view may have changed when its rows are judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureLayout {
    /// Join keys with their types, in the order of the keys' values.
    pub join_keys: Vec<(String, String)>,
    /// Features with their types, in the order of the rows' cells.
    pub features: Vec<(String, String)>,
}

impl CaptureLayout {
    /// That of a view as it is.
    #[must_use]
    pub fn of(view: &FeatureView) -> Self {
        Self {
            join_keys: view.join_keys.iter().map(|key| (key.name.clone(), key.kind.name().to_owned())).collect(),
            features: view.features.iter().map(|feature| (feature.name.clone(), feature.kind.to_string())).collect(),
        }
    }
}

/// What the captured rows of one cut say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapturedMeasurement {
    /// The cut.
    pub cut: Timestamp,
    /// When the round began that held them against the snapshot.
    pub settled_at: Timestamp,
    /// Rows that were judged.
    pub rows: u64,
    /// Rows that had already been replaced when they were read: their event timestamp lies after the cut.
    pub superseded: u64,
    /// Share of cells whose values could be compared.
    pub comparable: Share,
    /// Figures per feature that the view had then and still has.
    pub features: BTreeMap<String, CapturedFeature>,
}

/// What the captured cells of one feature say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapturedFeature {
    /// Cells per verdict.
    pub verdicts: VerdictCounts,
    /// How the served expired cells compare.
    pub expired_served: ExpiredServed,
    /// Expired cells that were rightly gone.
    pub expired_absent: u64,
    /// Share of comparable cells with another value.
    pub skew: SkewMeasurement,
    /// Size of the difference over the skewed numeric cells.
    pub difference: DifferenceMeasurement,
    /// How far values lag behind where rows carry no event timestamp, without its points; left out where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_profile: Option<LagProfile>,
}

/// What became of captured rows. Each is counted once: those captured are the sum of all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaptureCounts {
    /// Rows captured.
    pub captured: u64,
    /// Those whose snapshot is not there yet.
    pub waiting: u64,
    /// Those held against the snapshot of their cut.
    pub settled: u64,
    /// Those that had already been replaced when they were read.
    pub superseded: u64,
    /// Those given up because their snapshot did not come in time.
    pub expired: u64,
}
