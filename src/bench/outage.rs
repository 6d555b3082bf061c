//! Times in which requests failed: how long it took until all went well again.

use std::time::Duration;

/// Failures that are further apart belong to different outages.
const QUIET: Duration = Duration::from_secs(1);

/// A time in which requests failed, with no quiet second in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// When the first request that failed was due, since the beginning of the measured seconds.
    pub from: Duration,
    /// When the last one was.
    pub until: Duration,
    /// Requests that failed.
    pub failed: u64,
}

impl Outage {
    /// From the first request that failed to the last: after that the path had recovered.
    #[must_use]
    pub const fn recovery(&self) -> Duration {
        self.until.saturating_sub(self.from)
    }
}

/// The outages of a run, by time; no more than one every second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outages(Vec<Outage>);

impl Outages {
    /// In the order of their time.
    #[must_use]
    pub fn all(&self) -> &[Outage] {
        &self.0
    }

    /// Adds a request that failed and was due at `at`.
    pub fn note(&mut self, at: Duration) {
        match self.0.last_mut() {
            Some(last) if last.from <= at && at <= last.until + QUIET => {
                last.until = last.until.max(at);
                last.failed += 1;
            }
            Some(_) | None => self.merge(&Self(vec![Outage { from: at, until: at, failed: 1 }])),
        }
    }

    /// Adds those of another part of the generator.
    pub fn merge(&mut self, other: &Self) {
        let mut all: Vec<Outage> = self.0.iter().chain(&other.0).copied().collect();
        all.sort_unstable_by_key(|outage| outage.from);
        self.0.clear();
        for outage in all {
            match self.0.last_mut() {
                Some(last) if outage.from <= last.until + QUIET => {
                    last.until = last.until.max(outage.until);
                    last.failed += outage.failed;
                }
                Some(_) | None => self.0.push(outage),
            }
        }
    }
}
