//! What must be known of a run of values that is not looked at.

use crate::stats::sum::Sum;

/// One side of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunSide {
    count: u64,
    sum: Sum,
    extent: Option<(f64, f64)>,
}

impl RunSide {
    /// Takes in one value, in any order.
    #[inline]
    pub fn observe(&mut self, value: f64) {
        self.count += 1;
        self.sum.add(value);
        self.extent = Some(match self.extent {
            None => (value, value),
            Some((first, last)) => (first.min(value), last.max(value)),
        });
    }

    /// The side with the values of both.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let extent = match (self.extent, other.extent) {
            (None, extent) | (extent, None) => extent,
            (Some((first, last)), Some((others_first, others_last))) => {
                Some((first.min(others_first), last.max(others_last)))
            }
        };
        Self { count: self.count + other.count, sum: self.sum.merge(other.sum), extent }
    }

    /// How many values there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Smallest and largest value; `None` without one.
    #[must_use]
    pub const fn extent(&self) -> Option<(f64, f64)> {
        self.extent
    }

    /// Σ (end − value).
    pub(super) fn reach(&self, end: f64) -> Sum {
        Sum::product(crate::stats::real(self.count), end).minus(self.sum)
    }
}

/// A run of both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunSummary {
    /// The reference.
    pub reference: RunSide,
    /// The current side.
    pub current: RunSide,
}

impl RunSummary {
    /// The smallest value of both sides; `None` without one.
    #[must_use]
    pub fn first(&self) -> Option<f64> {
        let first = |side: &RunSide| side.extent.map(|(first, _)| first);
        match (first(&self.reference), first(&self.current)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The largest value of both sides; `None` without one.
    #[must_use]
    pub fn last(&self) -> Option<f64> {
        let last = |side: &RunSide| side.extent.map(|(_, last)| last);
        match (last(&self.reference), last(&self.current)) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        }
    }
}
