//! Up to which event time a snapshot is complete, and since when its newest dump tells who lives.

use std::sync::Arc;

use super::address::Address;
use super::error::{SnapshotError, SnapshotFault};
use super::instants::named;
use super::objects::Objects;
use super::rows::{LaidFile, Source, Summary};
use crate::model::history::SnapshotIdentity;
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
    let content = objects.fetch(&client, &marker).await?;
    let wrong = |cause: String| SnapshotError {
        attempt: format!("could not read the marker {}", marker.text()),
        cause,
        fault: SnapshotFault::Corrupt,
    };
    let text = std::str::from_utf8(&content).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
    Timestamp::parse_rfc3339(text.trim()).map(Some).map_err(wrong)
}

/// W: up to which event time the snapshot is complete, never after the as-of time; `None` when no row can be seen.
pub(super) fn watermark(
    source: &Source,
    marker: Option<Timestamp>,
    whole: &Summary,
) -> Result<Option<Timestamp>, SnapshotError> {
    let Some((_, latest)) = whole.span else { return Ok(None) };
    let complete = match &source.needs.source.watermark {
        WatermarkRule::MaxEventTimestamp => latest,
        WatermarkRule::PartitionEnd { key } => newest_partition_end(source, key)?,
        WatermarkRule::Marker { .. } => marker.unwrap_or(latest),
    };
    Ok(Some(complete.min(source.needs.as_of).minus(source.needs.source.lateness)))
}

fn newest_partition_end(source: &Source, key: &str) -> Result<Timestamp, SnapshotError> {
    let mut newest = None;
    for LaidFile { file, .. } in &source.files {
        let wrong = |cause: String| SnapshotError::reading(&file.stored.location, SnapshotFault::Schema, cause);
        let value = file.partitions.get(key).ok_or_else(|| {
            wrong(format!("no folder of its path is a partition `{key}=…`, whose end is the watermark"))
        })?;
        let Some(value) = value else { continue };
        let (_, end) = named(value, source.needs.zone()).ok_or_else(|| {
            wrong(format!("partition `{key}={value}` is no day and no hour, and its end is the watermark"))
        })?;
        newest = newest.max(Some(end));
    }
    newest.ok_or_else(|| SnapshotError {
        attempt: format!("could not tell the watermark of view `{}`", source.needs.view),
        cause: format!("every partition `{key}` is null"),
        fault: SnapshotFault::Schema,
    })
}

/// For snapshots that hold every living entity: positions of the files of the newest dump, the one that tells who lives;
/// else empty.
///
/// A dump is a folder of hive partitions, or else a group of files whose event timestamps overlap: parts of one dump do,
/// dumps of different days do not.
pub(super) fn newest_dump(source: &Source, identity: &SnapshotIdentity, files: &[Summary]) -> Vec<u32> {
    match source.needs.source.contains {
        Contains::Changes => return Vec::new(),
        Contains::Full => {}
    }
    let folder = |location: &str| location.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let seen: Vec<_> = (0_u32..)
        .zip(identity.files.iter().zip(files))
        .filter_map(|(position, (file, summary))| Some((position, folder(&file.location), summary.span?)))
        .collect();
    let partitioned = source.files.iter().any(|laid| !laid.file.partitions.is_empty());
    if partitioned {
        let newest = seen.iter().map(|(_, folder, _)| folder).max();
        return seen.iter().filter(|(_, folder, _)| Some(folder) == newest).map(|(position, ..)| *position).collect();
    }
    let mut latest_first: Vec<_> = seen.iter().map(|(position, _, span)| (*position, *span)).collect();
    latest_first.sort_unstable_by_key(|(_, (_, latest))| std::cmp::Reverse(*latest));
    let mut dump = Vec::new();
    let mut start = Timestamp::MAX;
    for (position, (earliest, latest)) in latest_first {
        if !dump.is_empty() && latest < start {
            break;
        }
        start = start.min(earliest);
        dump.push(position);
    }
    dump
}
