//! Which rows of a row group can be seen, whose they are and when they were true.

use std::sync::Arc;

use chrono_tz::Tz;
use polars_arrow::array::Array;
use polars_arrow::datatypes::Field;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::bounds::{has_no_null, time_bounds};
use super::chunk::{Group, RawColumn};
use super::error::{SnapshotError, SnapshotFault};
use super::footer::ParquetFile;
use super::instants::{instants, out_of_reach};
use super::keys::{KeyColumn, KeyColumns};
use super::layout::{Layout, Needs, Origin};
use super::objects::Objects;
use super::shape::Shape;
use super::sight::Sight;
use crate::model::time::Timestamp;

/// Rows that belong to no entity or no time; they are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SkippedRows {
    /// Rows without a value in a join key, or with one outside of its declared type.
    pub without_key: u64,
    /// Rows without an event timestamp.
    pub without_event_timestamp: u64,
}

/// A file with the places of the view's columns in it.
#[derive(Debug)]
pub(super) struct LaidFile {
    pub(super) file: ParquetFile,
    pub(super) layout: Layout,
}

/// What all passes over a snapshot share.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) objects: Arc<Objects>,
    pub(super) needs: Needs,
    pub(super) files: Vec<LaidFile>,
    budget: Semaphore,
    decoders: Semaphore,
}

/// Position of a row group: its file and its place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) group: usize,
}

/// Bytes of row groups that may be under way at once, read or decoded.
const BUDGET: u64 = 192 * 1024 * 1024;

/// The budget is counted in units of this many bytes.
const UNIT: u64 = 64 * 1024;

/// Bytes that a decoded key or timestamp takes at least.
const BYTES_PER_CELL: u64 = 16;

/// What the visible rows of a row group, of a file or of a snapshot have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// How many there are.
    pub(super) rows: u64,
    /// The earliest and the latest event timestamp; `None` when there is no row.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// What was left out.
    pub(super) skipped: SkippedRows,
    /// As of when it would be the same.
    pub(super) sight: Sight,
}

impl Summary {
    /// Counts a row that can be seen.
    pub(super) fn add(&mut self, event_timestamp: Timestamp, created: Option<Timestamp>) {
        self.sight.shows(created.map_or(event_timestamp, |created| created.max(event_timestamp)));
        self.rows += 1;
        let (earliest, latest) = self.span.unwrap_or((event_timestamp, event_timestamp));
        self.span = Some((earliest.min(event_timestamp), latest.max(event_timestamp)));
    }

    /// Counts the rows of another part.
    pub(super) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.skipped.without_key += other.skipped.without_key;
        self.skipped.without_event_timestamp += other.skipped.without_event_timestamp;
        self.sight = self.sight.and(other.sight);
        self.span = match (self.span, other.span) {
            (Some((earliest, latest)), Some((from, to))) => Some((earliest.min(from), latest.max(to))),
            (one, None) | (None, one) => one,
        };
    }
}

/// Points in time of the rows of a row group.
#[derive(Debug)]
pub(super) enum Times {
    Each(Vec<Option<Timestamp>>),
    All(Option<Timestamp>),
}

impl Times {
    pub(super) fn at(&self, row: usize) -> Option<Timestamp> {
        match self {
            Self::Each(times) => times.get(row).copied().flatten(),
            Self::All(time) => *time,
        }
    }
}

/// Keys and times of the rows of a row group.
#[derive(Debug)]
pub(super) struct RowColumns {
    pub(super) keys: KeyColumns,
    pub(super) event_timestamps: Times,
    /// `None` where the view names no column of writing times.
    pub(super) created: Option<Times>,
}

impl Source {
    pub(super) fn new(objects: Arc<Objects>, needs: Needs, files: Vec<LaidFile>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let units = usize::try_from(BUDGET / UNIT).unwrap_or(1);
        Self { objects, needs, files, budget: Semaphore::new(units), decoders: Semaphore::new(cores) }
    }

    /// Every row group, in the order of the files.
    pub(super) fn places(&self) -> Vec<Place> {
        let groups = |(file, laid): (usize, &LaidFile)| {
            (0..laid.file.metadata.row_groups.len()).map(move |group| Place { file, group }).collect::<Vec<_>>()
        };
        self.files.iter().enumerate().flat_map(groups).collect()
    }

    /// The file and row group of a place.
    pub(super) fn at(&self, place: Place) -> (&LaidFile, Group<'_>) {
        let laid = &self.files[place.file];
        (laid, Group { file: &laid.file, group: place.group })
    }

