//! The choice of sample keys by hash.
//!
//! Each key has a hash that depends on nothing but the key and a seed. Keeping the keys with the smallest hashes gives
//! the same keys every round, gives the same keys on both sides whichever side is asked first, and needs no more memory
//! than the sample. A second, rotating part with a seed of its own visits other keys each round.

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
}

impl KeyCollector {
    /// A collector that has seen no key.
    #[must_use]
    pub fn new(choice: KeyChoice) -> Self {
        Self {
            stable: Smallest { seed: choice.stable_seed, capacity: choice.stable, kept: BTreeSet::new() },
            rotating: Smallest { seed: choice.rotating_seed, capacity: choice.rotating, kept: BTreeSet::new() },
        }
    }

    /// Offers a key; it is copied only if it is kept.
    pub fn offer(&mut self, key: &EntityKey) {
        self.stable.offer(key);
        self.rotating.offer(key);
    }

    /// What a key must stay under now; it never rises, so a key that does not pass need not be offered later either.
    #[must_use]
    pub fn threshold(&self) -> Threshold {
        Threshold { stable: self.stable.bar(), rotating: self.rotating.bar() }
    }

    /// The keys kept, each once, in ascending order.
    #[must_use]
    pub fn into_keys(self) -> Vec<EntityKey> {
        let mut keys: Vec<EntityKey> =
            self.stable.kept.into_iter().chain(self.rotating.kept).map(|(_, key)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

impl Smallest {
    fn bar(&self) -> Bar {
        let largest = match self.capacity {
            0 => None,
            capacity if self.kept.len() < capacity => Some(u64::MAX),
            _ => self.kept.last().map(|(largest, _)| *largest),
        };
        Bar { seed: self.seed, largest }
    }

    fn offer(&mut self, key: &EntityKey) {
        if self.capacity == 0 {
            return;
        }
        let hash = key.sampling_hash(self.seed);
        if self.kept.len() >= self.capacity && self.kept.last().is_some_and(|(largest, _)| hash > *largest) {
            return;
        }
        self.kept.insert((hash, key.clone()));
        if self.kept.len() > self.capacity {
            self.kept.pop_last();
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
            if sifted.threshold().passes(&written) {
                passed += 1;
                sifted.offer(&key(number));
            }
        }
        assert_eq!(sifted.into_keys(), chosen(0..1000));
        assert!(passed < 500, "{passed} of 1000 keys passed");
    }

    #[test]
    fn a_population_smaller_than_the_sample_is_chosen_whole() {
        assert_eq!(chosen(0..5).len(), 5);
    }
}
