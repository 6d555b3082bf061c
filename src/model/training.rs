//! What training rows are worth: whether a point-in-time join of the snapshots gives their values.

use std::collections::BTreeMap;

use serde::Serialize;

use super::entity::{EntityKey, JoinKey};
use super::time::Timestamp;

/// What became of a training value, from the best to the gravest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingVerdict {
    /// An honest join gives it.
    Honest,
    /// The snapshots do not reach far enough to tell.
    Unverified,
    /// There is none, where an honest join gives one: the join's time-to-live was too short, or rows were missing.
    Missing,
    /// Of a version before the one that an honest join takes.
    Outdated,
    /// Of a version that was past the time-to-live.
    PastTtl,
    /// Of no version of the entity.
    Altered,
    /// The snapshots do not know the entity.
    UnknownEntity,
    /// Of a version that lay in the future.
    Leaked,
}

impl TrainingVerdict {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Honest,
        Self::Unverified,
        Self::Missing,
        Self::Outdated,
        Self::PastTtl,
        Self::Altered,
        Self::UnknownEntity,
        Self::Leaked,
    ];

    /// The name used in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Unverified => "unverified",
            Self::Missing => "missing",
            Self::Outdated => "outdated",
            Self::PastTtl => "past_ttl",
            Self::Altered => "altered",
            Self::UnknownEntity => "unknown_entity",
            Self::Leaked => "leaked",
        }
    }

    /// Whether no honest join gives the value.
    #[must_use]
    pub const fn is_dishonest(self) -> bool {
        match self {
            Self::Honest | Self::Unverified => false,
            Self::Missing | Self::Outdated | Self::PastTtl | Self::Altered | Self::UnknownEntity | Self::Leaked => true,
        }
    }
}

/// How many of something got which verdict; verdicts that nothing got are left out.
pub type TrainingCounts = BTreeMap<TrainingVerdict, u64>;

/// What the rows of a training set are worth that were looked at, for one view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrainingMeasurement {
    /// The view.
    pub feature_view: String,
    /// Digest of the snapshot's files.
    pub snapshot: String,
    /// Up to which event time the snapshot is complete.
    pub watermark: Option<Timestamp>,
    /// From which event time it holds rows.
    pub horizon: Option<Timestamp>,
    /// Rows of the training set with an entity key and a timestamp.
    pub rows_stored: u64,
    /// Rows without an entity key or a timestamp, which are of nobody.
    pub rows_skipped: u64,
    /// Rows that were looked at: those of the sampled entities.
    pub rows: u64,
    /// Entities that were looked at.
    pub entities: u64,
    /// Rows by their gravest cell.
    pub row_verdicts: TrainingCounts,
    /// Cells per feature.
    pub features: BTreeMap<String, TrainingCounts>,
    /// Features of the view that the training set does not have.
    pub not_in_set: Vec<String>,
    /// The rows that no honest join gives; not part of the JSON output.
    #[serde(skip)]
    pub dishonest: DishonestRows,
}

/// Rows that no honest join gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DishonestRows {
    /// What identifies an entity.
    pub join_keys: Vec<JoinKey>,
    /// The rows, by entity key and timestamp.
    pub rows: Vec<DishonestRow>,
}

/// A row that no honest join gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DishonestRow {
    /// The entity.
    pub key: EntityKey,
    /// The row's timestamp.
    pub timestamp: Timestamp,
    /// The verdict of its gravest cell.
    pub verdict: TrainingVerdict,
    /// Names of the features that no honest join gives.
    pub features: Vec<String>,
    /// Event timestamp of the version that most of these values are of; `None` where they are of none.
    pub source_event_timestamp: Option<Timestamp>,
    /// Event timestamp of the version that an honest join takes; `None` where it takes none.
    pub honest_event_timestamp: Option<Timestamp>,
}