    /// Waits until the row group's share of the memory is free.
    pub(super) async fn reserve(
        &self,
        group: Group<'_>,
        fields: &[&Field],
    ) -> Result<SemaphorePermit<'_>, SnapshotError> {
        let decoded = group.rows() as u64 * BYTES_PER_CELL * fields.len() as u64;
        let units = group.weight(fields).max(decoded).div_ceil(UNIT).clamp(1, BUDGET / UNIT);
        let permit = self.budget.acquire_many(u32::try_from(units).unwrap_or(1)).await;
        permit.map_err(|_| stopped(group.file))
    }

    /// Runs `work` on a thread that may block, as many at once as there are cores.
    pub(super) async fn decode<T: Send + 'static>(
        self: &Arc<Self>,
        place: Place,
        work: impl FnOnce(&Self) -> Result<T, SnapshotError> + Send + 'static,
    ) -> Result<T, SnapshotError> {
        let _turn = self.decoders.acquire().await.map_err(|_| stopped(&self.at(place).0.file))?;
        let source = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&source)).await {
            Ok(done) => done,
            Err(_) => Err(SnapshotError::reading(
                &self.at(place).0.file.stored.location,
                SnapshotFault::Corrupt,
                format!("row group {} cannot be decoded", place.group),
            )),
        }
    }

    /// What the statistics alone say of the visible rows; `None` where they do not suffice.
    pub(super) fn summary(&self, laid: &LaidFile, group: Group<'_>) -> Option<Summary> {
        let as_of = self.needs.as_of;
        let (earliest, latest) = time_bounds(group, &laid.layout.event_timestamp, self.needs.zone())?;
        if self.is_over(latest) {
            return Some(Summary::default());
        }
        if self.is_over(earliest) {
            return None;
        }
        if earliest > as_of {
            let mut sight = Sight::default();
            sight.hides(earliest);
            return Some(Summary { sight, ..Summary::default() });
        }
        let newest_created = match &laid.layout.created {
            None => Some(Timestamp::MIN),
            Some(created) => time_bounds(group, created, self.needs.zone()).map(|(_, latest)| latest),
        };
        let created_seen = newest_created.filter(|newest| *newest <= as_of);
        let whole_keys = laid.layout.keys.iter().all(|key| has_no_null(group, key));
        let (true, Some(newest_created)) = (latest <= as_of && whole_keys, created_seen) else { return None };
        let mut sight = Sight::default();
        sight.shows(latest.max(newest_created));
        let rows = group.rows() as u64;
        let span = (rows > 0).then_some((earliest, latest));
        Some(Summary { rows, span, skipped: SkippedRows::default(), sight })
    }

    /// Whether rows of this event time are passed over.
    pub(super) fn is_over(&self, event_timestamp: Timestamp) -> bool {
        self.needs.source.since.is_some_and(|since| event_timestamp < since)
    }

    /// Whether a row of these times can be seen.
    pub(super) fn sees(&self, event_timestamp: Timestamp, created: Option<Timestamp>) -> bool {
        event_timestamp <= self.needs.as_of && created.is_none_or(|created| created <= self.needs.as_of)
    }

    /// Decodes the columns that [`Layout::row_fields`] names.
    pub(super) fn row_columns(&self, place: Place, raw: Vec<RawColumn>) -> Result<RowColumns, SnapshotError> {
        let (laid, group) = self.at(place);
        let mut raw = raw.into_iter();
        let keys = self.key_columns(place, &mut raw)?;
        let zone = self.needs.zone();
        let event_timestamps = times(group, &laid.layout.event_timestamp, &mut raw, zone)?;
        let created = laid.layout.created.as_ref().map(|created| times(group, created, &mut raw, zone));
        Ok(RowColumns { keys, event_timestamps, created: created.transpose()? })
    }

    /// Decodes the join keys, which come first in `raw`.
    pub(super) fn key_columns(
        &self,
        place: Place,
        raw: &mut impl Iterator<Item = RawColumn>,
    ) -> Result<KeyColumns, SnapshotError> {
        let (laid, group) = self.at(place);
        let mut keys = Vec::with_capacity(laid.layout.keys.len());
        for (origin, key) in laid.layout.keys.iter().zip(&self.needs.join_keys) {
            keys.push(match origin {
                Origin::Constant(value) => KeyColumn::Constant(value.clone()),
                Origin::Column(field, shape) => {
                    let array = next(group, field, raw)?;
                    KeyColumn::new(array.as_ref(), shape, key.kind, self.needs.zone())
                        .map_err(|cause| unreadable(group.file, field, cause))?
                }
            });
        }
        Ok(KeyColumns(keys))
    }
}

fn times(
    group: Group<'_>,
    origin: &Origin<Option<Timestamp>>,
    raw: &mut impl Iterator<Item = RawColumn>,
    zone: Tz,
) -> Result<Times, SnapshotError> {
    match origin {
        Origin::Constant(time) => Ok(Times::All(*time)),
        Origin::Column(field, Shape::Null) => next(group, field, raw).map(|_| Times::All(None)),
        Origin::Column(field, shape) => {
            let array = next(group, field, raw)?;
            let found = instants(array.as_ref(), shape, zone).map_err(|cause| unreadable(group.file, field, cause))?;
            if matches!(shape, Shape::Integer(_)) && found.iter().flatten().any(|time| out_of_reach(*time)) {
                // Milliseconds, most likely; as seconds they would all lie in a future that nobody can see yet.
                let cause = format!(
                    "column `{}` holds integers, which are read as seconds since 1970, and some of them lie outside the \
                     years 1677 to 2262",
                    field.name
                );
                return Err(SnapshotError::reading(&group.file.stored.location, SnapshotFault::Schema, cause));
            }
            Ok(Times::Each(found))
        }
    }
}

fn next(
    group: Group<'_>,
    field: &Field,
    raw: &mut impl Iterator<Item = RawColumn>,
) -> Result<Box<dyn Array>, SnapshotError> {
    let column = raw.next().ok_or_else(|| unreadable(group.file, field, "it was not read"))?;
    group.decode(column, None)
}

/// A column whose values are not what its type says.
pub(super) fn unreadable(file: &ParquetFile, field: &Field, cause: impl Into<String>) -> SnapshotError {
    let cause = format!("column `{}` makes no sense: {}", field.name, cause.into());
    SnapshotError::reading(&file.stored.location, SnapshotFault::Corrupt, cause)
}

fn stopped(file: &ParquetFile) -> SnapshotError {
    SnapshotError::reading(&file.stored.location, SnapshotFault::Connection, "reading was stopped")
}
