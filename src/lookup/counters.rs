//! What lookups came to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::answer::Completeness;

/// What L1 had of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All rows.
    Hit,
    /// No row.
    Miss,
    /// Some of the rows.
    Partial,
}

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookupCounts {
    /// Lookups of which L1 had every row.
    pub hits: u64,
    /// Lookups of which L1 had no row.
    pub misses: u64,
    /// Lookups of which L1 had some rows.
    pub partial: u64,
    /// Lookups that found a value for every feature.
    pub complete: u64,
    /// Lookups that did not, and for which everything could be read.
    pub incomplete: u64,
    /// Lookups of which something could not be read.
    pub errors: u64,
}

/// Counts of one lookup path as they go on, by what L1 had and what came of it: one addition per lookup, in memory that
/// other threads' lookups do not write to.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Counters([[AtomicU64; 3]; 3]);

/// The counts of all lookup paths over one L1.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Arc<Mutex<Vec<Arc<Counters>>>>);

impl Counters {
    /// Counts a lookup that is answered.
    pub(super) fn count(&self, outcome: Outcome, completeness: Completeness) {
        let [hits, misses, partial] = &self.0;
        let [complete, incomplete, failed] = match outcome {
            Outcome::Hit => hits,
            Outcome::Miss => misses,
            Outcome::Partial => partial,
        };
        let counter = match completeness {
            Completeness::Complete => complete,
            Completeness::Incomplete => incomplete,
            Completeness::Failed => failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Tally {
    /// Counters of another path.
    pub(super) fn join(&self) -> Arc<Counters> {
        let counters = Arc::new(Counters::default());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&counters));
        counters
    }

    pub(super) fn read(&self) -> LookupCounts {
        let mut counts = LookupCounts::default();
        for counters in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let read = counters.0.each_ref().map(|row| row.each_ref().map(|count| count.load(Ordering::Relaxed)));
            let [hits, misses, partial] = read.map(|row| row.iter().sum::<u64>());
            counts.hits += hits;
            counts.misses += misses;
            counts.partial += partial;
            for [complete, incomplete, failed] in read {
                counts.complete += complete;
                counts.incomplete += incomplete;
                counts.errors += failed;
            }
        }
        counts
    }
}
