//! The choice of sample keys by hash.
//!
//! Each key has a hash that depends on nothing but the key and a seed. Keeping the keys with the smallest hashes gives
//! the same keys every round, gives the same keys on both sides whichever side is asked first, and needs no more memory
//! than the sample. A second, rotating part with a seed of its own visits other keys each round.
//!
//! Two sides of different sizes have different largest hashes. Only up to the smaller of the two ([`Reach`]) are the keys
//! of both one even sample of the union: beyond it one side would answer for keys of which the other was not asked.

use std::collections::BTreeSet;

use super::entity::{EntityKey, hash_of_written};

/// How many keys to choose and by which seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyChoice {
    /// Seed of the keys that come back every round.
    pub stable_seed: u64,
    /// How many of them.
    pub stable: usize,
    /// Seed of this round's other keys.
    pub rotating_seed: u64,
    /// How many of them.
    pub rotating: usize,
}

/// What a key must stay under to be kept; lets whole columns of keys be sifted before one is built.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    stable: Bar,
    rotating: Bar,
}

/// A seed and the largest hash that is still kept; `None` keeps nothing.
#[derive(Clone, Copy, Debug)]
struct Bar {
    seed: u64,
    largest: Option<u64>,
}

impl Threshold {
    /// Whether a key written by [`EntityKey::write`] would have been kept when the threshold was taken.
    #[must_use]
    pub fn passes(&self, written: &[u8]) -> bool {
        [self.stable, self.rotating]
            .iter()
            .any(|bar| bar.largest.is_some_and(|largest| hash_of_written(written, bar.seed) <= largest))
    }
}

/// Keeps the keys with the smallest hashes of those offered; a key offered twice counts once.
#[derive(Clone, Debug)]
pub struct KeyCollector {
    stable: Smallest,
    rotating: Smallest,
}

#[derive(Clone, Debug)]
struct Smallest {
    seed: u64,
    capacity: usize,
    kept: BTreeSet<(u64, EntityKey)>,
    reach: u64,
}

/// The hashes up to which a collector kept every key that it was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    stable: u64,
    rotating: u64,
}

/// The keys of one part of a choice, with how far they are all that were offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The keys, by rising hash.
    pub keys: Vec<EntityKey>,
    /// The hash up to which none is lacking; `None` when none was turned away.
    pub reach: Option<u64>,
}

impl Reach {
    /// Everything.
    pub const WHOLE: Self = Self { stable: u64::MAX, rotating: u64::MAX };

    /// What lies within both.
    #[must_use]
    pub fn shared(self, other: Self) -> Self {
        Self { stable: self.stable.min(other.stable), rotating: self.rotating.min(other.rotating) }
    }
}

impl KeyCollector {
    /// A collector that has seen no key.
    #[must_use]
    pub fn new(choice: KeyChoice) -> Self {
        Self {
            stable: Smallest::new(choice.stable_seed, choice.stable),
            rotating: Smallest::new(choice.rotating_seed, choice.rotating),
        }
    }

    /// The collector that made these parts of this choice.
    #[must_use]
    pub fn restored(choice: KeyChoice, stable: Part, rotating: Part) -> Self {
        let mut restored = Self::new(choice);
        restored.stable.restore(stable);
        restored.rotating.restore(rotating);
        restored
    }

    /// The choice that it makes.
    #[must_use]
    pub const fn choice(&self) -> KeyChoice {
        KeyChoice {
            stable_seed: self.stable.seed,
            stable: self.stable.capacity,
            rotating_seed: self.rotating.seed,
            rotating: self.rotating.capacity,
        }
    }

    /// The keys that come back every round.
    #[must_use]
    pub fn stable(&self) -> Part {
        self.stable.part()
    }

    /// The other ones.
    #[must_use]
    pub fn rotating(&self) -> Part {
        self.rotating.part()
    }

    /// Takes in the rotating keys of another collector of the same choice, as if what it was offered had been offered here.
    pub fn merge_rotating(&mut self, other: &Self) {
        self.rotating.merge(&other.rotating);
    }

    /// Whether `key`, had it been offered, would have been kept: then its absence tells that it was not offered.
    #[must_use]
    pub fn answers_for(&self, key: &EntityKey) -> bool {
        [&self.stable, &self.rotating]
            .iter()
            .any(|part| part.capacity > 0 && key.sampling_hash(part.seed) <= part.reach)
    }

    /// Offers a key; it is copied only if it is kept.
    pub fn offer(&mut self, key: &EntityKey) {
        self.stable.offer(key);
        self.rotating.offer(key);
    }

    /// What a key must stay under now; it never rises, so a key that does not pass need not be offered later either, if
    /// the collector is told by [`pass_over`](Self::pass_over).
    #[must_use]
    pub fn threshold(&self) -> Threshold {
        Threshold { stable: self.stable.bar(), rotating: self.rotating.bar() }
    }

    /// Takes note of keys that failed `threshold` and were not offered.
    pub fn pass_over(&mut self, threshold: Threshold) {
        self.stable.pass_over(threshold.stable);
        self.rotating.pass_over(threshold.rotating);
    }

