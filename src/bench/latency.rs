//! Times that requests took, without loss: histograms of nanoseconds to three digits, and those that never came.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Longest time that is told apart from longer ones.
pub(super) const LONGEST: u64 = 3_600_000_000_000;

/// The times of many requests.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    /// Of those that have an answer; `None` before the first.
    histogram: Option<Histogram<u64>>,
    never: u64,
}

impl PartialEq for Latencies {
    fn eq(&self, other: &Self) -> bool {
        self.never == other.never && self.recorded().eq(other.recorded())
    }
}

/// A histogram of three digits that grows as it must.
fn empty() -> Option<Histogram<u64>> {
    // Three digits are possible.
    let mut histogram = Histogram::new(3).ok()?;
    histogram.auto(true);
    Some(histogram)
}

impl Latencies {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { histogram: None, never: 0 }
    }

    /// The histogram to record in.
    fn recording(&mut self) -> Option<&mut Histogram<u64>> {
        if self.histogram.is_none() {
            self.histogram = empty();
        }
        self.histogram.as_mut()
    }

    /// Adds a request that took `nanos`.
    pub fn record(&mut self, nanos: u64) {
        if let Some(histogram) = self.recording() {
            // It grows as it must, so nothing is refused (a saturating record would not let it grow).
            let _ = histogram.record(nanos.clamp(1, LONGEST));
        }
    }

    /// Adds `times` requests that took `nanos` each.
    pub fn record_many(&mut self, nanos: u64, times: u64) {
        if let Some(histogram) = self.recording() {
            let _ = histogram.record_n(nanos.clamp(1, LONGEST), times);
        }
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
        if let Some(of_other) = &other.histogram
            && let Some(own) = self.recording()
        {
            // Both grow as they must, so nothing is refused.
            let _ = own.add(of_other);
        }
        self.never += other.never;
    }

    /// Requests, those without answer included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.answered() + self.never
    }

    /// Requests that have an answer.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.histogram.as_ref().map_or(0, Histogram::len)
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
        if rank > self.answered() {
            return None;
        }
        let mut seen = 0;
        for (time, count) in self.recorded() {
            seen += count;
            if seen >= rank {
                return Some(Duration::from_nanos(time));
            }
        }
        None
    }

    /// The largest time; `None` when there is none, or a request has no answer.
    #[must_use]
    pub fn largest(&self) -> Option<Duration> {
        self.ends().filter(|_| self.never == 0).map(|(_, longest)| longest)
    }

    /// The shortest and the longest time of those that have an answer.
    #[must_use]
    pub fn ends(&self) -> Option<(Duration, Duration)> {
        let histogram = self.histogram.as_ref().filter(|histogram| !histogram.is_empty())?;
        Some((Duration::from_nanos(histogram.min()), Duration::from_nanos(histogram.max())))
    }

    /// Times that occur, ascending, with how often each does.
    pub fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        self.histogram
            .iter()
            .flat_map(Histogram::iter_recorded)
            .map(|step| (step.value_iterated_to(), step.count_at_value()))
    }

    /// Doublings that the histogram covers.
    #[must_use]
    pub fn buckets(&self) -> u8 {
        self.histogram.as_ref().map_or(0, Histogram::buckets)
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
