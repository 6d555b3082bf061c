//! A sample of a column's keys, with how often each occurs in all of it.
//!
//! The keys with the smallest hashes are kept. A key that is among them in the whole is so in each part that has it:
//! samples merge to that of the whole, bit by bit, in any order. Which keys a sample would hold does not depend on how
//! often they occur, so that their share among the kept ones estimates that among all.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use crate::stats::real;

/// Keys kept; a share of them has a standard error of at most 0.8 %.
const MOST: usize = 4096;

/// The hashes of keys lie evenly below this.
const ALL_HASHES: f64 = 18_446_744_073_709_551_616.0;

/// Counts by hash of the key, the smallest hashes of all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeySample(BTreeMap<u64, u64>);

/// The hash that decides whether a key is in the sample.
pub(super) fn hash(key: &str) -> u64 {
    xxh3_64(key.as_bytes())
}

impl KeySample {
    /// The sample of all keys of a column, each given once with its count.
    pub(super) fn of<'a>(keys: impl Iterator<Item = (&'a str, u64)>) -> Self {
        let mut sample = Self::default();
        for (key, count) in keys {
            let hash = hash(key);
            if sample.0.len() < MOST || sample.0.last_key_value().is_some_and(|(last, _)| hash < *last) {
                *sample.0.entry(hash).or_default() += count;
                sample.cut();
            }
        }
        sample
    }

    /// A sample that was made elsewhere; `None` when it is larger than one can be.
    pub(super) fn from_counts(counts: BTreeMap<u64, u64>) -> Option<Self> {
        (counts.len() <= MOST).then_some(Self(counts))
    }

    /// The hashes with their counts.
    pub(super) const fn counts(&self) -> &BTreeMap<u64, u64> {
        &self.0
    }

    /// Keys whose hash is smaller than this are all in the sample; `None` when every key is.
    pub(super) fn threshold(&self) -> Option<u64> {
        self.0.last_key_value().map(|(hash, _)| *hash).filter(|_| self.0.len() == MOST)
    }

    /// Whether the column has a key of this hash; `None` when the sample cannot tell.
    pub(super) fn holds(&self, hash: u64) -> Option<bool> {
        let known = self.threshold().is_none_or(|threshold| hash < threshold);
        known.then(|| self.0.contains_key(&hash))
    }

    /// What the sum over all keys is likely to be, from that over the keys below the threshold.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate is positive and rounded")]
    pub(super) fn scaled(&self, sum: u64) -> u64 {
        match self.threshold() {
            Some(threshold) if threshold > 0 => (real(sum) * (ALL_HASHES / real(threshold))).round() as u64,
            Some(_) | None => sum,
        }
    }

    /// The counts below the threshold.
    pub(super) fn below(&self) -> impl Iterator<Item = (u64, u64)> {
        let threshold = self.threshold();
        self.0
            .iter()
            .map(|(hash, count)| (*hash, *count))
            .filter(move |(hash, _)| threshold.is_none_or(|end| *hash < end))
    }

    /// How many keys are likely to occur once.
    pub(super) fn once(&self) -> u64 {
        self.scaled(self.below().filter(|(_, count)| *count == 1).count() as u64)
    }

    /// The sample of both.
    pub(super) fn merge(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        for (hash, count) in &other.0 {
            *merged.0.entry(*hash).or_default() += count;
        }
        merged.cut();
        merged
    }

    fn cut(&mut self) {
        while self.0.len() > MOST {
            self.0.pop_last();
        }
    }
}
