//! L1: rows in memory, bounded in bytes and in age.
//!
//! What is kept longest is decided by S3-FIFO as `quick_cache` has it: a row that is asked for once does not push out
//! one that is asked for often, as the least-recently-used rule would have it, and a hit writes nothing that other
//! threads wait for.

use std::hash::{BuildHasher as _, Hash};
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::quality::RandomState;
use quick_cache::sync::Cache as QuickCache;
use quick_cache::{Equivalent, Weighter};

use super::row::{Row, key_bytes};
use super::settings::L1Settings;
use crate::model::entity::EntityKey;

/// Bytes that the cache itself needs per row: its entry and its place in the tables.
const ENTRY: usize = 64;
/// Bytes of a row for which room is reserved at first.
const USUAL_ROW: u64 = 512;

/// The rows in memory.
#[derive(Debug)]
pub(super) struct Cache {
    rows: Option<QuickCache<RowKey, Kept, Bytes, RandomState>>,
    draws: RandomState,
    settings: L1Settings,
}

/// A row that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) row: Arc<Row>,
    /// Time since it was asked for in the store.
    pub(super) age: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RowKey {
    view: u32,
    entity: EntityKey,
}

/// A [`RowKey`] that is only looked up.
#[derive(Hash)]
struct RowName<'a> {
    view: u32,
    entity: &'a EntityKey,
}

impl Equivalent<RowKey> for RowName<'_> {
    fn equivalent(&self, key: &RowKey) -> bool {
        self.view == key.view && *self.entity == key.entity
    }
}

#[derive(Clone, Debug)]
struct Kept {
    row: Arc<Row>,
    expires: Instant,
}

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<RowKey, Kept> for Bytes {
    fn weight(&self, key: &RowKey, kept: &Kept) -> u64 {
        (ENTRY + key_bytes(&key.entity) + kept.row.bytes()) as u64
    }
}

impl Cache {
    pub(super) fn new(settings: &L1Settings) -> Self {
        let rows = (settings.capacity > 0).then(|| {
            let items = usize::try_from(settings.capacity / USUAL_ROW).unwrap_or(usize::MAX).max(1);
            QuickCache::with(items, settings.capacity, Bytes, RandomState::default(), Default::default())
        });
        Self { rows, draws: RandomState::default(), settings: *settings }
    }

    /// Whether rows are kept at all.
    pub(super) const fn is_on(&self) -> bool {
        self.rows.is_some()
    }

    /// The row of an entity, if it is here and may still be served at `now`.
    pub(super) fn get(&self, view: u32, entity: &EntityKey, now: Instant) -> Option<Found> {
        let kept = self.rows.as_ref()?.get(&RowName { view, entity })?;
        let age = now.saturating_duration_since(kept.row.asked_at);
        (now < kept.expires).then_some(Found { row: kept.row, age })
    }

    /// Keeps a row that the store has answered with, unless one is here that was asked for later: two connections may be
    /// answered in another order than they were asked.
    pub(super) fn keep(&self, view: u32, entity: &EntityKey, row: &Arc<Row>) {
        let Some(rows) = &self.rows else { return };
        if rows.peek(&RowName { view, entity }).is_some_and(|kept| kept.row.asked_at > row.asked_at) {
            return;
        }
        let life = self.life(view, entity, row);
        let kept = Kept { row: Arc::clone(row), expires: row.asked_at + life };
        rows.insert(RowKey { view, entity: entity.clone() }, kept);
    }

    /// How long a row is served after it was asked for: less than the settings say by a share drawn from key and time,
    /// and never longer than the store itself keeps it.
    fn life(&self, view: u32, entity: &EntityKey, row: &Row) -> Duration {
        let most = if row.cells.is_some() { self.settings.ttl } else { self.settings.negative_ttl };
        let drawn = self.draws.hash_one((view, entity, row.asked_at));
        let drawn = crate::stats::real(drawn >> 11) / crate::stats::real(1_u64 << 53);
        let life = most.mul_f64(1.0 - self.settings.jitter.get() * drawn);
        row.remaining_ttl.map_or(life, |remaining| life.min(remaining))
    }

    pub(super) fn weight(&self) -> u64 {
        self.rows.as_ref().map_or(0, QuickCache::weight)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.as_ref().map_or(0, QuickCache::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entity::KeyValue;
    use crate::model::online::OnlineRow;
    use crate::model::ratio::Ratio;

    fn cache() -> Cache {
        let (ttl, negative_ttl) = (Duration::from_secs(100), Duration::from_secs(100));
        Cache::new(&L1Settings { capacity: 1 << 20, ttl, jitter: Ratio::of(1, 10).unwrap(), negative_ttl })
    }

    fn row(asked_at: Instant) -> Arc<Row> {
        Arc::new(Row::new(OnlineRow::Absent, Box::default(), asked_at))
    }

    #[test]
    fn rows_read_together_do_not_expire_together() {
        let (cache, now) = (cache(), Instant::now());
        let keys: Vec<EntityKey> = (0..1000).map(|number| EntityKey::new([KeyValue::Int64(number)])).collect();
        keys.iter().for_each(|key| cache.keep(0, key, &row(now)));
        let left = |seconds| {
            let then = now + Duration::from_secs(seconds);
            keys.iter().filter(|key| cache.get(0, key, then).is_some()).count()
        };
        assert_eq!((left(89), left(101)), (1000, 0));
        assert!((300..=700).contains(&left(95)), "{} of 1000 are left in the middle", left(95));
    }

    #[test]
    fn an_older_read_that_comes_later_does_not_replace_a_newer_one() {
        let (cache, older) = (cache(), Instant::now());
        let newer = older + Duration::from_millis(1);
        let key = EntityKey::new([KeyValue::Int64(1)]);
        cache.keep(0, &key, &row(newer));
        cache.keep(0, &key, &row(older));
        assert_eq!(cache.get(0, &key, newer).map(|found| found.row.asked_at), Some(newer));
    }
}
