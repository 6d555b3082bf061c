//! Availability lag: how long after an event its row can be read online.
//!
//! A [`Tracker`] remembers the event timestamps of keys. The first reading that shows a newer one bounds the lag from
//! above (read time − event timestamp): the row became readable at some time since the reading before. The bound is as
//! tight as keys are read often, so a few keys that moved lately are tracked and read at appointments of their own. What
//! was seen for the first time, what carries the same or an older timestamp and what was not read for long says nothing.
//!
//! Memory is bounded by the keys of a round (a hash and a time each) and by the number of tracked keys.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::model::entity::EntityKey;
use crate::model::lag::{AvailabilityLags, LagHistogram};
use crate::model::online::{OnlineReading, OnlineRow, StoredTimestamp};
use crate::model::sample::Sample;
use crate::model::time::Timestamp;

/// A key that was not read for so many paces says nothing: machines sleep, and stores are away.
const MOST_PACES: u32 = 3;
/// Seed of the hashes by which keys are told apart.
const SEED: u64 = 0;

/// Which readings bound the lag, and how often they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Those of rounds.
    Rounds(Duration),
    /// Those of tracked keys, at most so many.
    Tracked(Duration, usize),
}

impl Pace {
    const fn interval(self) -> Duration {
        match self {
            Self::Rounds(interval) | Self::Tracked(interval, _) => interval,
        }
    }
}

/// The keys of one view whose event timestamps are followed.
#[derive(Clone, Debug)]
pub struct Tracker {
    pace: Pace,
    /// Event timestamps of the round before, by the keys' hashes.
    seen: HashMap<u64, Stamped>,
    tracked: BTreeMap<EntityKey, Stamped>,
    lags: LagHistogram,
    from_the_future: u64,
    /// A distribution without a lag.
    empty: LagHistogram,
}

/// The newest event timestamp of a key, and when it was last read.
#[derive(Clone, Copy, Debug)]
struct Stamped {
    stamp: Timestamp,
    read_at: Timestamp,
}

impl Tracker {
    /// A tracker that has seen nothing. The lags are counted in buckets that have `limits` among their bounds.
    #[must_use]
    pub fn new(pace: Pace, limits: &[Duration]) -> Self {
        let empty = LagHistogram::new(limits);
        let (seen, tracked) = (HashMap::new(), BTreeMap::new());
        Self { pace, seen, tracked, lags: empty.clone(), from_the_future: 0, empty }
    }

    /// Takes in what a round read: keys that moved since the round before are tracked from now on, instead of those that
    /// have not moved for longest.
    pub fn learn(&mut self, sample: &Sample) {
        let mut seen = HashMap::with_capacity(sample.keys.len());
        for (key, readings) in sample.keys.iter().zip(&sample.readings) {
            let key = &key.key;
            if self.tracked.contains_key(key) {
                self.observe(key, &readings.last);
            }
            let Some(now) = stamped(&readings.last) else { continue };
            let hash = key.sampling_hash(SEED);
            if let Some(before) = self.seen.get(&hash).copied().filter(|before| now.stamp > before.stamp) {
                match self.pace {
                    Pace::Rounds(_) => self.count(before, now),
                    Pace::Tracked(..) if now.stamp <= now.read_at => {
                        self.tracked.entry(key.clone()).or_insert(now);
                    }
                    Pace::Tracked(..) => {}
                }
            }
            seen.insert(hash, now);
        }
        self.seen = seen;
        self.shrink();
    }

    /// Lets go of the keys with the oldest event timestamps beyond the number allowed; among equals a hash decides, so
    /// that those of one write are an even sample.
    fn shrink(&mut self) {
        let most = match self.pace {
            Pace::Rounds(_) => 0,
            Pace::Tracked(_, most) => most,
        };
        let Some(excess) = self.tracked.len().checked_sub(most).filter(|excess| *excess > 0) else { return };
        let mut order: Vec<_> =
            self.tracked.iter().map(|(key, stamped)| (stamped.stamp, key.sampling_hash(SEED), key.clone())).collect();
        order.sort_unstable();
        for (_, _, key) in order.into_iter().take(excess) {
            self.tracked.remove(&key);
        }
    }

    /// The tracked keys, ascending.
    #[must_use]
    pub fn keys(&self) -> Vec<EntityKey> {
        self.tracked.keys().cloned().collect()
    }

    /// Takes in a reading of a tracked key. One that has no row any more is no longer tracked; no answer changes nothing.
    pub fn observe(&mut self, key: &EntityKey, reading: &OnlineReading) {
        let Some(before) = self.tracked.get(key).copied() else { return };
        if reading.row.is_err() {
            return;
        }
        let Some(now) = stamped(reading) else {
            self.tracked.remove(key);
            return;
        };
        if now.stamp > before.stamp {
            self.count(before, now);
        }
        // A round takes in its readings at its end, when later ones may have been.
        let newest = Stamped { stamp: now.stamp.max(before.stamp), read_at: now.read_at.max(before.read_at) };
        self.tracked.insert(key.clone(), newest);
    }

    fn count(&mut self, before: Stamped, now: Stamped) {
        let Some(gap) = now.read_at.since(before.read_at) else { return };
        if gap > self.pace.interval().saturating_mul(MOST_PACES) {
            return;
        }
        match now.read_at.since(now.stamp) {
            Some(lag) => self.lags.record(lag),
            None => self.from_the_future += 1,
        }
    }

    /// What was observed since this was asked last.
    #[must_use]
    pub fn take(&mut self) -> AvailabilityLags {
        AvailabilityLags {
            lags: std::mem::replace(&mut self.lags, self.empty.clone()),
            from_the_future: std::mem::take(&mut self.from_the_future),
            tracked: self.tracked.len() as u64,
        }
    }
}

/// The row's event timestamp, where one was read.
fn stamped(reading: &OnlineReading) -> Option<Stamped> {
    match &reading.row {
        Ok(OnlineRow::Found(row)) => match row.event_timestamp {
            StoredTimestamp::At(stamp, _) => Some(Stamped { stamp, read_at: reading.read_at }),
            StoredTimestamp::NotKept | StoredTimestamp::Missing | StoredTimestamp::Undecodable(_) => None,
        },
        Ok(OnlineRow::Absent) | Err(_) => None,
    }
}
