//! The versions of wanted entities in a snapshot.
//!
//! Each row group is read in two steps: keys and times first, which tell whose rows are in it; then the features, decoded
//! for the rows wanted only. Row groups that cannot hold a wanted key are not read where their statistics say all that
//! the snapshot as a whole needs of them.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use polars_arrow::bitmap::{Bitmap, MutableBitmap};
use polars_arrow::datatypes::Field;

use super::bounds::{may_hold, may_hold_by_bloom};
use super::chunk::{Group, RawColumn};
use super::error::{SnapshotError, SnapshotFault};
use super::keys::KeyIndex;
use super::layout::Origin;
use super::rows::{LaidFile, Place, RowColumns, Source, Summary};
use super::values::ValueReader;
use crate::model::column::Column;
use crate::model::entity::EntityKey;
use crate::model::history::{HistoryRow, VersionRows};

/// Versions of wanted entities and what the snapshot as a whole says.
#[derive(Debug)]
pub(super) struct Past {
    /// The wanted keys, each once, and their versions in the order of the files.
    pub(super) versions: VersionRows,
    /// The visible rows of each file, wanted or not.
    pub(super) files: Vec<Summary>,
}

/// What one row group contributes.
struct GroupPast {
    place: Place,
    summary: Summary,
    rows: Vec<HistoryRow>,
    columns: Vec<Column>,
}

/// The wanted rows of a row group.
struct Found {
    summary: Summary,
    rows: Vec<HistoryRow>,
    positions: Vec<u32>,
}

/// Reads every visible version of `keys`.
pub(super) async fn past(source: &Arc<Source>, keys: &[EntityKey]) -> Result<Past, SnapshotError> {
    let index = Arc::new(KeyIndex::new(keys));
    let columns = vec![Column::new(); source.needs.features.len()];
    let mut past = Past {
        versions: VersionRows { keys: index.keys().to_vec(), rows: Vec::new(), columns },
        files: vec![Summary::default(); source.files.len()],
    };
    let mut groups = stream::iter(source.places())
        .map(|place| group_past(source, &index, place))
        .buffered(source.objects.settings().concurrency.max(1));
    while let Some(group) = groups.try_next().await? {
        if let Some(file) = past.files.get_mut(group.place.file) {
            file.merge(&group.summary);
        }
        past.versions.rows.extend(group.rows);
        for (whole, part) in past.versions.columns.iter_mut().zip(&group.columns) {
            whole.extend((0..part.len()).map(|row| part.value(row)));
        }
    }
    drop(groups);
    Ok(past)
}

async fn group_past(source: &Arc<Source>, index: &Arc<KeyIndex>, place: Place) -> Result<GroupPast, SnapshotError> {
    let (laid, group) = source.at(place);
    let nothing = |summary| GroupPast { place, summary, rows: Vec::new(), columns: Vec::new() };
    if let Some(summary) = source.summary(laid, group) {
        let keys = index.keys();
        if summary.rows == 0
            || !may_hold(group, &laid.layout.keys, keys)
            || !may_hold_by_bloom(group, &laid.layout.keys, keys, &source.objects).await?
        {
            return Ok(nothing(summary));
        }
    }
    let row_fields = laid.layout.row_fields();
    let features: Vec<&Field> = laid.layout.features.iter().filter_map(Origin::field).collect();
    let all: Vec<&Field> = row_fields.iter().chain(&features).copied().collect();
    let _memory = source.reserve(group, &all).await?;
    let raw = group.fetch(&source.objects, &row_fields).await?;
    let wanted = Arc::clone(index);
    let found =
        source.decode(place, move |source| Ok(find(source, place, &source.row_columns(place, raw)?, &wanted))).await?;
    if found.rows.is_empty() {
        return Ok(nothing(found.summary));
    }
    let raw = group.fetch(&source.objects, &features).await?;
    let Found { summary, rows, positions } = found;
    let columns = source.decode(place, move |source| features_of(source, place, raw, &positions)).await?;
    Ok(GroupPast { place, summary, rows, columns })
}

