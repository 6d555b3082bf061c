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
mod objects;
mod partitions;
mod past;
mod place;
mod refusal;
mod rows;
mod settings;
mod shape;
mod table;
mod values;
mod watermark;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

pub use column::Chunk;
pub use error::{SnapshotError, SnapshotFault};
pub use objects::Traffic;
pub use partitions::{Listing, NamedTime};
pub use place::Place;
pub use rows::SkippedRows;
pub use settings::{S3Settings, SnapshotSettings};
pub use table::{ColumnWeight, Table, TableColumn, TableKind};

use crate::model::choice::KeyCollector;
use crate::model::entity::EntityKey;
use crate::model::history::{History, SnapshotFacts, SnapshotIdentity};
use crate::model::time::{Precision, Timestamp};
use crate::model::view::FeatureView;
use address::Address;
use footer::ParquetFile;
use layout::{Layout, Needs};
use objects::Objects;
use rows::{LaidFile, Source, Summary};

/// Access to snapshots, wherever they lie; connects when first needed.
#[derive(Clone, Debug)]
pub struct SnapshotStore {
    objects: Arc<Objects>,
}

/// One view's snapshot as of one instant: its files are listed and their columns fit the view.
#[derive(Debug)]
pub struct Snapshot {
    source: Arc<Source>,
    identity: SnapshotIdentity,
    marker: Option<Timestamp>,
    skipped: Mutex<SkippedRows>,
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

    /// Lists the view's files, reads their footers and checks that their columns fit the view. Rows later than `as_of`
    /// (by event timestamp or by `created`) will not be seen.
    ///
    /// # Errors
    /// When there is no Parquet file, one cannot be read, or a column is missing or has another type than declared.
    pub async fn open(&self, view: &FeatureView, as_of: Timestamp) -> Result<Snapshot, SnapshotError> {
        let needs = Needs::of(view, as_of);
        // Before the files: a marker that moves on meanwhile must not vouch for files that were not listed.
        let marker = watermark::marker(&self.objects, &needs.source).await?;
        let (files, identity) = self.files(&needs.source.location, needs.source.endpoint.as_deref()).await?;
        let lay = |file: ParquetFile| Ok(LaidFile { layout: Layout::find(&file, &needs)?, file });
        let files = files.into_iter().map(lay).collect::<Result<Vec<_>, _>>()?;
        let source = Arc::new(Source::new(Arc::clone(&self.objects), needs, files));
        Ok(Snapshot { source, identity, marker, skipped: Mutex::default() })
    }

    /// Lists files and reads their footers, without a view.
    ///
    /// # Errors
    /// When there is no Parquet file, one cannot be read, or the files' columns differ.
    pub async fn table(&self, location: &str) -> Result<Table, SnapshotError> {
        let (files, identity) = self.files(location, None).await?;
        Table::new(Arc::clone(&self.objects), files, identity)
    }

    /// What reading has cost since the store was made.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.objects.traffic()
    }

    async fn files(
        &self,
        location: &str,
        endpoint: Option<&str>,
    ) -> Result<(Vec<ParquetFile>, SnapshotIdentity), SnapshotError> {
        let listed = files::find(&self.objects, location, endpoint).await?;
        let identity = files::identity(&listed);
        let footers = stream::iter(listed)
            .map(|file| ParquetFile::open(&self.objects, file))
            .buffered(self.settings().concurrency.max(1));
        Ok((footers.try_collect().await?, identity))
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
    pub async fn choose_keys(&self, collector: &mut KeyCollector) -> Result<(), SnapshotError> {
        let skipped = choose::choose_keys(&self.source, collector).await?;
        self.remember(skipped);
        Ok(())
    }

    /// Every visible version of `keys`, and what the snapshot as a whole says: watermark, horizon, rows. Rows of one
    /// event timestamp are versions of their own, ordered by `created`.
    ///
    /// # Errors
    /// When a file cannot be read or has changed since it was listed, or a value makes no sense as its declared type.
    pub async fn history(&self, keys: &[EntityKey]) -> Result<History, SnapshotError> {
        let past = past::past(&self.source, keys).await?;
        let mut whole = Summary::default();
        past.files.iter().for_each(|file| whole.merge(file));
        self.remember(whole.skipped);
        let precisions = self.source.files.iter().map(|laid| laid.layout.precision());
        let facts = SnapshotFacts {
            identity: self.identity.clone(),
            watermark: watermark::watermark(&self.source, self.marker, &whole)?,
            horizon: whole.span.map(|(earliest, _)| earliest),
            precision: precisions.min().unwrap_or(Precision::Nanos),
            rows: whole.rows,
            newest_dump: watermark::newest_dump(&self.source, &past.files),
        };
        Ok(History::new(facts, &past.keys, &past.rows, &past.columns))
    }

    /// Rows left out by the last [`choose_keys`](Self::choose_keys) or [`history`](Self::history).
    #[must_use]
    pub fn skipped(&self) -> SkippedRows {
        *self.skipped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, skipped: SkippedRows) {
        *self.skipped.lock().unwrap_or_else(PoisonError::into_inner) = skipped;
    }
}
