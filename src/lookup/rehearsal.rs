//! L1 without a store behind it: what it would have kept, had it been asked for a given row of entities.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cache::Cache;
use super::row::Row;
use super::settings::L1Settings;
use crate::model::entity::EntityKey;
use crate::model::online::{OnlineRow, StoredRow};

/// The cache of a lookup, with a clock that is set from outside, over a store that has the same row for every entity and
/// answers at once.
#[derive(Debug)]
pub struct Rehearsal {
    cache: Cache,
    row: StoredRow,
    began: Instant,
}

impl Rehearsal {
    /// A cache with nothing in it, over `row`.
    #[must_use]
    pub fn new(settings: &L1Settings, row: StoredRow) -> Self {
        Self { cache: Cache::new(settings), row, began: Instant::now() }
    }

    /// Looks an entity up at a time since the beginning, which never goes back: whether L1 had it. It has it afterwards.
    #[must_use]
    pub fn look_up(&self, entity: &EntityKey, at: Duration) -> bool {
        let now = self.began + at;
        let is_hit = self.cache.get(0, entity, now).is_some();
        if !is_hit {
            let row = Row::new(OnlineRow::Found(self.row.clone()), Box::default(), now);
            self.cache.keep(0, entity, &Arc::new(row));
        }
        is_hit
    }

    /// Rows that it holds.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.cache.len()
    }

    /// Bytes that it holds, as it weighs them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.cache.weight()
    }
}
