//! Up to which event time a snapshot is complete, and since when its newest dump tells who lives.

use std::sync::Arc;

use chrono_tz::Tz;

use super::address::Address;
use super::error::{SnapshotError, SnapshotFault};
use super::files::partitions;
use super::footer::ParquetFile;
use super::instants::named;
use super::layout::Needs;
use super::objects::Objects;
use super::rows::{Source, Summary};
use crate::model::history::SnapshotFile;
use crate::model::time::Timestamp;
use crate::model::view::{Contains, SnapshotSource, WatermarkRule};

/// Reads the marker file beside the data; `None` where the view has no such rule.
pub(super) async fn marker(
    objects: &Arc<Objects>,
    source: &SnapshotSource,
) -> Result<Option<Timestamp>, SnapshotError> {
    let WatermarkRule::Marker { file } = &source.watermark else { return Ok(None) };
    let address = Address::parse(&source.location)?;
    let client = objects.client(&address, source.endpoint.as_deref())?;
    let folder = address.folder();
    let is_file = !address.is_glob() && super::address::is_parquet_name(folder);
    let folder = if is_file { folder.rsplit_once('/').map_or("", |(folder, _)| folder) } else { folder };
    let path = if folder.is_empty() { file.clone() } else { format!("{folder}/{file}") };
    let marker = address.with_path(&path);
    let content = objects.fetch_if_new(&client, &marker).await?;
    let wrong = |cause: String| SnapshotError {
        attempt: format!("could not read the marker {}", marker.text()),
        cause,
        fault: SnapshotFault::Corrupt,
    };
    let text = std::str::from_utf8(&content).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
    Timestamp::parse_rfc3339(text.trim()).map(Some).map_err(wrong)
}

/// W: up to which event time the snapshot is complete, never after the as-of time; `None` when no row can be seen. The
/// latest event timestamp that can be seen is `latest`.
pub(super) fn watermark(
    needs: &Needs,
    (files, marker): (&[SnapshotFile], Option<Timestamp>),
    latest: Option<Timestamp>,
) -> Result<Option<Timestamp>, SnapshotError> {
    let Some(latest) = latest else { return Ok(None) };
    let complete = match &needs.source.watermark {
        WatermarkRule::MaxEventTimestamp => latest,
        WatermarkRule::PartitionEnd { key } => newest_partition_end(needs, files, key)?,
        WatermarkRule::Marker { .. } => marker.unwrap_or(latest),
    };
    Ok(Some(complete.min(needs.as_of).minus(needs.source.lateness)))
}

/// The end of the newest partition that has ended; one that is still being filled is not complete. Before the first one
/// has ended, nothing is complete but the time before it.
fn newest_partition_end(needs: &Needs, files: &[SnapshotFile], key: &str) -> Result<Timestamp, SnapshotError> {
    let (mut newest, mut first) = (None, None);
    for file in files {
        let wrong = |cause: String| SnapshotError::reading(&file.location, SnapshotFault::Schema, cause);
        let partitions = partitions(&file.location);
        let value = partitions.get(key).ok_or_else(|| {
            wrong(format!("no folder of its path is a partition `{key}=…`, whose end is the watermark"))
        })?;
        let Some(value) = value else { continue };
        let (start, end) = named(value, needs.zone()).ok_or_else(|| {
            wrong(format!("partition `{key}={value}` is no day and no hour, and its end is the watermark"))
        })?;
        if end <= needs.as_of {
            newest = newest.max(Some(end));
        }
        first = Some(first.map_or(start, |first: Timestamp| first.min(start)));
    }
    newest.or(first).ok_or_else(|| SnapshotError {
        attempt: format!("could not tell the watermark of view `{}`", needs.view),
        cause: format!("every partition `{key}` is null"),
        fault: SnapshotFault::Schema,
    })
}

/// For snapshots that hold every living entity: positions of the files of the newest dump, the one that tells who lives;
/// else empty.
///
/// A dump is what hive partitions name by one time (`dt=2026-06-14`, or `year`, `month`, `day` and `hour`); partitions by
/// anything else only spread it. Where no partition names a time, it is a group of files whose event timestamps overlap:
/// parts of one dump do, dumps of different days do not.
pub(super) fn newest_dump(source: &Source, files: &[Summary]) -> Vec<u32> {
    match source.needs.source.contains {
        Contains::Changes => return Vec::new(),
        Contains::Full => {}
    }
    let zone = source.needs.zone();
    let seen: Vec<_> = (0_u32..)
        .zip(source.files.iter().zip(files))
        .filter_map(|(position, (laid, summary))| Some((position, named_time(&laid.file, zone), summary.span?)))
        .collect();
    if seen.iter().all(|(_, time, _)| time.is_some()) {
        let newest = seen.iter().map(|(_, time, _)| time).max();
        return seen.iter().filter(|(_, time, _)| Some(time) == newest).map(|(position, ..)| *position).collect();
    }
    by_overlap(seen.iter().map(|(position, _, span)| (*position, *span)).collect())
        .into_iter()
        .next()
        .unwrap_or_default()
}

/// Groups of files whose event timestamps overlap, the newest first.
pub(super) fn by_overlap<T>(mut files: Vec<(T, (Timestamp, Timestamp))>) -> Vec<Vec<T>> {
    files.sort_by_key(|(_, (_, latest))| std::cmp::Reverse(*latest));
    let mut groups: Vec<Vec<T>> = Vec::new();
    let mut start = Timestamp::MAX;
    for (file, (earliest, latest)) in files {
        match groups.last_mut() {
            Some(group) if latest >= start => group.push(file),
            Some(_) | None => {
                groups.push(vec![file]);
                start = Timestamp::MAX;
            }
        }
        start = start.min(earliest);
    }
    groups
}

/// The time that the partitions of a file name: the latest day, hour or instant, else year, month, day and hour by
/// themselves; `None` where they name none.
fn named_time(file: &ParquetFile, zone: Tz) -> Option<(Option<Timestamp>, [Option<u32>; 4])> {
    let value = |key: &str| file.partitions.get(key).and_then(Option::as_deref);
    let instant = file.partitions.values().flatten().filter_map(|text| named(text, zone)).map(|(start, _)| start).max();
    let calendar = ["year", "month", "day", "hour"].map(|key| value(key).and_then(|text| text.parse().ok()));
    (instant.is_some() || calendar.iter().any(Option::is_some)).then_some((instant, calendar))
}
