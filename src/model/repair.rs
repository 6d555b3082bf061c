//! Rows to be written again: whose online row lacks what the snapshots have.

use super::entity::{EntityKey, JoinKey};
use super::time::Timestamp;

/// The rows of one view to be written again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairList {
    /// The view.
    pub feature_view: String,
    /// What identifies its rows.
    pub join_keys: Vec<JoinKey>,
    /// The rows, by entity key.
    pub rows: Vec<RepairRow>,
}

/// One row to be written again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairRow {
    /// The entity.
    pub key: EntityKey,
    /// What is wrong, in the order of [`Wrong`], each once.
    pub wrong: Vec<Wrong>,
    /// Names of the features that are wrong, in the order of the view.
    pub features: Vec<String>,
    /// Event timestamp of the online row; `None` where there is no row, or none in it.
    pub online_event_timestamp: Option<Timestamp>,
    /// Event timestamp of the first version that is not served as it should be.
    pub first_event_timestamp: Timestamp,
    /// Event timestamp of the newest version: what should be served.
    pub event_timestamp: Timestamp,
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// Nothing is served.
    Missing,
    /// An older version is served.
    Stale,
    /// Another value is served.
    Skewed,
}

impl Wrong {
    /// The name used in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Skewed => "skewed",
        }
    }
}
