//! When versions of rows were written, so that a read can be told right, stale or unwritten.
//!
//! An entity that nobody has written costs a look at one bit. Of one that is written again and again only those versions
//! are kept that a read could still be right with.

use std::collections::{HashMap, VecDeque};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::truth::LAST_VERSION;
use super::worker::nanos;

/// Parts of the ledger that can be written at once.
const SHARDS: usize = 64;
/// Longest time that a read takes, with much to spare: what was outdated before that is forgotten.
const LONGEST_READ: Duration = Duration::from_secs(60);

/// When versions were written. Version 0 was there before, unless another was [found](Ledger::found).
#[derive(Debug)]
pub struct Ledger {
    /// Nanoseconds by which an answer may be older than the store.
    allowed_age: u64,
    /// A bit per entity of which any version but 0 is known.
    known: Box<[AtomicU64]>,
    shards: Box<[Mutex<HashMap<u32, Versions>>]>,
}

/// The versions of an entity that a read may find.
#[derive(Debug, Default)]
struct Versions {
    /// The one that was there before.
    before: u32,
    /// Those after it of which nothing is known any more; a later one has long been acknowledged.
    forgotten: u32,
    /// Those after these, ascending.
    writes: VecDeque<Write>,
}

/// The writing of one version; nanoseconds since the beginning of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Write {
    begun: u64,
    /// `None` while nobody has said that it is done.
    acknowledged: Option<u64>,
}

/// A version that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whose row.
    pub entity: u32,
    /// The version.
    pub version: u32,
    /// From the start of the read to its end; nanoseconds since the beginning of the run.
    pub during: RangeInclusive<u64>,
}

/// Whether a version was a right answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It was.
    Right,
    /// A newer one had been acknowledged too long before.
    Stale,
    /// Nobody had begun to write it.
    Unwritten,
}

impl Ledger {
    /// A ledger of `entities` entities, of which answers may be older than the store by `allowed_age`.
    #[must_use]
    pub fn new(entities: u32, allowed_age: Duration) -> Self {
        let words = (entities as usize).div_ceil(64);
        Self {
            allowed_age: nanos(allowed_age),
            known: (0..words).map(|_| AtomicU64::default()).collect(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    fn shard(&self, entity: u32) -> Option<MutexGuard<'_, HashMap<u32, Versions>>> {
        let shard = self.shards.get(entity as usize % self.shards.len())?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_known(&self, entity: u32) -> bool {
        let word = self.known.get(entity as usize / 64);
        word.is_some_and(|word| word.load(Ordering::Acquire) >> (entity % 64) & 1 == 1)
    }

    fn make_known(&self, entity: u32) {
        if let Some(word) = self.known.get(entity as usize / 64) {
            word.fetch_or(1 << (entity % 64), Ordering::AcqRel);
        }
    }

    /// Notes the version of an entity that was in the store before the run.
    pub fn found(&self, entity: u32, version: u32) {
        if version > 0
            && let Some(mut shard) = self.shard(entity)
        {
            shard.insert(entity, Versions { before: version, ..Versions::default() });
            self.make_known(entity);
        }
    }

    /// Notes, before it is sent, that the next version of an entity is being written, and gives it; `None` when all
    /// versions are used up. One writer at a time may write an entity.
    #[must_use]
    pub fn begin(&self, entity: u32, now: u64) -> Option<u32> {
        let mut shard = self.shard(entity)?;
        let versions = shard.entry(entity).or_default();
        versions.forget(now.saturating_sub(self.allowed_age).saturating_sub(nanos(LONGEST_READ)));
        let version = versions.last()?.checked_add(1).filter(|version| *version <= LAST_VERSION)?;
        versions.writes.push_back(Write { begun: now, acknowledged: None });
        // Before the version can be read: who reads it finds the bit.
        self.make_known(entity);
        Some(version)
    }

    /// Notes that the store has said that the last version of an entity is written.
    pub fn acknowledge(&self, entity: u32, now: u64) {
        if let Some(write) = self.shard(entity).as_mut().and_then(|shard| shard.get_mut(&entity)?.writes.back_mut()) {
            write.acknowledged = Some(now);
        }
    }

    /// Whether a read may have found what it did.
    #[must_use]
    pub fn check(&self, found: &Found) -> Answered {
        let Found { entity, version, during } = found;
        if !self.is_known(*entity) {
            return if *version == 0 { Answered::Right } else { Answered::Unwritten };
        }
        let shard = self.shard(*entity);
        let Some(versions) = shard.as_ref().and_then(|shard| shard.get(entity)) else { return Answered::Unwritten };
        if !versions.was_begun(*version, *during.end()) {
            return Answered::Unwritten;
        }
        let replaced = versions.replaced(*version);
        let is_stale = match during.start().checked_sub(self.allowed_age) {
            Some(oldest) => replaced.is_some_and(|replaced| replaced <= oldest),
            None => *version < versions.before,
        };
        if is_stale { Answered::Stale } else { Answered::Right }
    }

    /// The entities that were written, each with the version that was there before.
    #[must_use]
    pub fn written(&self) -> Vec<(u32, u32)> {
        let locked = self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner));
        let of_shard = |shard: MutexGuard<'_, HashMap<u32, Versions>>| {
            let written = shard.iter().filter(|(_, versions)| !versions.writes.is_empty());
            written.map(|(entity, versions)| (*entity, versions.before)).collect::<Vec<_>>()
        };
        let mut written: Vec<(u32, u32)> = locked.flat_map(of_shard).collect();
        written.sort_unstable();
        written
    }

    /// Writes that it remembers.
    #[must_use]
    pub fn remembered(&self) -> usize {
        let locked = self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner));
        locked.map(|shard| shard.values().map(|versions| versions.writes.len()).sum::<usize>()).sum()
    }
}

impl Versions {
    fn last(&self) -> Option<u32> {
        let written = u32::try_from(self.writes.len()).ok()?;
        self.before.checked_add(self.forgotten)?.checked_add(written)
    }

    /// Drops the versions whose successor was acknowledged before `outdated`.
    fn forget(&mut self, outdated: u64) {
        let is_outdated = |write: &Write| write.acknowledged.is_some_and(|acknowledged| acknowledged < outdated);
        while self.writes.get(1).is_some_and(is_outdated) {
            self.writes.pop_front();
            self.forgotten += 1;
        }
    }

    /// Position of a version among the writes; `None` of one before them.
    fn position(&self, version: u32) -> Option<usize> {
        Some(version.checked_sub(self.before + self.forgotten)?.checked_sub(1)? as usize)
    }

    /// Whether a version was there, or begun, at `end`.
    fn was_begun(&self, version: u32, end: u64) -> bool {
        match self.position(version) {
            None => true,
            Some(position) => self.writes.get(position).is_some_and(|write| write.begun <= end),
        }
    }

    /// When the first of its later versions was acknowledged, as far as it is remembered: never earlier than it was. 0 of
    /// a version that was outdated when the run began.
    fn replaced(&self, version: u32) -> Option<u64> {
        if version < self.before {
            return Some(0);
        }
        let later = self.position(version).map_or(0, |position| position + 1);
        self.writes.iter().skip(later).find_map(|write| write.acknowledged)
    }
}
