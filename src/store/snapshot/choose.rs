//! Every entity key of a snapshot, offered once or seldom more.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use polars_arrow::datatypes::Field;
use tokio::sync::SemaphorePermit;
use xxhash_rust::xxh3::xxh3_64;

use super::error::SnapshotError;
use super::keys::KeyColumns;
use super::layout::Origin;
use super::rows::{Place, SkippedRows, Source, Summary};
use crate::model::choice::{KeyChoice, KeyCollector};

/// Keys remembered as offered. A key that fell out of memory is offered again, which the collector takes as nothing new.
const REMEMBERED: usize = 1 << 21;

/// A collector and the keys that it was offered last.
#[derive(Debug)]
struct Offering {
    collector: KeyCollector,
    seen: Vec<Option<u64>>,
}

impl Offering {
    fn offer(&mut self, keys: &KeyColumns, visible: &Visible) {
        let mut written = Vec::new();
        let mut previous = Vec::new();
        for row in visible.rows() {
            if keys.write(row, &mut written).is_none() || written == previous {
                continue;
            }
            std::mem::swap(&mut written, &mut previous);
            let hash = xxh3_64(&previous);
            let slot = usize::try_from(hash).unwrap_or_default() % REMEMBERED;
            let Some(seen) = self.seen.get_mut(slot) else { continue };
            if *seen != Some(hash) {
                *seen = Some(hash);
                if let Some(key) = keys.entity(row) {
                    self.collector.offer(&key);
                }
            }
        }
    }
}

/// Rows of a row group that can be seen.
#[derive(Debug)]
enum Visible {
    All(usize),
    Some(Vec<u32>),
}

impl Visible {
    fn rows(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match self {
            Self::All(rows) => Box::new(0..*rows),
            Self::Some(rows) => Box::new(rows.iter().map(|row| *row as usize)),
        }
    }
}

/// The keys of one row group, with the memory that they take.
struct GroupKeys<'a> {
    place: Place,
    keys: KeyColumns,
    visible: Visible,
    skipped: SkippedRows,
    _memory: SemaphorePermit<'a>,
}

/// Offers the key of every visible row to `collector`; returns what was left out.
pub(super) async fn choose_keys(
    source: &Arc<Source>,
    collector: &mut KeyCollector,
) -> Result<SkippedRows, SnapshotError> {
    let nothing = KeyChoice { stable_seed: 0, stable: 0, rotating_seed: 0, rotating: 0 };
    let taken = std::mem::replace(collector, KeyCollector::new(nothing));
    let mut offering = Offering { collector: taken, seen: vec![None; REMEMBERED] };
    let concurrency = source.objects.settings().concurrency.max(1);
    let mut groups = stream::iter(source.places())
        .map(|place| group_keys(source, place))
        .buffer_unordered(concurrency)
        .try_filter_map(|keys| std::future::ready(Ok(keys)));
    let mut skipped = SkippedRows::default();
    let ended = loop {
        let group = match groups.try_next().await {
            Ok(Some(group)) => group,
            Ok(None) => break Ok(skipped),
            Err(error) => break Err(error),
        };
        let GroupKeys { place, keys, visible, skipped: left_out, _memory } = group;
        skipped.without_key += left_out.without_key;
        skipped.without_event_timestamp += left_out.without_event_timestamp;
        let fold = move |_: &Source| {
            offering.offer(&keys, &visible);
            Ok(offering)
        };
        offering = source.aside(place, fold).await?;
    };
    *collector = offering.collector;
    ended
}

async fn group_keys(source: &Arc<Source>, place: Place) -> Result<Option<GroupKeys<'_>>, SnapshotError> {
    let (laid, group) = source.at(place);
    let summary = source.summary(laid, group);
    if summary.is_some_and(|Summary { rows, .. }| rows == 0) {
        return Ok(None);
    }
    if summary.is_some() {
        let fields: Vec<&Field> = laid.layout.keys.iter().filter_map(Origin::field).collect();
        let memory = source.reserve(group, &fields).await?;
        let raw = group.fetch(&source.objects, &fields).await?;
        let keys = source.decode(place, move |source| source.key_columns(place, &mut raw.into_iter())).await?;
        let visible = Visible::All(group.rows());
        return Ok(Some(GroupKeys { place, keys, visible, skipped: SkippedRows::default(), _memory: memory }));
    }
    let fields = laid.layout.row_fields();
    let memory = source.reserve(group, &fields).await?;
    let raw = group.fetch(&source.objects, &fields).await?;
    let rows = group.rows();
    let (keys, visible, skipped) = source
        .decode(place, move |source| {
            let columns = source.row_columns(place, raw)?;
            let mut skipped = SkippedRows::default();
            let mut visible = Vec::new();
            let mut written = Vec::new();
            for row in 0..u32::try_from(rows).unwrap_or(u32::MAX) {
                let at = row as usize;
                let created = columns.created.as_ref().and_then(|created| created.at(at));
                let Some(event_timestamp) = columns.event_timestamps.at(at) else {
                    skipped.without_event_timestamp += 1;
                    continue;
                };
                if columns.keys.write(at, &mut written).is_none() {
                    skipped.without_key += 1;
                } else if source.sees(event_timestamp, created) {
                    visible.push(row);
                }
            }
            Ok((columns.keys, Visible::Some(visible), skipped))
        })
        .await?;
    Ok(Some(GroupKeys { place, keys, visible, skipped, _memory: memory }))
}
