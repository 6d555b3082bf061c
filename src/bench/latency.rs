//! Times that requests took, without loss: histograms of nanoseconds to three digits, and those that never came.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Longest time that is told apart from longer ones.
pub(super) const LONGEST: u64 = 3_600_000_000_000;

/// The times of many requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    histogram: Histogram<u64>,
    never: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}

impl Latencies {
    /// None yet.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the bounds are constants that the crate accepts")]
    pub fn new() -> Self {
        let mut histogram = Histogram::new(3).expect("three digits are possible");
        histogram.auto(true);
        Self { histogram, never: 0 }
    }

    /// Adds a request that took `nanos`.
    pub fn record(&mut self, nanos: u64) {
        // The histogram grows as it must, so nothing is refused (a saturating record would not let it grow).
        let _ = self.histogram.record(nanos.clamp(1, LONGEST));
    }

    /// Adds `times` requests that took `nanos` each.
    pub fn record_many(&mut self, nanos: u64, times: u64) {
        let _ = self.histogram.record_n(nanos.clamp(1, LONGEST), times);
    }

    /// Adds `times` requests that were due and have no answer.
    pub const fn record_many_never(&mut self, times: u64) {
        self.never = self.never.saturating_add(times);
    }

    /// Adds a request that was due and has no answer: it took longer than any other.
    pub const fn record_never(&mut self) {
        self.never += 1;
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        // Both grow as they must, so nothing is refused.
        let _ = self.histogram.add(&other.histogram);
        self.never += other.never;
    }

    /// Requests, those without answer included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.len() + self.never
    }

    /// Requests without answer.
    #[must_use]
    pub const fn without_answer(&self) -> u64 {
        self.never
    }

    /// The time that a share `quantile` (0 to 1) of the requests did not exceed, to three digits; `None` when there is no
    /// request, or when those without an answer reach so far down.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let count = self.count();
        let rank = rank(quantile, count)?;
        if rank > self.histogram.len() {
            return None;
        }
        let mut seen = 0;
        for step in self.histogram.iter_recorded() {
            seen += step.count_at_value();
            if seen >= rank {
                return Some(Duration::from_nanos(step.value_iterated_to()));
            }
        }
        None
    }

    /// The largest time; `None` when there is none, or a request has no answer.
    #[must_use]
    pub fn largest(&self) -> Option<Duration> {
        (self.never == 0 && !self.histogram.is_empty()).then(|| Duration::from_nanos(self.histogram.max()))
    }

    /// Times that occur, ascending, with how often each does.
    pub fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        self.histogram.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value()))
    }

    /// The histogram of those that have an answer.
    #[must_use]
    pub const fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }
}

/// The rank of a quantile among `count` requests, from 1; `None` of none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts stay far below 2^53, and a quantile is from 0 to 1"
)]
pub(super) fn rank(quantile: f64, count: u64) -> Option<u64> {
    (count > 0).then(|| ((quantile * count as f64).ceil() as u64).clamp(1, count))
}
