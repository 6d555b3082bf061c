//! How lags are distributed, in buckets that can be added up over rounds and read as a Prometheus histogram.
//!
//! The bounds are those of every view (1 s, 3 s, 9 s … 90 days), plus the limits that the view is held against, so that
//! the share beyond a limit is exact. Two distributions with different limits merge into the bounds that both have.

use std::time::Duration;

/// Bounds that every distribution has, in seconds: 3^0 to 3^14, and 90 days.
const SECONDS: [u64; 16] =
    [1, 3, 9, 27, 81, 243, 729, 2_187, 6_561, 19_683, 59_049, 177_147, 531_441, 1_594_323, 4_782_969, 7_776_000];

/// Counts of lags per bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LagHistogram {
    /// Upper ends of the buckets, ascending and without repetition; a lag on a bound lies below it.
    bounds: Vec<Duration>,
    /// Lags per bucket; one more than there are bounds, the last for all that is longer.
    counts: Vec<u64>,
    sum: Duration,
}

/// What readings said of the availability lag of a view: the time from an event to its row being readable online.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailabilityLags {
    /// Upper bounds of the lag: time from an event to the first reading that showed its row.
    pub lags: LagHistogram,
    /// New rows whose event timestamp lay after the read time; not among the lags.
    pub from_the_future: u64,
    /// Keys that are read for it now.
    pub tracked: u64,
}

impl Default for LagHistogram {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl LagHistogram {
    /// An empty distribution with the bounds of every view and with `limits`.
    #[must_use]
    pub fn new(limits: &[Duration]) -> Self {
        let mut bounds: Vec<Duration> = SECONDS.into_iter().map(Duration::from_secs).collect();
        bounds.extend_from_slice(limits);
        bounds.sort_unstable();
        bounds.dedup();
        let counts = vec![0; bounds.len() + 1];
        Self { bounds, counts, sum: Duration::ZERO }
    }

    /// A distribution that was kept elsewhere; `None` unless the bounds ascend and there is one count more than bounds.
    #[must_use]
    pub fn from_parts(bounds: Vec<Duration>, counts: Vec<u64>, sum: Duration) -> Option<Self> {
        let ascends = bounds.is_sorted_by(|left, right| left < right);
        (ascends && counts.len() == bounds.len() + 1).then_some(Self { bounds, counts, sum })
    }

    /// Counts one lag.
    pub fn record(&mut self, lag: Duration) {
        let bucket = self.bounds.partition_point(|bound| *bound < lag);
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
        self.sum = self.sum.saturating_add(lag);
    }

    /// Upper ends of the buckets, ascending; a lag on a bound lies below it.
    #[must_use]
    pub fn bounds(&self) -> &[Duration] {
        &self.bounds
    }

    /// Lags per bucket; one more than there are bounds, the last for all that is longer.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// All lags.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of all lags.
    #[must_use]
    pub const fn sum(&self) -> Duration {
        self.sum
    }

    /// Both together, in the bounds that both have: exact, and coarser only where limits differ.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let bounds: Vec<Duration> =
            self.bounds.iter().copied().filter(|bound| other.bounds.binary_search(bound).is_ok()).collect();
        let mut counts = self.within(&bounds);
        counts.iter_mut().zip(other.within(&bounds)).for_each(|(mine, theirs)| *mine += theirs);
        Self { bounds, counts, sum: self.sum.saturating_add(other.sum) }
    }

    /// The counts in `bounds`, each of which is a bound of this distribution.
    fn within(&self, bounds: &[Duration]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len() + 1];
        let ends = self.bounds.iter().map(Some).chain([None]);
        for (end, count) in ends.zip(&self.counts) {
            let bucket = end.map_or(bounds.len(), |end| bounds.partition_point(|bound| bound < end));
            if let Some(sum) = counts.get_mut(bucket) {
                *sum += count;
            }
        }
        counts
    }
}
