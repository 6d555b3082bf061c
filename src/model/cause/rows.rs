//! What befell whole rows: they are gone, or were left behind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Faults of rows, beside those of values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowFaults {
    /// Rows that should be there and are not; `None` without any.
    pub missing: Option<MissingRows>,
    /// Rows of an older version under its own timestamp: those of the version before, and those of still older ones.
    pub behind: Vec<RowsBehind>,
    /// Rounds in which the snapshot had moved on and nothing online had, since anything online last did; a single round
    /// knows of none.
    pub unmoved_rounds: u32,
}

/// Rounds without movement from which nothing is being written.
pub const STANDSTILL: u32 = 2;

impl RowFaults {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.missing.is_none() && self.behind.is_empty() && self.unmoved_rounds == 0
    }
}

/// Rows that should be there and are not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissingRows {
    /// How many.
    pub rows: u64,
    /// The age from which nearly all rows are missing and nearly none before, in seconds: they expire too early. `None`
    /// where rows of any age are missing: they were lost, or never written.
    pub from_age_seconds: Option<f64>,
}

/// Rows that are behind the newest version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowsBehind {
    /// How many.
    pub rows: u64,
    /// Fewest versions that one of them is behind.
    pub least_versions: u64,
    /// Most versions that one of them is behind.
    pub most_versions: u64,
    /// Shortest event time that one of them is behind, in seconds.
    pub least_seconds: f64,
    /// Longest event time that one of them is behind, in seconds.
    pub most_seconds: f64,
}
