//! Training snapshots: Parquet files on a local disk or an object store.
//!
//! A [`SnapshotStore`] turns an address (a file, a folder, a glob, `s3://…`) into a [`Snapshot`] of one feature view, or
//! into a [`Table`] of plain columns. Both are pinned to the files as they were listed: a file that is replaced while it
//! is read is an error, never a mixture.
//!
//! Only what is needed is read: footers, then keys and times, then the features of row groups that hold wanted rows; and
//! a row group that its statistics or bloom filters exclude is not read at all.

mod address;
mod arrow_name;
mod bounds;
mod choose;
mod chunk;
mod client;
mod column;
mod error;
mod files;
mod footer;
mod instants;
mod keys;
mod layout;
mod listed;
mod objects;
mod partitions;
mod past;
mod place;
mod refusal;
mod rows;
mod settings;
mod shape;
mod sight;
mod table;
mod toll;
mod values;
mod watermark;

use std::sync::Arc;

use bytes::Bytes;

pub use column::Chunk;
pub use error::{SnapshotError, SnapshotFault};
pub use listed::{ListedSnapshot, Snapshot, Whole};
pub use objects::Traffic;
pub use partitions::{Listing, NamedTime};
pub use place::Place;
pub use rows::SkippedRows;
pub use settings::{S3Settings, SnapshotSettings};
pub use sight::Sight;
pub use table::{ColumnWeight, Table, TableColumn, TableKind};
pub use toll::Reading;

use crate::model::history::SnapshotIdentity;
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use address::Address;
use layout::Needs;
use objects::Objects;

/// Access to snapshots, wherever they lie; connects when first needed.
#[derive(Clone, Debug)]
pub struct SnapshotStore {
    objects: Arc<Objects>,
}

impl SnapshotStore {
    /// Access by these settings; opens no connection yet.
    #[must_use]
    pub fn new(settings: SnapshotSettings) -> Self {
        Self { objects: Arc::new(Objects::new(settings)) }
    }

    /// The settings that it was made with.
    #[must_use]
    pub fn settings(&self) -> &SnapshotSettings {
        self.objects.settings()
    }

    /// Reads one file or object whole.
    ///
    /// # Errors
    /// When it does not exist or cannot be read.
    pub async fn fetch(&self, location: &str) -> Result<Bytes, SnapshotError> {
        let address = Address::parse(location)?;
        let client = self.objects.client(&address, None)?;
        self.objects.fetch(&client, &address).await
    }

    /// Reads one file or object whole, which is asked for each round; if it is small, it is read once and then only when
    /// it has changed.
    ///
    /// # Errors
    /// When it does not exist or cannot be read.
    pub async fn fetch_if_new(&self, location: &str) -> Result<Bytes, SnapshotError> {
        let address = Address::parse(location)?;
        let client = self.objects.client(&address, None)?;
        self.objects.fetch_if_new(&client, &address).await
    }

    /// Lists the view's files. Rows later than `as_of` (by event timestamp or by `created`) will not be seen.
    ///
    /// # Errors
    /// When there is no Parquet file, or the files or the marker of their watermark cannot be read.
    pub async fn list(&self, view: &FeatureView, as_of: Timestamp) -> Result<ListedSnapshot, SnapshotError> {
        let needs = Needs::of(view, as_of);
        // Before the files: a marker that moves on meanwhile must not vouch for files that were not listed.
        let marker = watermark::marker(&self.objects, &needs.source).await?;
        let files = files::find(&self.objects, &needs.source.location, needs.source.endpoint.as_deref()).await?;
        Ok(ListedSnapshot::new(Arc::clone(&self.objects), needs, (files, marker)))
    }

    /// Lists the view's files, reads their footers and checks that their columns fit the view. Rows later than `as_of`
    /// (by event timestamp or by `created`) will not be seen.
    ///
    /// # Errors
    /// When there is no Parquet file, one cannot be read, or a column is missing or has another type than declared.
    pub async fn open(&self, view: &FeatureView, as_of: Timestamp) -> Result<Snapshot, SnapshotError> {
        self.list(view, as_of).await?.open().await
    }

    /// Lists files and reads their footers, without a view.
    ///
    /// # Errors
    /// When there is no Parquet file, one cannot be read, or the files' columns differ.
    pub async fn table(&self, location: &str) -> Result<Table, SnapshotError> {
        let listed = files::find(&self.objects, location, None).await?;
        let identity = files::identity(&listed);
        Table::new(Arc::clone(&self.objects), self.footers(&listed).await?, identity)
    }

    /// What reading has cost since the store was made.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.objects.traffic()
    }
}
