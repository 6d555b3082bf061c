//! What lookups came to.

use std::sync::atomic::{AtomicU64, Ordering};

use super::answer::Answer;

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

/// Counts as they go on.
#[derive(Debug, Default)]
pub(super) struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    partial: AtomicU64,
    complete: AtomicU64,
    incomplete: AtomicU64,
    errors: AtomicU64,
}

impl Counters {
    pub(super) fn count(&self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Hit => &self.hits,
            Outcome::Miss => &self.misses,
            Outcome::Partial => &self.partial,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn answered(&self, answer: &Answer) {
        let counter = match (answer.is_complete(), answer.has_failed()) {
            (true, _) => &self.complete,
            (false, false) => &self.incomplete,
            (false, true) => &self.errors,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> LookupCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LookupCounts {
            hits: read(&self.hits),
            misses: read(&self.misses),
            partial: read(&self.partial),
            complete: read(&self.complete),
            incomplete: read(&self.incomplete),
            errors: read(&self.errors),
        }
    }
}
