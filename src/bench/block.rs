//! What one second of a run came to, and sums of such seconds.

use serde::{Deserialize, Serialize};

use super::latency::Latencies;
use super::ledger::Answered;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With every value, from L1.
    Hit,
    /// With every value, after reading from the store.
    Miss,
    /// Without some values, of which the store says that it has none.
    Incomplete,
    /// Something could not be read, or not in time.
    Failed,
    /// It was never sent.
    Unsent,
}

/// When a request was due, was sent, and had its answer; nanoseconds since the beginning of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// When it was to be sent.
    pub due: u64,
    /// When it was.
    pub sent: u64,
    /// When its answer was there.
    pub ended: u64,
}

/// Answers that were not right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// Values that nobody wrote for that place.
    pub wrong: u64,
    /// Rows whose values are of several versions.
    pub torn: u64,
    /// Rows that were older than allowed, by the ledger of writes.
    pub stale: u64,
    /// Rows of a version that nobody had begun to write.
    pub unwritten: u64,
}

impl Faults {
    /// All of them.
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.wrong + self.torn + self.stale + self.unwritten
    }

    /// Counts what the ledger says of a row.
    pub const fn count(&mut self, answered: Answered) {
        match answered {
            Answered::Right => {}
            Answered::Stale => self.stale += 1,
            Answered::Unwritten => self.unwritten += 1,
        }
    }

    /// Adds those of `other`.
    pub const fn add(&mut self, other: &Self) {
        self.wrong += other.wrong;
        self.torn += other.torn;
        self.stale += other.stale;
        self.unwritten += other.unwritten;
    }
}

/// The lookups of single entities within requests of several. Empty where each request is of one, which its own times
/// tell of, and where they cannot be seen from outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyLookups {
    /// From the intended start of the request to the entity's values, of all that were due.
    pub response: Latencies,
    /// Those that L1 answered.
    pub hits: Latencies,
    /// Those that the store answered.
    pub misses: Latencies,
}

impl KeyLookups {
    /// Adds the lookup of one entity; `response` in nanoseconds. What has no whole answer took longer than any other.
    pub fn record(&mut self, ending: Ending, response: u64) {
        match ending {
            Ending::Hit => self.hits.record(response),
            Ending::Miss => self.misses.record(response),
            Ending::Incomplete | Ending::Failed | Ending::Unsent => return self.response.record_never(),
        }
        self.response.record(response);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.response.merge(&other.response);
        self.hits.merge(&other.hits);
        self.misses.merge(&other.misses);
    }
}

/// The requests that were due in a second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// From intended start to answer, of all that were due.
    pub response: Latencies,
    /// From actual start to answer, of all that were sent.
    pub service: Latencies,
    /// Response of those that L1 answered.
    pub hits: Latencies,
    /// Response of those that the store answered.
    pub misses: Latencies,
    /// From intended to actual start, of all that were sent.
    pub slip: Latencies,
    /// The entities of requests of several, one by one.
    pub keys: KeyLookups,
    /// Requests without some values.
    pub incomplete: u64,
    /// Requests that could not be answered in time.
    pub failed: u64,
    /// Requests that were never sent.
    pub unsent: u64,
    /// Answers that were not right.
    pub faults: Faults,
}

impl Block {
    /// Adds a request. What has no whole answer took longer than any other.
    pub fn record(&mut self, ending: Ending, times: Times) {
        let Times { due, sent, ended } = times;
        let (response, service) = (ended.saturating_sub(due), ended.saturating_sub(sent));
        match ending {
            Ending::Hit | Ending::Miss => {
                self.response.record(response);
                self.service.record(service);
                let tier = if ending == Ending::Hit { &mut self.hits } else { &mut self.misses };
                tier.record(response);
            }
            Ending::Incomplete | Ending::Failed => {
                self.response.record_never();
                self.service.record_never();
            }
            // Nobody was asked, so nobody was slow to serve it.
            Ending::Unsent => self.response.record_never(),
        }
        match ending {
            Ending::Hit | Ending::Miss => {}
            Ending::Incomplete => self.incomplete += 1,
            Ending::Failed => self.failed += 1,
            Ending::Unsent => self.unsent += 1,
        }
        if ending != Ending::Unsent {
            self.slip.record(sent.saturating_sub(due));
        }
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.response, &other.response),
            (&mut self.service, &other.service),
            (&mut self.hits, &other.hits),
            (&mut self.misses, &other.misses),
            (&mut self.slip, &other.slip),
        ];
        pairs.into_iter().for_each(|(own, other)| own.merge(other));
        self.keys.merge(&other.keys);
        self.incomplete += other.incomplete;
        self.failed += other.failed;
        self.unsent += other.unsent;
        self.faults.add(&other.faults);
    }

    /// Requests that were due.
    #[must_use]
    pub fn due(&self) -> u64 {
        self.response.count()
    }

    /// Lookups of single entities that had a whole answer: from L1, and in all.
    #[must_use]
    pub fn hits_of_answered(&self) -> (u64, u64) {
        let (hits, misses) = if self.keys.response.count() > 0 {
            (&self.keys.hits, &self.keys.misses)
        } else {
            (&self.hits, &self.misses)
        };
        (hits.count(), hits.count() + misses.count())
    }
}
