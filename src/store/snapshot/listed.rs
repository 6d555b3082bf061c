//! One view's snapshot: as it was listed, and opened.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::footer::ParquetFile;
use super::layout::{Layout, Needs};
use super::objects::{Objects, StoredFile};
use super::rows::{LaidFile, Source, Summary};
use super::sight::Sight;
use super::toll::Reading;
use super::{SkippedRows, SnapshotError, Traffic, choose, files, past, toll, watermark};
use crate::model::choice::KeyCollector;
use crate::model::entity::EntityKey;
use crate::model::history::{History, SnapshotFacts, SnapshotIdentity, VersionRows};
use crate::model::time::{Precision, Timestamp};

/// One view's snapshot as of one instant: its files are listed and nothing of them is read.
#[derive(Debug)]
pub struct ListedSnapshot {
    objects: Arc<Objects>,
    needs: Needs,
    files: Vec<StoredFile>,
    identity: SnapshotIdentity,
    marker: Option<Timestamp>,
}

/// One view's snapshot as of one instant: its files are listed and their columns fit the view.
#[derive(Debug)]
pub struct Snapshot {
    source: Arc<Source>,
    identity: SnapshotIdentity,
    marker: Option<Timestamp>,
    skipped: Mutex<SkippedRows>,
}

/// What a snapshot as a whole says, and as of when it says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Rows that are seen.
    pub rows: u64,
    /// Their earliest and their latest event timestamp; `None` when no row is seen.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Precision of the event timestamps.
    pub precision: Precision,
    /// For full snapshots: positions of the files of the newest one, which tell deleted entities; else empty.
    pub newest_dump: Vec<u32>,
    /// As of when exactly these rows are seen.
    pub sight: Sight,
}

impl ListedSnapshot {
    pub(super) fn new(
        objects: Arc<Objects>,
        needs: Needs,
        (files, marker): (Vec<StoredFile>, Option<Timestamp>),
    ) -> Self {
        Self { objects, needs, identity: files::identity(&files), files, marker }
    }

    /// The files, as they were listed.
    #[must_use]
    pub const fn identity(&self) -> &SnapshotIdentity {
        &self.identity
    }

    /// Reads the footers and checks that the columns fit the view.
    ///
    /// # Errors
    /// When a file cannot be read or has changed since it was listed, or a column is missing or has another type than
    /// declared.
    pub async fn open(&self) -> Result<Snapshot, SnapshotError> {
        let footers = stream::iter(self.files.clone())
            .map(|file| ParquetFile::open(&self.objects, file))
            .buffered(self.objects.settings().concurrency.max(1));
        let footers: Vec<ParquetFile> = footers.try_collect().await?;
        let lay = |file: ParquetFile| Ok(LaidFile { layout: Layout::find(&file, &self.needs)?, file });
        let files = footers.into_iter().map(lay).collect::<Result<Vec<_>, _>>()?;
        let source = Arc::new(Source::new(Arc::clone(&self.objects), self.needs.clone(), files));
        Ok(Snapshot { source, identity: self.identity.clone(), marker: self.marker, skipped: Mutex::default() })
    }

    /// What goes with versions that were read from these very files earlier, where the snapshot as a whole said `whole`.
    ///
    /// # Errors
    /// When the names of the files do not tell the watermark and should.
    pub fn facts(&self, whole: &Whole) -> Result<SnapshotFacts, SnapshotError> {
        facts(&self.needs, (&self.identity, self.marker), whole)
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

    /// Every visible version of `keys`, and what the snapshot as a whole says.
    ///
    /// # Errors
    /// When a file cannot be read or has changed since it was listed, or a value makes no sense as its declared type.
    pub async fn versions(&self, keys: &[EntityKey]) -> Result<(VersionRows, Whole), SnapshotError> {
        let past = past::past(&self.source, keys).await?;
        let mut summary = Summary::default();
        past.files.iter().for_each(|file| summary.merge(file));
        self.remember(summary.skipped);
        let precisions = self.source.files.iter().map(|laid| laid.layout.precision());
        let whole = Whole {
            rows: summary.rows,
            span: summary.span,
            precision: precisions.min().unwrap_or(Precision::Nanos),
            newest_dump: watermark::newest_dump(&self.source, &past.files),
            sight: summary.sight,
        };
        Ok((past.versions, whole))
    }

    /// Every visible version of `keys`, and what the snapshot as a whole says: watermark, horizon, rows. Rows of one
    /// event timestamp are versions of their own, ordered by `created`.
    ///
    /// # Errors
    /// When a file cannot be read or has changed since it was listed, or a value makes no sense as its declared type.
    pub async fn history(&self, keys: &[EntityKey]) -> Result<History, SnapshotError> {
        let (versions, whole) = self.versions(keys).await?;
        Ok(History::of(facts(&self.source.needs, (&self.identity, self.marker), &whole)?, &versions))
    }

    /// About what a round reads of it that knows nothing of it yet, beside the footers: requests, and bytes if every row
    /// group that may be read is.
    #[must_use]
    pub fn toll(&self, reading: Reading) -> Traffic {
        toll::toll(&self.source, reading)
    }

    /// Rows in its files, seen or not.
    #[must_use]
    pub fn rows_stored(&self) -> u64 {
        let groups = self.source.files.iter().flat_map(|laid| &laid.file.metadata.row_groups);
        groups.map(|group| group.num_rows() as u64).sum()
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

fn facts(
    needs: &Needs,
    (identity, marker): (&SnapshotIdentity, Option<Timestamp>),
    whole: &Whole,
) -> Result<SnapshotFacts, SnapshotError> {
    let latest = whole.span.map(|(_, latest)| latest);
    Ok(SnapshotFacts {
        identity: identity.clone(),
        watermark: watermark::watermark(needs, (&identity.files, marker), latest)?,
        horizon: whole.span.map(|(earliest, _)| earliest),
        precision: whole.precision,
        rows: whole.rows,
        newest_dump: whole.newest_dump.clone(),
    })
}
