//! A sample: the entity keys of one view with what both sides hold of them.

use super::entity::EntityKey;
use super::history::History;
use super::online::{Fidelity, OnlineCell, OnlineReading, OnlineRow, StoredRow};

/// How often a suspicious key is read at most, the first reading included.
pub const MOST_READINGS: u8 = 3;

/// One view's sample.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The keys, ascending, each once.
    pub keys: Vec<SampledKey>,
    /// What was read of each key, in the order of `keys`.
    pub readings: Vec<Readings>,
    /// The offline side.
    pub history: History,
    /// What the online layout can tell apart.
    pub fidelity: Fidelity,
}

/// An entity key and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampledKey {
    /// The key.
    pub key: EntityKey,
    /// Where it came from.
    pub origins: Origins,
}

/// Where a key came from; at least one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// The snapshots.
    pub offline: bool,
    /// The online store.
    pub online: bool,
    /// A file of keys: somebody asks for it, so its absence on both sides is a gap and not nothing.
    pub requested: bool,
}

/// The readings of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    /// The last one, which is judged.
    pub last: OnlineReading,
    /// The one before, where the key was read again.
    pub previous: Option<OnlineReading>,
    /// How many there were.
    pub count: u8,
}

impl Readings {
    /// A first reading.
    #[must_use]
    pub const fn first(reading: OnlineReading) -> Self {
        Self { last: reading, previous: None, count: 1 }
    }

    /// Adds another reading.
    pub fn push(&mut self, reading: OnlineReading) {
        self.previous = Some(std::mem::replace(&mut self.last, reading));
        self.count += 1;
    }

    /// Whether the feature at `feature` was different in the last two readings; no if there was one reading only.
    #[must_use]
    pub fn changed(&self, feature: usize) -> bool {
        let Some(previous) = &self.previous else { return false };
        match (&previous.row, &self.last.row) {
            (Ok(OnlineRow::Found(before)), Ok(OnlineRow::Found(after))) => {
                before.event_timestamp != after.event_timestamp || !is_same(cell(before, feature), cell(after, feature))
            }
            (Ok(OnlineRow::Absent), Ok(OnlineRow::Absent)) => false,
            (Ok(_), Ok(_)) => true,
            (Err(_), _) | (_, Err(_)) => false,
        }
    }

    /// Whether any feature changed between the last two readings.
    #[must_use]
    pub fn moved(&self, features: usize) -> bool {
        (0..features).any(|feature| self.changed(feature))
    }
}

fn cell(row: &StoredRow, feature: usize) -> &OnlineCell {
    row.cells.get(feature).unwrap_or(&OnlineCell::Absent)
}

fn is_same(left: &OnlineCell, right: &OnlineCell) -> bool {
    match (left, right) {
        (OnlineCell::Value(left), OnlineCell::Value(right)) => left.is_same(right),
        _ => left == right,
    }
}
