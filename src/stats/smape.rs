//! Symmetric mean absolute percentage error of paired values.

use super::real;

/// Running mean of 2·|a − b| ÷ (|a| + |b|), from 0 (all equal) to 2 (all of opposite sign or one side zero).
///
/// A pair of zeros counts as 0. A pair with a value that is not finite is left out. Formula: Makridakis (1993),
/// Accuracy measures: theoretical and practical concerns, without the factor 100.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Smape {
    n: u64,
    sum: f64,
}

impl Smape {
    /// A state that has seen no pair.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one pair.
    pub fn observe(&mut self, reference: f64, current: f64) {
        if !(reference.is_finite() && current.is_finite()) {
            return;
        }
        self.n += 1;
        if reference == current {
            return;
        }
        // Halved first, so that neither the sum nor the difference of two large values overflows.
        let (a, b) = (reference / 2.0, current / 2.0);
        self.sum += 2.0 * ((a - b).abs() / (a.abs() + b.abs())).min(1.0);
    }

    /// The state that has seen the pairs of both.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self { n: self.n + other.n, sum: self.sum + other.sum }
    }

    /// Pairs taken in.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// The mean, from 0 to 2; `None` when no pair was taken in.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / real(self.n))
    }
}