/// The wanted rows among those that can be seen.
fn find(source: &Source, place: Place, columns: &RowColumns, index: &KeyIndex) -> Found {
    let (_, group) = source.at(place);
    let mut found = Found { summary: Summary::default(), rows: Vec::new(), positions: Vec::new() };
    let file = u32::try_from(place.file).unwrap_or(u32::MAX);
    let mut written = Vec::new();
    let mut previous = Vec::new();
    let mut wanted = None;
    for row in 0..u32::try_from(group.rows()).unwrap_or(u32::MAX) {
        let at = row as usize;
        let Some(event_timestamp) = columns.event_timestamps.at(at) else {
            found.summary.skipped.without_event_timestamp += 1;
            continue;
        };
        if columns.keys.write(at, &mut written).is_none() {
            found.summary.skipped.without_key += 1;
            continue;
        }
        if source.is_over(event_timestamp) {
            continue;
        }
        let created = columns.created.as_ref().and_then(|created| created.at(at));
        if !source.sees(event_timestamp, created) {
            found.summary.sight.hides(created.map_or(event_timestamp, |created| created.max(event_timestamp)));
            continue;
        }
        found.summary.add(event_timestamp, created);
        // Rows of one entity often lie together.
        if written != previous {
            wanted = index.position(&written);
            std::mem::swap(&mut written, &mut previous);
        }
        if let Some(key) = wanted {
            found.rows.push(HistoryRow { key, event_timestamp, created, file });
            found.positions.push(row);
        }
    }
    found
}

/// The features of the rows at `positions`, one column per feature.
fn features_of(
    source: &Source,
    place: Place,
    raw: Vec<RawColumn>,
    positions: &[u32],
) -> Result<Vec<Column>, SnapshotError> {
    let (laid, group) = source.at(place);
    let mask = mask(group, positions);
    let mut raw = raw.into_iter();
    let mut columns = Vec::with_capacity(laid.layout.features.len());
    for (feature, origin) in source.needs.features.iter().zip(&laid.layout.features) {
        let (field, shape) = match origin {
            Origin::Constant(value) => {
                columns.push(positions.iter().map(|_| value.clone()).collect());
                continue;
            }
            Origin::Column(field, shape) => (field, shape),
        };
        let bytes = raw.next().ok_or_else(|| out_of_step(laid))?;
        let array = group.decode(bytes, mask.clone())?;
        let reader = ValueReader { array: array.as_ref(), shape, zone: source.needs.zone() };
        let mut column = Column::new();
        for (at, position) in positions.iter().enumerate() {
            let value = reader.value(at, feature.kind).map_err(|cause| {
                let row = row_in_file(group, *position);
                let cause = format!("column `{}`, row {row}: {cause}", field.name);
                SnapshotError::reading(&laid.file.stored.location, SnapshotFault::Schema, cause)
            })?;
            column.push(value);
        }
        columns.push(column);
    }
    Ok(columns)
}

/// A bit per row, set for those wanted; `None` when all are.
fn mask(group: Group<'_>, positions: &[u32]) -> Option<Bitmap> {
    if positions.len() == group.rows() {
        return None;
    }
    let mut bits = MutableBitmap::from_len_zeroed(group.rows());
    positions.iter().for_each(|position| bits.set(*position as usize, true));
    Some(bits.into())
}

/// Number of a row in its file, counted from 0.
fn row_in_file(group: Group<'_>, position: u32) -> u64 {
    let before = group.file.metadata.row_groups.iter().take(group.group).map(|earlier| earlier.num_rows() as u64);
    before.sum::<u64>() + u64::from(position)
}

fn out_of_step(laid: &LaidFile) -> SnapshotError {
    SnapshotError::reading(&laid.file.stored.location, SnapshotFault::Corrupt, "a column was not read")
}
