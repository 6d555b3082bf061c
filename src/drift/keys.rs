//! Keys of one side, counted chunk by chunk.

use std::collections::HashMap;

use crate::stats::categories::Categories;
use crate::store::snapshot::Chunk;

/// How often each key occurs in the rows seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    counts: HashMap<Box<str>, u64>,
    nulls: u64,
}

impl Keys {
    /// Takes in a whole chunk.
    pub(super) fn take(&mut self, chunk: &Chunk) -> Result<(), String> {
        self.nulls += (chunk.rows() - chunk.present()) as u64;
        chunk.keys(|key, count| {
            if let Some(known) = self.counts.get_mut(key) {
                *known += count;
            } else {
                self.counts.insert(key.into(), count);
            }
        })
    }

    /// The keys in the order of their bytes.
    pub(super) fn categories(self) -> Categories {
        Categories::of_counts(self.counts.into_iter().collect(), self.nulls)
    }
}
