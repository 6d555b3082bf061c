//! Training snapshots: Parquet files on a local disk or an object store.
//!
//! A [`SnapshotStore`] turns an address (a file, a folder, a glob, `s3://…`) into a [`Snapshot`] of one feature view, or
//! into a [`Table`] of plain columns. Both are pinned to the files as they were listed: a file that is replaced while it
//! is read is an error, never a mixture.

mod error;
mod settings;
mod table;

use bytes::Bytes;

pub use error::{SnapshotError, SnapshotFault};
pub use settings::{S3Settings, SnapshotSettings};
pub use table::{ColumnData, Table, TableColumn, TableKind};

use crate::model::choice::KeyCollector;
use crate::model::entity::EntityKey;
use crate::model::history::{History, SnapshotIdentity};
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;

/// Access to snapshots, wherever they lie; connects when first needed.
#[derive(Debug)]
pub struct SnapshotStore {
    settings: SnapshotSettings,
}

/// What reading has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests to local disks and object stores.
    pub requests: u64,
    /// Bytes of content that they returned.
    pub bytes: u64,
}

/// One view's snapshot as of one instant: its files are listed and their columns fit the view.
#[derive(Debug)]
pub struct Snapshot {
    identity: SnapshotIdentity,
}

/// Rows that no entity or no time can be told of; they are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SkippedRows {
    /// Rows without a value in a join key, or with one outside its declared type.
    pub without_key: u64,
    /// Rows without an event timestamp.
    pub without_event_timestamp: u64,
}

fn not_built() -> SnapshotError {
    SnapshotError {
        attempt: "could not read a snapshot".to_owned(),
        cause: "reading is not built yet".to_owned(),
        fault: SnapshotFault::NotFound,
    }
}

impl SnapshotStore {
    /// Access by these settings; opens no connection yet.
    #[must_use]
    pub const fn new(settings: SnapshotSettings) -> Self {
        Self { settings }
    }

    /// The settings that it was made with.
    #[must_use]
    pub const fn settings(&self) -> &SnapshotSettings {
        &self.settings
    }

    /// Reads one file or object whole.
    ///
    /// # Errors
    /// When it does not exist or cannot be read.
    pub async fn fetch(&self, _location: &str) -> Result<Bytes, SnapshotError> {
        Err(not_built())
    }

    /// Lists the view's files, reads their footers and checks that their columns fit the view. Rows later than `as_of`
    /// (by event timestamp or by `created`) will not be seen.
    ///
    /// # Errors
    /// When there is no Parquet file, one cannot be read, or a column is missing or has another type than declared.
    pub async fn open(&self, _view: &FeatureView, _as_of: Timestamp) -> Result<Snapshot, SnapshotError> {
        Err(not_built())
    }

    /// Lists files and reads their footers, without a view.
    ///
    /// # Errors
    /// When there is no Parquet file, one cannot be read, or the files' columns differ.
    pub async fn table(&self, _location: &str) -> Result<Table, SnapshotError> {
        Err(not_built())
    }

    /// What reading has cost since the store was made.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

impl Snapshot {
    /// The files, as they were listed.
    #[must_use]
    pub const fn identity(&self) -> &SnapshotIdentity {
        &self.identity
    }

    /// Offers the entity key of every visible row to `collector`.
    ///
    /// # Errors
    /// When a file cannot be read or has changed since it was listed.
    pub async fn choose_keys(&self, _collector: &mut KeyCollector) -> Result<(), SnapshotError> {
        Err(not_built())
    }

    /// Every visible version of `keys`, and what the snapshot as a whole says: watermark, horizon, rows.
    ///
    /// # Errors
    /// When a file cannot be read or has changed since it was listed, or a value makes no sense as its declared type.
    pub async fn history(&self, _keys: &[EntityKey]) -> Result<History, SnapshotError> {
        Err(not_built())
    }

    /// Rows left out by the last [`choose_keys`](Self::choose_keys) or [`history`](Self::history).
    #[must_use]
    pub fn skipped(&self) -> SkippedRows {
        SkippedRows::default()
    }
}
