//! The profiles of a snapshot's columns, and which snapshot that was.

use std::collections::BTreeMap;

use super::column::ColumnProfile;
use crate::model::history::SnapshotIdentity;
use crate::model::time::Timestamp;

/// What a column held, beyond its kind: booleans and texts are both keys and still mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Whole numbers.
    Integer,
    /// Floats and decimals.
    Float,
    /// True or false.
    Boolean,
    /// Texts.
    Text,
    /// Points in time and dates.
    Timestamp,
}

/// The type, among those without statistics, of a column in which every row is null.
pub const NULL: &str = "null";

/// A column of a [`TableProfile`].
#[derive(Clone, Debug, PartialEq)]
pub struct ProfiledColumn {
    /// What it held.
    pub column_type: ColumnType,
    /// Its profile.
    pub profile: ColumnProfile,
}

/// What a profile was asked to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The columns; all that have statistics when empty.
    pub columns: Vec<String>,
    /// Digest of the snapshot whose edges and keys it is over; `None` when these are its own.
    pub edges_of: Option<String>,
    /// When the snapshot was taken, which makes ages of points in time.
    pub snapshot_time: Option<Timestamp>,
}

/// Profiles of the columns of one snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct TableProfile {
    /// The snapshot.
    pub snapshot: SnapshotIdentity,
    /// When the profile was made.
    pub made_at: Timestamp,
    /// What was asked for.
    pub settings: Settings,
    /// Rows of the snapshot.
    pub rows: u64,
    /// The columns by name.
    pub columns: BTreeMap<String, ProfiledColumn>,
    /// Columns whose type has no statistics: the type by the column's name.
    pub skipped: BTreeMap<String, String>,
}

/// What a [`TableProfile`] tells of a column.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// Its profile.
    Profiled(&'a ProfiledColumn),
    /// Every row is null, so that its type is not known.
    Nulls,
    /// It is of a type without statistics.
    Unprofiled,
}

impl TableProfile {
    /// What is known of a column; `None` where the snapshot has none of this name, or it was not asked for.
    #[must_use]
    pub fn known(&self, name: &str) -> Option<Known<'_>> {
        let profiled = self.columns.get(name).map(Known::Profiled);
        profiled
            .or_else(|| self.skipped.get(name).map(|kind| if kind == NULL { Known::Nulls } else { Known::Unprofiled }))
    }

    /// Whether this is the profile that a snapshot would give with these settings.
    #[must_use]
    pub fn is_of(&self, snapshot: &SnapshotIdentity, settings: &Settings) -> bool {
        self.snapshot == *snapshot && self.settings == *settings
    }

    /// Digest of the snapshot whose edges and keys the counts are over.
    #[must_use]
    pub fn ruler_digest(&self) -> &str {
        self.settings.edges_of.as_deref().unwrap_or(&self.snapshot.digest)
    }
}
