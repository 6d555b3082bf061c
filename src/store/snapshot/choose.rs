//! Every entity key of a snapshot, offered once or seldom more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{StreamExt, TryStreamExt, stream};
use polars_arrow::datatypes::Field;
use xxhash_rust::xxh3::xxh3_64;

use super::error::SnapshotError;
use super::keys::KeyColumns;
use super::layout::Origin;
use super::rows::{Place, RowColumns, SkippedRows, Source, Summary};
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
    /// Offers the keys of `rows`, unless one is remembered as offered.
    fn offer(&mut self, keys: &KeyColumns, rows: &[Candidate]) {
        for candidate in rows {
            let slot = usize::try_from(candidate.hash).unwrap_or_default() % REMEMBERED;
            let Some(seen) = self.seen.get_mut(slot) else { continue };
            if *seen != Some(candidate.hash) {
                *seen = Some(candidate.hash);
                if let Some(key) = keys.entity(candidate.row) {
                    self.collector.offer(&key);
                }
            }
        }
    }
}

/// A row whose key may be chosen.
struct Candidate {
    row: usize,
    hash: u64,
}

/// Takes the keys of row groups out of the columns that hold them.
#[derive(Clone, Debug)]
struct Chooser(Arc<Mutex<Offering>>);

impl Chooser {
    fn offering(&self) -> MutexGuard<'_, Offering> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Offers the keys of `rows`. Most of them are no match for the keys chosen so far, which a hash alone tells.
    fn offer(&self, keys: &KeyColumns, rows: impl Iterator<Item = usize>) {
        let threshold = self.offering().collector.threshold();
        let mut candidates = Vec::new();
        let mut written = Vec::new();
        let mut previous = Vec::new();
        let mut passed_over = false;
        for row in rows {
            if keys.write(row, &mut written).is_none() || written == previous {
                continue;
            }
            std::mem::swap(&mut written, &mut previous);
            if threshold.passes(&previous) {
                candidates.push(Candidate { row, hash: xxh3_64(&previous) });
            } else {
                passed_over = true;
            }
        }
        let mut offering = self.offering();
        if passed_over {
            offering.collector.pass_over(threshold);
        }
        offering.offer(keys, &candidates);
    }
}

/// Offers the key of every visible row to `collector`; returns what was left out.
pub(super) async fn choose_keys(
    source: &Arc<Source>,
    collector: &mut KeyCollector,
) -> Result<SkippedRows, SnapshotError> {
    let nothing = || KeyCollector::new(KeyChoice { stable_seed: 0, stable: 0, rotating_seed: 0, rotating: 0 });
    let offering = Offering { collector: std::mem::replace(collector, nothing()), seen: vec![None; REMEMBERED] };
    let chooser = Chooser(Arc::new(Mutex::new(offering)));
    let concurrency = source.objects.settings().concurrency.max(1);
    let groups = stream::iter(source.places()).map(|place| choose_of(source, &chooser, place));
    let skipped = groups
        .buffer_unordered(concurrency)
        .try_fold(SkippedRows::default(), |mut skipped, left_out| {
            skipped.without_key += left_out.without_key;
            skipped.without_event_timestamp += left_out.without_event_timestamp;
            std::future::ready(Ok(skipped))
        })
        .await;
    // After a fault, threads may still be at work for nobody; what they would add is not needed.
    *collector = std::mem::replace(&mut chooser.offering().collector, nothing());
    skipped
}

async fn choose_of(source: &Arc<Source>, chooser: &Chooser, place: Place) -> Result<SkippedRows, SnapshotError> {
    let (laid, group) = source.at(place);
    let summary = source.summary(laid, group);
    if summary.is_some_and(|Summary { rows, .. }| rows == 0) {
        return Ok(SkippedRows::default());
    }
    let chooser = chooser.clone();
    let rows = group.rows();
    if summary.is_some() {
        let fields: Vec<&Field> = laid.layout.keys.iter().filter_map(Origin::field).collect();
        let _memory = source.reserve(group, &fields).await?;
        let raw = group.fetch(&source.objects, &fields).await?;
        let choose = move |source: &Source| {
            chooser.offer(&source.key_columns(place, &mut raw.into_iter())?, 0..rows);
            Ok(SkippedRows::default())
        };
        return source.decode(place, choose).await;
    }
    let fields = laid.layout.row_fields();
    let _memory = source.reserve(group, &fields).await?;
    let raw = group.fetch(&source.objects, &fields).await?;
    let choose = move |source: &Source| {
        let columns = source.row_columns(place, raw)?;
        let (visible, skipped) = visible(source, &columns, rows);
        chooser.offer(&columns.keys, visible.into_iter());
        Ok(skipped)
    };
    source.decode(place, choose).await
}

/// The rows that can be seen, and how many belong to no entity or no time.
fn visible(source: &Source, columns: &RowColumns, rows: usize) -> (Vec<usize>, SkippedRows) {
    let mut skipped = SkippedRows::default();
    let mut visible = Vec::new();
    let mut written = Vec::new();
    for row in 0..rows {
        let created = columns.created.as_ref().and_then(|created| created.at(row));
        let Some(event_timestamp) = columns.event_timestamps.at(row) else {
            skipped.without_event_timestamp += 1;
            continue;
        };
        if columns.keys.write(row, &mut written).is_none() {
            skipped.without_key += 1;
        } else if !source.is_over(event_timestamp) && source.sees(event_timestamp, created) {
            visible.push(row);
        }
    }
    (visible, skipped)
}