    /// How far the keys kept are all that were offered.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        Reach { stable: self.stable.reach, rotating: self.rotating.reach }
    }

    /// The keys kept, each once, in ascending order.
    #[must_use]
    pub fn into_keys(self) -> Vec<EntityKey> {
        self.into_keys_within(Reach::WHOLE)
    }

    /// The keys kept within `reach`, each once, in ascending order.
    #[must_use]
    pub fn into_keys_within(self, reach: Reach) -> Vec<EntityKey> {
        let stable = self.stable.kept.into_iter().take_while(|(hash, _)| *hash <= reach.stable);
        let rotating = self.rotating.kept.into_iter().take_while(|(hash, _)| *hash <= reach.rotating);
        let mut keys: Vec<EntityKey> = stable.chain(rotating).map(|(_, key)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

impl Smallest {
    const fn new(seed: u64, capacity: usize) -> Self {
        Self { seed, capacity, kept: BTreeSet::new(), reach: u64::MAX }
    }

    fn part(&self) -> Part {
        let keys = self.kept.iter().map(|(_, key)| key.clone()).collect();
        Part { keys, reach: (self.reach != u64::MAX).then_some(self.reach) }
    }

    fn restore(&mut self, part: Part) {
        self.reach = part.reach.unwrap_or(u64::MAX);
        self.kept = part.keys.into_iter().map(|key| (key.sampling_hash(self.seed), key)).collect();
    }

    fn merge(&mut self, other: &Self) {
        self.reach = self.reach.min(other.reach);
        self.kept.extend(other.kept.iter().cloned());
        while self.kept.len() > self.capacity {
            self.kept.pop_last();
            self.reach = self.reach.min(self.kept.last().map_or(u64::MAX, |(largest, _)| *largest));
        }
        // What lies beyond is not all that was offered.
        let reach = self.reach;
        self.kept.retain(|(hash, _)| *hash <= reach);
    }

    fn bar(&self) -> Bar {
        let largest = match self.capacity {
            0 => None,
            capacity if self.kept.len() < capacity => Some(u64::MAX),
            _ => self.kept.last().map(|(largest, _)| *largest),
        };
        Bar { seed: self.seed, largest }
    }

    fn pass_over(&mut self, bar: Bar) {
        self.reach = self.reach.min(bar.largest.unwrap_or(u64::MAX));
    }

    fn offer(&mut self, key: &EntityKey) {
        if self.capacity == 0 {
            return;
        }
        let hash = key.sampling_hash(self.seed);
        let is_full = self.kept.len() >= self.capacity;
        if let Some((largest, _)) = self.kept.last().filter(|(largest, _)| is_full && hash > *largest) {
            self.reach = *largest;
            return;
        }
        self.kept.insert((hash, key.clone()));
        if self.kept.len() > self.capacity {
            self.kept.pop_last();
            self.reach = self.kept.last().map_or(u64::MAX, |(largest, _)| *largest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entity::KeyValue;

    fn key(number: i64) -> EntityKey {
        EntityKey::new(vec![KeyValue::Int64(number)])
    }

    fn chosen(numbers: impl Iterator<Item = i64>) -> Vec<EntityKey> {
        let choice = KeyChoice { stable_seed: 1, stable: 8, rotating_seed: 2, rotating: 4 };
        let mut collector = KeyCollector::new(choice);
        numbers.for_each(|number| collector.offer(&key(number)));
        collector.into_keys()
    }

    #[test]
    fn the_order_and_the_repetition_of_offers_do_not_change_the_choice() {
        let forward = chosen(0..1000);
        assert_eq!(forward, chosen((0..1000).rev().chain(0..500)));
        assert!(forward.len() > 8 && forward.len() <= 12);
    }

    #[test]
    fn no_key_that_would_be_kept_fails_the_threshold() {
        let choice = KeyChoice { stable_seed: 1, stable: 8, rotating_seed: 2, rotating: 4 };
        let mut sifted = KeyCollector::new(choice);
        let mut passed = 0;
        for number in 0..1000 {
            let mut written = Vec::new();
            key(number).write(&mut written);
            let threshold = sifted.threshold();
            if threshold.passes(&written) {
                passed += 1;
                sifted.offer(&key(number));
            } else {
                sifted.pass_over(threshold);
            }
        }
        let mut offered = KeyCollector::new(choice);
        (0..1000).for_each(|number| offered.offer(&key(number)));
        assert_eq!(sifted.reach(), offered.reach());
        assert_eq!(sifted.into_keys(), offered.into_keys());
        assert!(passed < 500, "{passed} of 1000 keys passed");
    }

    #[test]
    fn sides_of_different_sizes_together_are_the_keys_with_the_smallest_hashes_of_their_union() {
        let choice = KeyChoice { stable_seed: 1, stable: 100, rotating_seed: 2, rotating: 0 };
        let collected = |numbers: std::ops::Range<i64>| {
            let mut collector = KeyCollector::new(choice);
            numbers.for_each(|number| collector.offer(&key(number)));
            collector
        };
        let (large, small) = (collected(0..4000), collected(3000..5000));
        let reach = large.reach().shared(small.reach());
        let mut union = large.into_keys_within(reach);
        union.extend(small.into_keys_within(reach));
        union.sort_unstable();
        union.dedup();
        let mut by_hash: Vec<EntityKey> = (0..5000).map(key).collect();
        by_hash.sort_by_key(|key| key.sampling_hash(1));
        by_hash.truncate(union.len());
        by_hash.sort_unstable();
        assert_eq!(union, by_hash);
        assert!(union.len() >= 100);
    }

    #[test]
    fn a_side_that_was_kept_whole_reaches_everywhere() {
        let mut collector = KeyCollector::new(KeyChoice { stable_seed: 1, stable: 8, rotating_seed: 2, rotating: 0 });
        (0..8).for_each(|number| collector.offer(&key(number)));
        assert_eq!(collector.reach(), Reach::WHOLE);
        collector.offer(&key(8));
        assert_ne!(collector.reach(), Reach::WHOLE);
    }

    #[test]
    fn a_population_smaller_than_the_sample_is_chosen_whole() {
        assert_eq!(chosen(0..5).len(), 5);
    }
}
