//! What the right answer is: values that tell whether they are right, and the writes that make old ones wrong.
//!
//! A value is made from its entity, feature and version, and carries the version, so that a reader needs no table. With
//! writers at work several versions may be right: the [`Ledger`] knows when each was written.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

/// Bits of a value that hold its version.
const VERSION_BITS: u32 = 24;
/// The largest version.
pub const LAST_VERSION: u32 = (1 << VERSION_BITS) - 1;
/// Parts of the ledger that can be written at once.
const SHARDS: usize = 64;

/// The value of a feature of an entity in a version of its row.
#[must_use]
pub fn value(entity: u32, feature: u32, version: u32) -> i64 {
    let version = version & LAST_VERSION;
    let mut written = [0; 12];
    for (place, part) in written.as_chunks_mut::<4>().0.iter_mut().zip([entity, feature, version]) {
        *place = part.to_le_bytes();
    }
    ((xxh3_64(&written) << VERSION_BITS) | u64::from(version)).cast_signed()
}

/// The version of a value; `None` if it is not the value of this feature of this entity in any version.
#[must_use]
pub fn version(entity: u32, feature: u32, found: i64) -> Option<u32> {
    let version = u32::try_from(found.cast_unsigned() & u64::from(LAST_VERSION)).ok()?;
    (value(entity, feature, version) == found).then_some(version)
}

/// What a row's values say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// All are right for one version.
    Version(u32),
    /// Each is right for a version, and these differ.
    Torn,
    /// One is not right for any version.
    Wrong,
}

/// Reads the values of features 0, 1, 2, … of an entity; at least one.
#[must_use]
pub fn row(entity: u32, values: impl IntoIterator<Item = i64>) -> Row {
    let mut whole = None;
    let mut torn = false;
    for (feature, found) in (0..).zip(values) {
        let Some(version) = version(entity, feature, found) else { return Row::Wrong };
        torn |= *whole.get_or_insert(version) != version;
    }
    match whole {
        Some(version) if !torn => Row::Version(version),
        Some(_) => Row::Torn,
        None => Row::Wrong,
    }
}

/// When versions were written. Version 0 was there before.
#[derive(Debug)]
pub struct Ledger {
    shards: Box<[Mutex<Writes>]>,
}

/// Versions from 1 on, by entity.
type Writes = HashMap<u32, Vec<Write>>;

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

impl Default for Ledger {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Ledger {
    fn shard(&self, entity: u32) -> Option<MutexGuard<'_, Writes>> {
        let shard = self.shards.get(entity as usize % self.shards.len())?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes, before it is sent, that the next version of an entity is being written, and gives it; `None` when all
    /// versions are used up. One writer at a time may write an entity.
    #[must_use]
    pub fn begin(&self, entity: u32, now: u64) -> Option<u32> {
        let mut shard = self.shard(entity)?;
        let writes = shard.entry(entity).or_default();
        let version = u32::try_from(writes.len() + 1).ok().filter(|version| *version <= LAST_VERSION)?;
        writes.push(Write { begun: now, acknowledged: None });
        Some(version)
    }

    /// Notes that the store has said that the last version of an entity is written.
    pub fn acknowledge(&self, entity: u32, now: u64) {
        if let Some(write) = self.shard(entity).as_mut().and_then(|shard| shard.get_mut(&entity)?.last_mut()) {
            write.acknowledged = Some(now);
        }
    }

    /// Whether a read may have found what it did, when answers may be older than the store by `allowed_age`.
    #[must_use]
    pub fn check(&self, found: &Found, allowed_age: Duration) -> Answered {
        let Found { entity, version, during } = found.clone();
        let Some(shard) = self.shard(entity) else { return Answered::Unwritten };
        let writes = shard.get(&entity).map_or(&[] as &[Write], Vec::as_slice);
        let begun = match (version as usize).checked_sub(1) {
            None => true,
            Some(place) => writes.get(place).is_some_and(|write| write.begun <= *during.end()),
        };
        if !begun {
            return Answered::Unwritten;
        }
        let oldest = during.start().saturating_sub(u64::try_from(allowed_age.as_nanos()).unwrap_or(u64::MAX));
        let next = writes.get(version as usize).and_then(|write| write.acknowledged);
        if next.is_some_and(|acknowledged| acknowledged <= oldest) { Answered::Stale } else { Answered::Right }
    }
}
